"""The command line says in words what went wrong, and ends with 1."""

import io

import pytest

from bot import cli

pytestmark = pytest.mark.slow  # each makes a record of its own

ADD = ("staff", "add", "Bo", "--role")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    """A data folder that does not exist yet."""
    monkeypatch.setenv("QIANTAI_VAR", str(tmp_path / "var"))


def test_a_role_that_does_not_exist_is_named_with_those_that_do(capsys):
    assert cli.main([*ADD, "king"]) == 1
    words = "There is no such role. The roles are agent, supervisor, editor and compliance."
    assert capsys.readouterr().err == f"qiantai: {words} (role)\n"


def test_a_password_that_is_too_short_is_told_the_length(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert cli.main([*ADD, "agent", "--password-stdin"]) == 1
    assert "12 to 128 characters" in capsys.readouterr().err


def test_somebody_unknown_can_not_be_disabled(capsys):
    assert cli.main(["staff", "disable", "nobody"]) == 1
    assert "There is nobody with this user name" in capsys.readouterr().err


def test_a_wrong_data_key_names_its_variable(capsys, monkeypatch):
    monkeypatch.setenv("QIANTAI_DATA_KEY", "short")
    assert cli.main([*ADD, "agent"]) == 1
    assert "QIANTAI_DATA_KEY" in capsys.readouterr().err


def test_the_first_account_is_made_on_an_empty_machine(capsys):
    assert cli.main([*ADD, "agent"]) == 0
    assert "totp seed" in capsys.readouterr().out


def test_an_account_that_ends_is_told_with_what_goes_back_and_what_was_seen(capsys):
    assert cli.main([*ADD, "agent"]) == 0
    user = next(line.split()[-1] for line in capsys.readouterr().out.splitlines() if "user" in line)
    assert cli.main(["staff", "disable", user]) == 0
    assert "0 chats and tickets went back" in (told := capsys.readouterr().out)
    assert "0 looked at, 0 looks" in told
