"""`python -m bot.worker` runs the jobs by the clock until it is stopped."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import FrontLineError
from bot.log import configure
from bot.settings import from_process
from bot.wiring import worker_services
from bot.worker.jobs import JOBS, WorkerServices

log = structlog.get_logger()

Job = Callable[[WorkerServices], Awaitable[int]]


async def repeat(job: Job, services: WorkerServices, every_s: float) -> None:
    """Run one job again and again; one that fails is tried again at its next time."""
    while True:
        try:
            done = await job(services)
            if done:
                log.info("job_done", job=job.__name__, items=done)
        except FrontLineError as exc:
            log.warning("job_failed", job=job.__name__, reason=exc.reason)
        except Exception:
            log.exception("job_broke", job=job.__name__)
        await asyncio.sleep(every_s)


async def serve() -> None:
    services = worker_services(from_process())
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    tasks = [asyncio.create_task(services.wakes.run())]
    tasks += [asyncio.create_task(repeat(job, services, every_s)) for job, every_s in JOBS]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)  # nobody is in the middle of something then
    await services.close()


if __name__ == "__main__":
    configure()
    asyncio.run(serve())
