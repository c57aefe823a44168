"""Makes the sandbox bank fail on purpose, for trying out what customers then see (D12, F10).

`sandbox/fault.json` in the data folder, read at each call; remove it and the bank is well again:

    {"mode": "drop_after", "seconds": 2, "times": 1, "only": ["report_lost"]}

down         nothing is executed and it is known (`UnavailableError`)
slow         waits `seconds`; past the time-out of a real bank it is as if the answer had been lost
drop_before  an act is lost on its way there: not executed, outcome unknown
drop_after   its receipt is lost on the way back: executed, outcome unknown
late         an act is executed at once, and its receipt comes after `seconds`
garbage      executed, and what comes back can not be read

`times` is how many more calls it strikes (null: every one); `only` narrows it to some verbs of
the port, else the two drops and `late` strike acts and the others every verb.
"""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

log = structlog.get_logger()

ACTS = ("report_lost", "lift_loss")

Mode = Literal["down", "slow", "drop_before", "drop_after", "late", "garbage"]


class Fault(BaseModel):
    """What the file asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Mode
    seconds: Annotated[float, Field(ge=0, le=600)] = 0.0
    times: Annotated[int, Field(ge=0)] | None = None
    only: tuple[str, ...] = ()

    def strikes(self, verb: str) -> bool:
        """Whether a call of this verb of the port is hit."""
        if self.times == 0:
            return False
        if self.only:
            return verb in self.only
        return verb in ACTS if self.mode in ("drop_before", "drop_after", "late") else True


@dataclass(frozen=True)
class Faults:
    """The switch; never made in production."""

    path: Path

    def take(self, verb: str) -> Fault | None:
        """The fault that strikes this call, counted down; of two calls at once each counts."""
        try:
            file = self.path.open("r+", encoding="utf-8")
        except FileNotFoundError:
            return None
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                fault = Fault.model_validate_json(file.read())
            except ValidationError as exc:
                log.error("sandbox_fault_not_understood", problem=exc.errors()[0]["msg"])
                return None
            if not fault.strikes(verb):
                return None
            if fault.times is not None:
                file.seek(0)
                file.truncate()
                file.write(fault.model_copy(update={"times": fault.times - 1}).model_dump_json())
        log.warning("sandbox_fault", mode=fault.mode, verb=verb)
        return fault
