"""`python -m bot.desk` serves until it is stopped."""

from bot.desk.app import create_app
from bot.garbage import leave_out_loaded
from bot.log import configure
from bot.settings import from_process
from bot.wiring import desk_services


def main() -> None:
    configure()
    settings = from_process()
    app = create_app(desk_services(settings))
    leave_out_loaded()
    app.run(
        host=settings.host, port=settings.desk_port, single_process=True, motd=False,
        access_log=False, backlog=1024,
    )


if __name__ == "__main__":
    main()
