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


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        pytest.param("slots:\n  a:\n    type: [text]\n", "6:", id="a mistake, with its line"),
        pytest.param("intents:\n- bye\n", "duplicate key", id="a key that stands twice"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(rest: str, complaint: str) -> None:
    text = f'version: "3.1"\nintents:\n- greet\n{rest}'
    assert complaint in said(f"""
read_quickly()
try:
    Domain.from_yaml({text!r})
except YamlException as exc:
    print(exc)
""")


def test_a_domain_that_is_kept_in_a_model_comes_back_the_same_whoever_kept_it() -> None:
    assert said('''
import tempfile
from pathlib import Path
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.graph_components.providers.domain_provider import DomainProvider
with tempfile.TemporaryDirectory() as folder:
    storage, slow = LocalModelStorage.create(Path(folder)), Domain.load("data/domain")
    DomainProvider(storage, Resource("yaml"), slow)._persist(slow)
    read_quickly()
    quick = Domain.load("data/domain")
    DomainProvider(storage, Resource("json"), quick)._persist(quick)
    kept = [DomainProvider.load({}, storage, Resource(name), None).provide_inference() for name in ("yaml", "json")]
print({one.fingerprint() for one in kept} == {slow.fingerprint()} == {quick.fingerprint()}, len(kept[1].slots) > 10)
''') == "True True"
