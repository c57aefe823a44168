"""`./qiantai sandbox token`: signs somebody in on this machine, and nowhere else."""

from pathlib import Path

import jwt
import pytest

from bot.cli import main


def test_it_prints_a_token_of_the_customer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANTAI_VAR", str(tmp_path))
    assert main(["sandbox", "token", "c-lin"]) == 0
    claims = jwt.decode(capsys.readouterr().out.strip(), options={"verify_signature": False})
    assert (claims["sub"], claims["aud"], claims["exp"] - claims["iat"]) == ("c-lin", "qiantai", 600)


def test_production_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIANTAI_VAR", str(tmp_path))
    monkeypatch.setenv("QIANTAI_ENV", "production")
    monkeypatch.setenv("QIANTAI_BANK_URL", "https://bank.example")
    monkeypatch.setenv("QIANTAI_CODE_ALTERNATIVE", "hotline")
    assert main(["sandbox", "token", "c-lin"]) == 1
    assert "QIANTAI_CUSTOMER_KEY" in capsys.readouterr().err
    assert not (tmp_path / "keys").exists()
