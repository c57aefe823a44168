"""`python -m bot.chat` serves until it is stopped."""

from bot.chat.app import create_app
from bot.log import configure
from bot.settings import from_process
from bot.wiring import chat_services


def main() -> None:
    configure()
    settings = from_process()
    app = create_app(chat_services(settings))
    app.run(
        host=settings.host, port=settings.chat_port, single_process=True, motd=False,
        access_log=False, backlog=1024,
    )


if __name__ == "__main__":
    main()
