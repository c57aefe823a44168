"""How often one subject may try and be sent a code; pure rules over what is remembered of it.

A subject is whoever the counting holds for: the conversation, the claim (a card number, say), the
person, the phone. A try counts for all of them, and the strictest decides, so that a new chat opens
no lock (F12). Nobody's claims are counted alike (S06). Times are seconds since the epoch.
"""

from dataclasses import dataclass, field, replace

#: Wrong answers to one act until it is locked, whatever chats they are spread over (L15, I22).
MAX_TRIES = 5
#: How long an act stays locked after the last failure; tries older than this are forgotten.
LOCK_S = 30 * 60
#: Wrong answers of all acts in a day (S02).
MAX_FAILURES = 10
DAY_S = 24 * 3600
#: Verifications in a quarter of an hour that a code is made for; each may be sent again (S02).
MAX_CODES = 3
CODES_S = 15 * 60


@dataclass(frozen=True)
class Subject:
    """What is remembered of one subject, under its keyed hash."""

    key: str
    #: when first codes of verifications were made
    codes: tuple[float, ...] = ()
    #: when texts were sent, codes sent again among them
    texts: tuple[float, ...] = ()
    #: wrong answers by act since the last right one
    tries: dict[str, tuple[float, ...]] = field(default_factory=dict)
    #: wrong answers of all acts
    failures: tuple[float, ...] = ()
    #: until when, by act
    locks: dict[str, float] = field(default_factory=dict)


Subjects = list[Subject]


def locked_until(subjects: Subjects, act: str, now: float) -> float | None:
    """When this act opens again, or None when it is open."""
    ends = [0.0]
    for one in subjects:
        ends.append(one.locks.get(act, 0.0))
        recent = _within(one.failures, now, DAY_S)
        if len(recent) >= MAX_FAILURES:
            ends.append(recent[-MAX_FAILURES] + DAY_S)
    return max(ends) if max(ends) > now else None


def tries_left(subjects: Subjects, act: str, now: float) -> int:
    """How many wrong answers there may still be."""
    used = [len(_within(one.tries.get(act, ()), now, LOCK_S)) for one in subjects]
    of_day = [len(_within(one.failures, now, DAY_S)) for one in subjects]
    return max(0, min(MAX_TRIES - max(used, default=0), MAX_FAILURES - max(of_day, default=0)))


def failed(subjects: Subjects, act: str, now: float) -> Subjects:
    """One more wrong answer; the last one locks the act for every subject."""
    counted = [
        replace(
            one,
            tries={**one.tries, act: (*_within(one.tries.get(act, ()), now, LOCK_S), now)},
            failures=(*_within(one.failures, now, DAY_S), now),
        )
        for one in subjects
    ]
    if max(len(one.tries[act]) for one in counted) < MAX_TRIES:
        return counted
    return [
        replace(one, tries=_without(one.tries, act), locks={**one.locks, act: now + LOCK_S})
        for one in counted
    ]


def passed(subjects: Subjects, act: str) -> Subjects:
    """A right answer: the tries of this act begin anew; the day's failures stay."""
    return [replace(one, tries=_without(one.tries, act)) for one in subjects]


def wait_s(subjects: Subjects, now: float, *, first: bool, texts_a_day: int) -> float:
    """Seconds until a code may be made, 0 when it may be at once; `first` of its verification."""
    waits = [0.0]
    for one in subjects:
        texts = _within(one.texts, now, DAY_S)
        if len(texts) >= texts_a_day:
            waits.append(texts[-texts_a_day] + DAY_S - now)
        codes = _within(one.codes, now, CODES_S)
        if first and len(codes) >= MAX_CODES:
            waits.append(codes[-MAX_CODES] + CODES_S - now)
    return max(waits)


def sent(subjects: Subjects, now: float, *, first: bool) -> Subjects:
    """A code was made and is on its way."""
    return [
        replace(
            one,
            texts=(*_within(one.texts, now, DAY_S), now),
            codes=(*_within(one.codes, now, CODES_S), *((now,) if first else ())),
        )
        for one in subjects
    ]


def not_sent(subjects: Subjects, made: float, *, first: bool) -> Subjects:
    """The code made at that time did not leave the house: it counts for nobody (F31)."""
    return [
        replace(
            one,
            texts=_less(one.texts, made),
            codes=_less(one.codes, made) if first else one.codes,
        )
        for one in subjects
    ]


def _within(times: tuple[float, ...], now: float, span_s: float) -> tuple[float, ...]:
    return tuple(at for at in times if now - at < span_s)


def _less(times: tuple[float, ...], one: float) -> tuple[float, ...]:
    """Without one entry of this time."""
    if one not in times:
        return times
    place = times.index(one)
    return times[:place] + times[place + 1 :]


def _without(tries: dict[str, tuple[float, ...]], act: str) -> dict[str, tuple[float, ...]]:
    return {name: times for name, times in tries.items() if name != act}
