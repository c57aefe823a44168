"""The code step: the other way than a text message is said where the bank has one (S04)."""

from types import SimpleNamespace
from typing import Any

import pytest

from actions.base import PERSON
from actions.forms import Ended
from actions.my_data import ValidateMyDataForm
from bot.identity.answers import Step


class Heard:
    """A talk that keeps what it is told to say."""

    def __init__(self, alternative: str) -> None:
        self.rooms = SimpleNamespace(settings=SimpleNamespace(code_alternative=alternative))
        self.said: list[tuple[str, dict[str, Any]]] = []

    def say(self, utter: str, **args: Any) -> None:
        self.said.append((utter, args))


def told(step: Step, alternative: str) -> list[tuple[str, dict[str, Any]]]:
    talk = Heard(alternative)
    ValidateMyDataForm()._tell(talk, step)  # type: ignore[arg-type]
    return talk.said


@pytest.mark.parametrize("phone", [None, "138****5678"])
def test_the_other_way_and_a_person_are_offered_with_the_code(phone: str | None) -> None:
    first, second = told(Step("asks_code", phone=phone), "hotline")
    assert first == ("utter_code_otherwise", {})
    assert (second[1]["choices"], second[1]["form"]) == ([PERSON], "secret_code")


@pytest.mark.parametrize("phone", [None, "138****5678"])
def test_without_another_way_none_is_promised(phone: str | None) -> None:
    [(utter, args)] = told(Step("asks_code", phone=phone), "")
    assert utter.startswith("utter_code_sent")
    assert args["choices"] == []


def test_a_phone_that_changed_lately_leads_to_a_person() -> None:
    talk = Heard("")
    with pytest.raises(Ended):
        ValidateMyDataForm()._tell(talk, Step("new_phone"))  # type: ignore[arg-type]
    assert talk.said == [("utter_new_phone", {"choices": [PERSON]})]
