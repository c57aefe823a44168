"""Rasa's own command line in our environment: `python -m bot.brain.commands train|data|test|shell …`."""

import os
import sys

from bot.brain import stand_in
from bot.brain.quiet import quieten

#: Where our data are, for the commands that would look in Rasa's usual places.
_DATA = ["--data", "data/faq", "data/dialogues"]
_DOMAIN = ["--domain", "data/domain"]


def with_our_folders(arguments: list[str]) -> list[str]:
    """The arguments, with our folders where none were given."""
    full = arguments[:]
    command = arguments[:2] if arguments[:1] == ["data"] else arguments[:1]
    if command in (["train"], ["data", "validate"]) and arguments[1:2] not in (["nlu"], ["core"]):
        full += [] if "--data" in arguments else _DATA
        full += [] if "--domain" in arguments or "-d" in arguments else _DOMAIN
    return full


def main() -> None:
    stand_in.install()
    quieten()
    os.environ.setdefault("QIANTAI_ACTIONS_PORT", "5055")
    from rasa.__main__ import main as rasa_main

    sys.argv = ["rasa", *with_our_folders(sys.argv[1:])]
    rasa_main()


if __name__ == "__main__":
    main()
