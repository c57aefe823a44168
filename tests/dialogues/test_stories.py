"""Customers who want something done, from the first word to the result, in both languages."""

import pytest

from tests.support.sandbox import set_fault
from tests.support.stories import FOLDER, Story, Telling, stories

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

ALL = [
    pytest.param(story, id=f"{path.stem}-{story}")
    for path in sorted(FOLDER.glob("*.yml"))
    for story in stories(path.stem)
]


@pytest.mark.parametrize("story", ALL)
async def test_story(live, story: Story):
    telling = await Telling.begin(live, story)
    try:
        await telling.tell()
    finally:
        set_fault(live, "none")
        await telling.customer.leave()
