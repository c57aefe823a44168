"""Words about the line that more than one process says."""

from bot.conversation.ports import QueuePlace, Say


def queue_words(say: Say, place: QueuePlace, language: str) -> str:
    """Position, range of minutes and, when nobody is there, the hours: never a promise we can not keep."""
    if place.agents_online == 0:
        return say("queue_nobody_online" if place.open_now else "queue_closed_hours", language)
    if place.wait_low_s is None or place.wait_high_s is None:
        return say("queue_joined_unknown", language, position=place.position)
    return say(
        "queue_joined_range",
        language,
        position=place.position,
        low=max(1, round(place.wait_low_s / 60)),
        high=max(2, -(-place.wait_high_s // 60)),
    )
