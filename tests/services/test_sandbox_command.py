"""`./qiantai sandbox card NUMBER`, as an operator runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.bank.seed import load_seed
from tests.support.product import ROOT

pytestmark = pytest.mark.slow  # each seeds a bank of its own

NUMBER = next(
    card.number for one in load_seed(ROOT / "data/sandbox/bank.yml") for card in one.cards
    if card.last4 == "5678"
)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`asked("5678")`: exit code, what was printed, what was complained of."""
    monkeypatch.setenv("QIANTAI_VAR", str(tmp_path))

    def ask(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["sandbox", "card", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return ask


@pytest.mark.parametrize("given", [NUMBER, " ".join(NUMBER[i:i + 4] for i in range(0, 19, 4)), "5678"])
def test_a_card_is_printed_with_state_and_history(asked, given):
    code, out, _ = asked(given)
    shown = json.loads(out)
    assert code == 0
    assert (shown["state"], shown["kind"], shown["last4"], shown["history"]) == ("active", "debit", "5678", [])


@pytest.mark.parametrize(("given", "said"), [("6612", "whole number"), ("1234", "no card"), ("x", "no card")])
def test_no_card_or_several_end_with_one_clear_line(asked, given, said):
    code, out, err = asked(given)
    assert (code, out) == (1, "")
    assert said in err
    assert err.startswith("qiantai: ")
    assert err.count("\n") == 1


def test_production_without_a_bank_does_not_start_and_says_why(tmp_path):
    environ = {**os.environ, "QIANTAI_ENV": "production", "QIANTAI_VAR": str(tmp_path)}
    for module in ("bot.worker", "bot.chat"):
        ended = subprocess.run(
            [sys.executable, "-m", module], env=environ, cwd=ROOT, capture_output=True, text=True,
            check=False, timeout=60,
        )
        assert ended.returncode == 1
        assert ended.stderr.startswith("qiantai: QIANTAI_BANK_URL: ")
        assert "Traceback" not in ended.stderr
