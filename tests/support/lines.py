"""The line to a person: ways into it that need no assistant, and who is in it."""

from tests.support.people import Customer

#: Something the front alone can not answer, and the button that brings a person.
WORDS = {"zh": ("随便说说", "转人工客服"), "en": ("just some words", "Talk to a person")}


async def wait_for_a_person(customer: Customer, language: str = "zh") -> None:
    """Ask for a person and stand in the line."""
    words, button = WORDS[language]
    await customer.ask(words)
    await customer.choose(button)
    await customer.until_owner("queue")


def waiting_ids(line: dict) -> list[str]:
    """The conversations that wait, by their place in the line."""
    return [one["conversation_id"] for one in line["waiting"]]
