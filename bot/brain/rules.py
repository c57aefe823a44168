"""What comes next, by the rules: what Rasa's graph predicts with one rule policy, without the graph.

The same outcome for less time: rules look back over as many states as the longest of them has, so no more are made;
they are found by the last action and the intent instead of one after the other; and where no rule goes by the text of
a message, none is looked for by it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, DefaultDict, Dict, Iterator, List, Optional, Set, Text, Tuple

from rasa.core.policies.ensemble import PolicyPredictionEnsemble
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, DefinePrevUserUtteredFeaturization
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.brain.light_tracker import LightTracker

#: The last action and the intent of a state; None in a rule that leaves it open, or wants there to be none.
Sign = Tuple[Optional[Text], Optional[Text]]
Lookup = Dict[Text, Text]
#: What the rules say of states: the next action, the rule, and whether an interrupted loop goes on.
Found = Tuple[Optional[Text], Optional[Text], bool]

#: So many different situations are kept with what the rules say of them.
KNOWN_SITUATIONS = 5000


class RulesRunner(GraphRunner):
    """Takes the place of a loaded graph that predicts by rules alone."""

    def __init__(self, policy: RulePolicy, ensemble: PolicyPredictionEnsemble, domain: Domain) -> None:
        self._rules, self._ensemble, self._domain = LightRules(policy), ensemble, domain

    @classmethod
    def instead_of(cls, graph: DaskGraphRunner, domain: Domain) -> GraphRunner:
        """In place of this graph; the graph itself when it has other policies too, as older models have."""
        parts = [node._component for node in graph._instantiated_nodes.values()]
        policies = [part for part in parts if isinstance(part, Policy)]
        ensemble = next((part for part in parts if isinstance(part, PolicyPredictionEnsemble)), None)
        if ensemble is None or [type(policy) for policy in policies] != [RulePolicy]:
            return graph
        return cls(policies[0], ensemble, domain)

    @classmethod
    def create(cls, *_args: Any, **_kwargs: Any) -> GraphRunner:
        """Rasa's way to make a runner; ours is made of one."""
        raise NotImplementedError

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, PolicyPrediction]:
        """The prediction for a tracker, under the name of the one target."""
        tracker, (target,) = inputs[PLACEHOLDER_TRACKER], targets
        prediction = self._rules.predict_action_probabilities(tracker, self._domain)
        if _was_rejected(tracker):
            return {target: self._ensemble.combine_predictions([prediction], tracker, self._domain)}
        return {target: _alone(prediction, tracker)}


def _was_rejected(tracker: LightTracker) -> bool:
    """Whether the last action has refused to run, as a form does."""
    tried = (type(one) for one in reversed(tracker.events) if type(one) in (ActionExecuted, ActionExecutionRejected))
    return next(tried, None) is ActionExecutionRejected


def _alone(prediction: PolicyPrediction, tracker: LightTracker) -> PolicyPrediction:
    """What an ensemble makes of a prediction that no other one stands against."""
    prediction.events = [*prediction.events, *prediction.optional_events]
    prediction.optional_events = []
    if tracker.latest_action_name == ACTION_LISTEN_NAME:
        by_text = bool(prediction.is_end_to_end_prediction)
        prediction.events.append(DefinePrevUserUtteredFeaturization(by_text))
    return prediction


class LightRules(RulePolicy):
    """A trained `RulePolicy` that looks at no more than its rules do."""

    def __init__(self, trained: RulePolicy) -> None:
        self.__dict__.update(trained.__dict__)
        self._signs = {name: _by_sign(self.lookup[name]) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)}
        self._longest = max((len(json.loads(key)) for name in self._signs for key in self.lookup[name]), default=1)
        asked_for = {sign for signs in self._signs.values() for sign in signs}
        self._found: Dict[Tuple[Any, ...], Found] = {}
        self._heeds_text = bool(asked_for & {(ACTION_LISTEN_NAME, None), (None, None)})

    def _find_action_from_rules(
        self, tracker: LightTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Found:
        if use_text_for_last_user_input:
            return super()._find_action_from_rules(tracker, domain, True) if self._heeds_text else (None, None, False)
        # The rules go by nothing else, and conversations are alike.
        situation = (tracker.active_loop_name, *_told_by(self._prediction_states(tracker, domain)))
        found = self._found.get(situation)
        if found is None:
            if len(self._found) >= KNOWN_SITUATIONS:
                self._found.clear()
            found = self._found[situation] = super()._find_action_from_rules(tracker, domain, False)
        return found

    def _prediction_states(
        self,
        tracker: LightTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: Optional[Dict[Text, Any]] = None,
    ) -> List[State]:
        states = tracker.last_states(domain, self._longest)
        self.featurizer._choose_last_user_input([states], use_text_for_last_user_input)
        return states

    def _get_possible_keys(self, lookup: Lookup, states: List[State]) -> Set[Text]:
        signs = self._signs[RULES if lookup is self.lookup[RULES] else RULES_FOR_LOOP_UNHAPPY_PATH]
        action, intent = _sign(states[-1])
        near = {(action, intent), (action, None), (None, intent), (None, None)}
        return super()._get_possible_keys({key: lookup[key] for sign in near for key in signs.get(sign, ())}, states)

    def _rule_prediction(self, *args: Any, **kwargs: Any) -> PolicyPrediction:
        prediction = super()._rule_prediction(*args, **kwargs)
        prediction.policy_name = RulePolicy.__name__  # as it was trained, and as events have it
        return prediction


def _by_sign(lookup: Lookup) -> Dict[Sign, List[Text]]:
    """The keys of rules by the sign of their last state."""
    signs: DefaultDict[Sign, List[Text]] = defaultdict(list)
    for key in lookup:
        signs[_sign(json.loads(key)[-1])].append(key)
    return signs


def _told_by(states: List[State]) -> Iterator[Any]:
    """All that these states hold, one after the other."""
    for state in states:
        yield len(state)
        for part, told in state.items():
            yield part
            yield tuple(told.items())


def _sign(state: State) -> Sign:
    action, intent = state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME), state.get(USER, {}).get(INTENT)
    return tuple(one if one and one != SHOULD_NOT_BE_SET else None for one in (action, intent))
