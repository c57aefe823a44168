"""The rooms, for actions; made at the first use, because the server imports every module of this folder."""

from functools import lru_cache

from bot.settings import from_process
from bot.wiring import Rooms
from bot.wiring import rooms as make


@lru_cache(maxsize=1)
def rooms() -> Rooms:
    """This process's rooms."""
    return make(from_process())
