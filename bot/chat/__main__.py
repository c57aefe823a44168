"""`python -m bot.chat` serves until it is stopped."""

import sys

from bot.chat.app import create_app
from bot.garbage import leave_out_loaded
from bot.log import configure
from bot.settings import from_process
from bot.wiring import chat_services

#: How long a thread may keep the interpreter while another one asks for it, in seconds: with Python's own
#: 5 ms a commit that has long reached the disk waits for the loop.
SWITCH_S = 0.0005


def main() -> None:
    configure()
    sys.setswitchinterval(SWITCH_S)
    settings = from_process()
    app = create_app(chat_services(settings))
    leave_out_loaded()
    app.run(
        host=settings.host, port=settings.chat_port, single_process=True, motd=False,
        access_log=False, backlog=1024,
    )


if __name__ == "__main__":
    main()
