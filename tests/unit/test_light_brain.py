"""What takes the weight off Rasa (docs/decisions/0015) gives what Rasa itself gives, whatever happens in a session."""

import json
import subprocess

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.product import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LISTEN = "action_listen"
#: A session takes its turns mostly as Rasa's rules lead it, and sometimes as nobody would expect.
SESSION = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Brain:
    """A process of the brain's environment that compares."""

    def __init__(self):
        command = [str(ROOT / ".venv/brain/bin/python"), "-W", "ignore", "-m", "tests.support.light_side"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.names = json.loads(self.process.stdout.readline())

    def ask(self, what, of):
        self.process.stdin.write(json.dumps({"what": what, "of": of}) + "\n")
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(20)


@pytest.fixture(scope="module")
def brain():
    brain = Brain()
    yield brain
    brain.end()


def said(intent):
    return {"event": "user", "text": intent, "parse_data": {
        "text": intent, "intent": {"name": intent, "confidence": 0.9}, "entities": [],
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
    }}


def turns(names):
    """Lists of steps; a turn is a message and what the rules make of it, or anything else that Rasa knows."""
    form = st.sampled_from(names["forms"])
    action = st.sampled_from([LISTEN, "action_handoff", *names["forms"], *names["actions"][::20]])
    intent = st.sampled_from(names["intents"]).map(said)
    predict = st.just({"event": "predict"})
    turn = st.tuples(st.just({"event": "action", "name": LISTEN}), intent, predict, predict).map(list)
    # The end of a rule without its beginning: it is none.
    strayed = st.builds(
        lambda rule, other: [
            {"event": "action", "name": LISTEN}, said(rule[0]), {"event": "action", "name": other},
            {"event": "action", "name": rule[1]}, {"event": "predict"},
        ],
        st.sampled_from(names["rules"]), action,
    )
    anything = st.one_of(
        predict, intent,
        st.builds(lambda name: {"event": "action", "name": name}, action),
        st.builds(lambda name: {"event": "action_execution_rejected", "name": name}, action),
        st.builds(lambda name: {"event": "active_loop", "name": name}, st.none() | form),
        st.builds(lambda name: {"event": "followup", "name": name}, action),
        st.builds(
            lambda name, value: {"event": "slot", "name": name, "value": value},
            st.sampled_from(names["slots"]), st.none() | st.text(max_size=3) | st.booleans(),
        ),
        st.sampled_from([
            {"event": kind}
            for kind in ("undo", "rewind", "restart", "session_started", "reset_slots", "pause", "resume")
        ]),
        st.builds(lambda on: {"event": "loop_interrupted", "is_interrupted": on}, st.booleans()),
        st.builds(lambda on: {"event": "user_featurization", "use_text_for_featurization": on}, st.booleans()),
        st.just({"event": "bot", "text": "…", "metadata": {"utter": "utter_greet"}}),
    ).map(lambda step: [step])
    parts = st.lists(turn | turn | strayed | anything, max_size=14)
    return parts.map(lambda parts: [step for part in parts for step in part])


@SESSION
@given(data=st.data())
def test_the_rules_and_the_tracker_do_what_rasa_does(brain, data):
    steps = data.draw(turns(brain.names))
    assert brain.ask("differences", steps) == []


def long_session(names):
    """Many turns, most of them within some form: answers, asides, and turns at which the form is refused or ends."""
    listen, predict = {"event": "action", "name": LISTEN}, {"event": "predict"}
    slot = st.builds(
        lambda name, value: {"event": "slot", "name": name, "value": value},
        st.sampled_from(names["slots"]), st.none() | st.text(max_size=3),
    )
    form = st.sampled_from(names["forms"])
    intent = st.sampled_from(names["intents"]).map(said)
    opens = st.tuples(intent, form).map(
        lambda both: [listen, both[0], {"event": "action", "name": both[1]}, {"event": "active_loop", "name": both[1]}]
    )
    goes_on = st.tuples(intent, slot).map(lambda both: [listen, both[0], predict, both[1], predict])
    refused = st.tuples(intent, form).map(
        lambda both: [listen, both[0], {"event": "action_execution_rejected", "name": both[1]}, predict, predict]
    )
    ends = intent.map(lambda one: [listen, one, predict, {"event": "active_loop", "name": None}, predict])
    forgets = intent.map(lambda one: [listen, one, {"event": "reset_slots"}, predict, predict])
    within = st.lists(st.one_of(*[goes_on] * 12, refused, forgets, ends), min_size=14, max_size=24)
    return st.lists(st.tuples(opens, within).map(lambda part: [part[0], *part[1]]), min_size=2, max_size=3).map(
        lambda parts: [turn for part in parts for turn in part]
    )


@SESSION
@given(data=st.data())
def test_a_long_session_goes_on_the_same_when_it_is_cut(brain, data):
    turns = data.draw(long_session(brain.names))
    assert brain.ask("lost", turns) == []


@SESSION
@given(data=st.data())
def test_a_slip_of_the_finger_finds_the_nearest_of_all_examples(brain, data):
    text = list(data.draw(st.sampled_from(brain.names["examples"])))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(text)))
        text[place : place + data.draw(st.integers(0, 1))] = data.draw(st.sampled_from(["", "卡", "的", "龘"]))
    assume(3 <= len(text) <= 12)
    assert brain.ask("slips", "".join(text)) == []
