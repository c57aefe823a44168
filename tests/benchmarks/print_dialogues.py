"""Prints how a conversation of each dialogue goes, in both languages.

`python -m tests.benchmarks.print_dialogues` starts the whole product and tells it the first story of each file in
tests/dialogues/stories: when, who, what, and [the buttons]. What was typed in secret is printed as the chat shows
it, [secret]. Ends with 1 when a story did not go as it should.
"""

import asyncio
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import BANK_ZONE
from tests.support.product import Product
from tests.support.sandbox import set_fault
from tests.support.stories import FOLDER, LANGUAGES, Story, Telling, stories

#: Who speaks, as wide as the widest.
WIDTH = len("customer")


def first_stories() -> list[tuple[str, Story]]:
    """(dialogue, story) for each file and language."""
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        of_file = stories(path.stem)
        for language in LANGUAGES:
            told = next((one for one in of_file if one.language == language), None)
            if told:
                found.append((path.stem, told))
    return found


def lines(message: dict[str, Any]) -> list[str]:
    """One message as it is printed."""
    at = datetime.fromisoformat(message["at"]).astimezone(BANK_ZONE)
    head = f"{at:%H:%M:%S}  {message['author']:<{WIDTH}}  "
    shown = message["text"].strip().split("\n")
    if buttons := message.get("choices"):
        shown.append("  ".join(f"[{button['title']}]" for button in buttons))
    if form := message.get("form"):
        shown.append("  ".join(f"<{field['label']}>" for field in form["fields"]))
    return [head + shown[0], *(" " * len(head) + line for line in shown[1:])]


async def tell(product: Product, story: Story) -> tuple[list[dict[str, Any]], str]:
    """The conversations of the story, and what did not go as it should."""
    telling = await Telling.begin(product, story)
    problem = ""
    try:
        await telling.tell()
    except AssertionError as exc:
        problem = str(exc).split("\n")[0]
    finally:
        set_fault(product, "none")
        await telling.customer.leave()
    return telling.customer.messages, problem


async def print_all(product: Product) -> int:
    failed = 0
    for dialogue, story in first_stories():
        messages, problem = await tell(product, story)
        print(f"\n==== {dialogue}, {story}\n")
        for message in messages:
            print("\n".join(lines(message)))
        if problem:
            print(f"\n!!!! {problem}")
            failed += 1
    return failed


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        product = Product(Path(name))
        try:
            product.begin()
            return int(bool(asyncio.run(print_all(product))))
        finally:
            product.end()


if __name__ == "__main__":
    sys.exit(main())
