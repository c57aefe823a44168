"""What the verbs of verification answer; no secret and no digit of anybody's number, but for the
mask of a signed customer's own phone."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Step:
    """Where a verification stands, for the words to the customer.

    `state`:
      asks_id          the ID characters are awaited (`problem`: malformed, no_match, enter_again)
      asks_code        a code is on its way, if the details are true
      verified         verified already: go on
      too_early        a code was sent less than a minute ago: `wait_s`
      no_resends       sent again as often as may be: a person
      too_many_codes   more codes than a quarter of an hour or a day allows: `wait_s`, or a person
      locked           until `locked_until`: a person
      sms_away         the text gateway does not answer; nothing is used up, `resend` may be tried at once
      no_phone         a signed customer has no phone on record: a branch, or a person
      new_phone        a signed customer's phone or SIM card has changed lately: no code is sent, a person (S04)
      not_open         there is nothing to go on with: begin anew
    """

    state: str
    phone: str | None = None
    resend_in_s: int = 0
    resends_left: int = 0
    tries_left: int = 0
    wait_s: int = 0
    locked_until: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a code.

    `result`:
      verified      the act may be done, once, within ten minutes
      wrong         `tries_left` more
      expired       too old, or replaced by a newer one: offer a new code; no try is used up
      used          this act was verified already
      malformed     not six digits; no try is used up
      enter_again   what was typed could not be kept: please once more; no try is used up
      locked        until `locked_until`: a person
      not_open      no code is awaited for this act
    """

    result: str
    tries_left: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True)
class Awaited:
    """What a conversation's open verification waits for: `code` or `id_characters`."""

    act: str
    kind: str


def to_json(answer: Step | Outcome) -> dict[str, Any]:
    """As it is kept for a repeated turn; the mask of a phone is not."""
    values = {name: value for name, value in asdict(answer).items() if name != "phone"}
    if answer.locked_until:
        values["locked_until"] = answer.locked_until.isoformat()
    return values


def step_of(values: dict[str, Any]) -> Step:
    return Step(**_times(values))


def outcome_of(values: dict[str, Any]) -> Outcome:
    return Outcome(**_times(values))


def _times(values: dict[str, Any]) -> dict[str, Any]:
    until = values.get("locked_until")
    return {**values, "locked_until": datetime.fromisoformat(until) if until else None}
