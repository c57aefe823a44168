"""The brain's side of tests/unit/test_light_brain.py: a line of JSON in, what differs from Rasa's own out.

Run in the brain's environment: `python -m tests.support.light_side`. The first line out names what sequences of events
may be made of.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.brain import stand_in
from bot.brain.quiet import quieten

stand_in.install(serving=True)
quieten()

from rapidfuzz import fuzz, process  # noqa: E402
from rasa.core.actions.forms import FormAction  # noqa: E402
from rasa.core.policies.rule_policy import RULES, RulePolicy  # noqa: E402
from rasa.engine import loader  # noqa: E402
from rasa.engine.constants import PLACEHOLDER_TRACKER  # noqa: E402
from rasa.engine.runner.dask import DaskGraphRunner  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.shared.core.events import ActionExecuted, Event, UserUttered  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity  # noqa: E402

from bot.brain import lighter  # noqa: E402
from bot.brain.light_tracker import LightTracker  # noqa: E402
from bot.brain.models import newest_model  # noqa: E402
from bot.brain.nlu.fuzzy import FuzzyMatcher  # noqa: E402
from bot.brain.rules import RulesRunner  # noqa: E402
from bot.brain.shortening import LONGEST, shortened  # noqa: E402


class Sides:
    """Rasa's own parts of the newest model, and ours."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            meta, self.graph = loader.load_predict_graph_runner(
                Path(folder), newest_model(), LocalModelStorage, DaskGraphRunner
            )
        self.domain, self.target = meta.domain, meta.core_target
        self.rules = RulesRunner.instead_of(self.graph, self.domain)
        assert isinstance(self.rules, RulesRunner), "the model does not predict by rules alone"
        parts = [node._component for node in self.graph._instantiated_nodes.values()]
        self.fuzzy = next(part for part in parts if isinstance(part, FuzzyMatcher))
        self.policy = next(part for part in parts if isinstance(part, RulePolicy))

    def names(self) -> dict[str, list[Any]]:
        """What events may name."""
        return {
            "intents": self.domain.intents,
            "actions": self.domain.action_names_or_texts,
            "forms": self.domain.form_names,
            "slots": [slot.name for slot in self.domain.slots],
            "rules": [
                [key[0]["user"]["intent"], action]
                for key, action in self._rules() if len(key) == 1 and "user" in key[0]
            ],
            "examples": [one for one in self.fuzzy._in_order if len(one) <= 12],
        }

    def _rules(self) -> list[Any]:
        return [(json.loads(key), action) for key, action in self.policy.lookup[RULES].items()]

    def differences(self, steps: list[dict[str, Any]]) -> list[Any]:
        """What differs after each of these steps: an event, or "predict", and then do what is predicted."""
        rasas = DialogueStateTracker("s", self.domain.slots)
        ours = LightTracker("s", self.domain.slots)
        differing: list[Any] = []
        for number, step in enumerate(steps):
            copied = ours.copy()
            told = [_state(copied)]
            if step["event"] == "predict":
                predicted = [self._predicted(runner, tracker) for runner, tracker in (
                    (self.graph, rasas), (self.rules, ours)
                )]
                told += [self._told(one) for one in predicted]
                for one, tracker in zip(predicted, (rasas, ours), strict=True):
                    action = self.domain.action_names_or_texts[one.max_confidence_index]
                    for event in [*one.events, ActionExecuted(action, one.policy_name, one.max_confidence)]:
                        event.timestamp = number
                        tracker.update(event)
            else:
                for tracker in (rasas, ours):
                    tracker.update(Event.from_parameters({**step, "timestamp": number}))
            told.insert(1, _state(copied))  # whatever happens to its original
            told += [_state(rasas), _state(ours), _state(rasas.copy()), _state(ours.copy())]
            told += [_state(self._for_form(lighter._temporary_tracker, rasas)),
                     _state(self._for_form(lighter._copied_tracker, ours))]
            differing += [[step, *pair] for pair in zip(told[::2], told[1::2], strict=True) if pair[0] != pair[1]]
        return differing

    def lost(self, turns: list[list[dict[str, Any]]]) -> list[Any]:
        """What differs when the session is cut before each of these turns; "predict" is done by the whole session."""
        whole, cut = LightTracker("s", self.domain.slots), LightTracker("s", self.domain.slots)
        differing: list[Any] = []
        for turn in turns:
            cut = shortened(cut, self.domain)
            assert sum(isinstance(event, UserUttered) for event in cut.events) <= LONGEST
            for step in turn:
                if step["event"] == "predict":
                    told = [self._told(self._predicted(self.rules, one)) for one in (whole, cut)]
                    differing += [told] if told[0] != told[1] else []
                    step = ActionExecuted(self.domain.action_names_or_texts[_best(told[0])]).as_dict()
                for tracker in (whole, cut):
                    tracker.update(Event.from_parameters(step))
            left = [[one.current_slot_values(), one.active_loop and vars(one.active_loop)] for one in (whole, cut)]
            differing += [left] if left[0] != left[1] else []
        return differing

    def _predicted(self, runner: Any, tracker: DialogueStateTracker) -> Any:
        return runner.run(inputs={PLACEHOLDER_TRACKER: tracker}, targets=[self.target])[self.target]

    def _told(self, prediction: Any) -> dict[str, Any]:
        told = {**vars(prediction), "events": [event.as_dict() for event in prediction.events]}
        for event in told["events"]:
            event.pop("timestamp")
        return told

    def _for_form(self, make: Any, tracker: DialogueStateTracker) -> DialogueStateTracker:
        return make(FormAction(tracker.active_loop_name or self.domain.form_names[0], None), tracker, [], self.domain)

    def slips(self, text: str) -> list[Any]:
        """The nearest example, when all are compared and as we look for it."""
        least = self.fuzzy._config["least_likeness"]
        found = process.extractOne(text, self.fuzzy._in_order, scorer=fuzz.ratio, score_cutoff=least)
        labels = [self.fuzzy._examples[found[0]] if found else None, self.fuzzy._nearly(text)]
        return labels if labels[0] != labels[1] else []


def _best(told: dict[str, Any]) -> int:
    """The action that was predicted, by its number."""
    return max(range(len(told["probabilities"])), key=told["probabilities"].__getitem__)


def _state(tracker: DialogueStateTracker) -> dict[str, Any]:
    state = tracker.current_state(EventVerbosity.ALL)
    state["applied"] = [event.as_dict() for event in tracker.applied_events()]
    for event in [*state["events"], *state["applied"]]:
        event.pop("timestamp")
    state.pop("latest_event_time")
    return json.loads(json.dumps(state))


#: What can be asked, by name.
ASKED = {"differences": Sides.differences, "lost": Sides.lost, "slips": Sides.slips}


def main() -> None:
    sides = Sides()
    print(json.dumps(sides.names()), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = ASKED[asked["what"]](sides, asked["of"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
