"""Settings: what comes from the environment, and that a wrong one is named."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import PLAIN_NAMES, Settings
from tests.support.product import ROOT


def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as problem:
        Settings.from_env(environ)
    return str(problem.value)


def test_an_empty_environment_is_a_machine_of_ones_own() -> None:
    settings = Settings.from_env({})
    assert not settings.production
    assert settings.host == "127.0.0.1"
    assert settings.database.startswith("sqlite+aiosqlite:///")
    assert settings.redis.startswith("unix:///")


def test_no_secret_has_a_default() -> None:
    settings = Settings.from_env({})
    assert not settings.inside_token.get_secret_value()
    assert not settings.data_key.get_secret_value()


def test_an_unknown_variable_of_ours_is_named() -> None:
    assert refused(QIANTAI_CHATPORT="1").startswith("QIANTAI_CHATPORT ")


def test_other_programs_variables_are_none_of_our_business() -> None:
    assert Settings.from_env({"PATH": "/bin", "CHAT_PORT": "x"}) == Settings()


BAD = [
    ("QIANTAI_ENV", "staging"),
    ("QIANTAI_CHAT_PORT", "eighty"),
    ("QIANTAI_CHAT_PORT", "0"),
    ("QIANTAI_DESK_PORT", "65536"),
    ("QIANTAI_CODE_ALTERNATIVE", "sms"),
    ("QIANTAI_QUIET_S", "-0.1"),
    ("QIANTAI_QUIET_S", "11"),
    ("QIANTAI_TURN_BUDGET_S", "0"),
    ("QIANTAI_MESSAGES_PER_MINUTE", "0"),
    ("QIANTAI_CONVERSATIONS_PER_MINUTE", "many"),
    ("QIANTAI_BANK_URL", "core.example"),
    ("QIANTAI_BANK_URL", "ftp://core.example"),
    ("QIANTAI_BANK_URL", "https://"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    assert refused(**{name: value}).startswith(f"{name}: ")


def test_a_bad_value_from_a_file_names_its_variable(tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("eighty\n")
    assert refused(QIANTAI_CHAT_PORT_FILE=str(file)).startswith("QIANTAI_CHAT_PORT: ")


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-the-file\n")
    settings = Settings.from_env({"QIANTAI_INSIDE_TOKEN_FILE": str(file)})
    assert settings.inside_token.get_secret_value() == "from-the-file"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = refused(DATABASE_URL_FILE=str(tmp_path / "none"))
    assert said.startswith("DATABASE_URL_FILE: ")


def test_a_secret_is_never_printed() -> None:
    settings = Settings.from_env({"QIANTAI_INSIDE_TOKEN": "hush-hush", "QIANTAI_DATA_KEY": "hush"})
    assert "hush" not in f"{settings!r} {settings}"


def test_an_empty_variable_counts_as_unset() -> None:
    assert Settings.from_env({"QIANTAI_ENV": "", "REDIS_URL": ""}) == Settings()


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().chat_port = 1  # type: ignore[misc]


def test_several_origins_are_separated_by_spaces() -> None:
    both = "https://a.example https://b.example"
    assert Settings.from_env({"QIANTAI_ALLOWED_ORIGINS": both}).allowed_origins == (
        "https://a.example", "https://b.example",
    )


@pytest.mark.parametrize("plain", ["postgresql://u@h/d", "postgres://u@h/d"])
def test_a_postgres_address_gets_our_driver(plain: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": plain})
    assert settings.database == "postgresql+psycopg://u@h/d"


def test_every_setting_is_in_the_documents() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    names = [PLAIN_NAMES.get(field, f"QIANTAI_{field.upper()}") for field in Settings.model_fields]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_production_without_a_bank_is_refused() -> None:
    assert refused(QIANTAI_ENV="production").startswith("QIANTAI_BANK_URL: ")


def test_production_does_not_speak_to_its_bank_in_the_open() -> None:
    said = refused(QIANTAI_ENV="production", QIANTAI_BANK_URL="http://core.example/v1")
    assert said == "QIANTAI_BANK_URL: production needs https"


@pytest.mark.parametrize("url", ["https://core.example/v1", "http://127.0.0.1:9000", "http://[::1]:9000"])
def test_production_with_a_bank_starts(url: str) -> None:
    environ = {"QIANTAI_ENV": "production", "QIANTAI_BANK_URL": url, "QIANTAI_CODE_ALTERNATIVE": "hotline"}
    assert Settings.from_env(environ).bank_url == url


@pytest.mark.parametrize("given", [{}, {"QIANTAI_CODE_ALTERNATIVE": ""}])
def test_production_with_text_messages_alone_is_refused(given: dict[str, str]) -> None:
    bank = {"QIANTAI_ENV": "production", "QIANTAI_BANK_URL": "https://core.example/v1"}
    assert refused(**bank, **given).startswith("QIANTAI_CODE_ALTERNATIVE: ")


def test_a_machine_of_ones_own_needs_no_other_way_than_texts() -> None:
    assert Settings.from_env({}).code_alternative == ""
