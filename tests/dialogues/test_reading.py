"""Rasa's files are read by the quick reader: the same data, and a mistake is still shown with its line."""

import subprocess

import pytest

from tests.support.product import ROOT

pytestmark = pytest.mark.slow

READING = """
from bot.brain import stand_in
stand_in.install()
from bot.brain.quiet import quieten
quieten()
from bot.brain.reading import read_quickly
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import YamlException
"""


def said(code: str) -> str:
    """What this code prints in the assistant's environment."""
    done = subprocess.run(
        [str(ROOT / ".venv/brain/bin/python"), "-c", READING + code],
        cwd=ROOT, capture_output=True, text=True, check=True, env={"PYTHONWARNINGS": "ignore"},
    )
    return done.stdout.strip()


def test_a_mistake_in_a_file_is_shown_with_its_line() -> None:
    assert "4:" in said(r'''
read_quickly()
try:
    Domain.from_yaml('version: "3.1"\nslots:\n  a:\n    type: [text]\nintents:\n- greet\n')
except YamlException as exc:
    print(exc)
''')


def test_a_key_that_stands_twice_is_refused() -> None:
    assert "duplicate key" in said(r'''
read_quickly()
try:
    Domain.from_yaml('version: "3.1"\nintents:\n- greet\nintents:\n- bye\n')
except YamlException as exc:
    print(exc)
''')


def test_a_domain_that_is_kept_comes_back_the_same() -> None:
    assert said('''
slow = Domain.load("data/domain")
read_quickly()
quick = Domain.load("data/domain")
import tempfile
with tempfile.TemporaryDirectory() as folder:
    quick.persist(folder + "/domain.yml")
    kept = Domain.load(folder)
print(slow.fingerprint() == quick.fingerprint() == kept.fingerprint(), len(kept.slots) > 10)
''') == "True True"
