"""The queue's own worker: takes what waits, one thread for each job, until it is told to stop."""

import asyncio
import datetime as dt
import signal
import threading
from typing import Any, Final

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from hms_app.core import clock, db
from hms_app.core.errors import DatabaseAway
from hms_app.domain.jobs.errors import TryAgain
from hms_app.domain.jobs.service.asking import QUEUE, TASK, ask_for_scheduled
from hms_app.domain.jobs.service.working import work_on
from hms_app.domain.jobs.values import JOB_KINDS

CONCURRENCY: Final = 3
"""Jobs at a time in one worker: a long import leaves room for what is urgent."""
BEAT_SECONDS: Final = 2.0
STALLED_SECONDS: Final = 10.0
"""A worker that has not said a word for so long is dead: what it held is taken up by others."""
AWAY_FOR: Final = dt.timedelta(seconds=5)
"""After so long a job is tried again under which the database went away; that is no fault of the job."""
LEAVING_SECONDS: Final = 20.0
"""How long a worker that was told to stop waits for what its jobs have at hand."""


class _AsTheJobSays(BaseRetryStrategy):
    """Run again when the job's own row says so, and only then."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        return RetryDecision(retry_at=exception.at) if isinstance(exception, TryAgain) else None


def make_queue(conninfo: str, password: str, stop: threading.Event) -> App:
    """The queue on a database (a libpq connection string); `stop` tells jobs that run to leave."""
    queue = App(
        connector=PsycopgConnector(
            conninfo=conninfo,
            kwargs={"password": password or None, "options": "-c timezone=UTC"},
            min_size=1,
            max_size=4,
        ),
        periodic_defaults={"max_delay": 24 * 3600},
    )

    @queue.task(name=TASK, queue=QUEUE, retry=_AsTheJobSays())
    def work(job_id: int) -> None:
        try:
            work_on(job_id, stop)
        except DatabaseAway:
            raise TryAgain(clock.now() + AWAY_FOR) from None

    @queue.periodic(cron="* * * * * */10")  # Seconds come last.
    @queue.task(name="hms.take_over", queue=QUEUE, queueing_lock="hms.take_over", lock="hms.take_over")
    async def take_over(timestamp: int) -> None:
        await _take_over(queue)

    for kind in JOB_KINDS.values():
        if kind.schedule:
            _schedule(queue, kind.name, kind.schedule)
    return queue


async def run_worker(queue: App, stop: threading.Event) -> None:
    """Work until SIGTERM or SIGINT, or until the database is lost; what runs then is left in order."""
    async with queue.open_async():
        await _take_over(queue)
        working = asyncio.create_task(
            queue.run_worker_async(
                queues=[QUEUE],
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                shutdown_graceful_timeout=LEAVING_SECONDS,
                update_heartbeat_interval=BEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                delete_jobs="always",
            )
        )

        def leave() -> None:
            stop.set()
            working.cancel()

        loop = asyncio.get_running_loop()
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, leave)
        try:
            await working
        except asyncio.CancelledError:
            if not stop.is_set():
                raise


def _schedule(queue: App, kind_name: str, cron: str) -> None:
    @queue.periodic(cron=cron, periodic_id=kind_name)
    @queue.task(name=f"hms.ask_for.{kind_name}", queue=QUEUE)
    def ask(timestamp: int) -> None:
        db.in_transaction(lambda session: ask_for_scheduled(session, kind_name))


async def _take_over(queue: App) -> None:
    """Put back what dead workers held; their rows say how often that happened."""
    manager = queue.job_manager
    await manager.prune_stalled_workers(STALLED_SECONDS)
    stalled: Any = await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
    for job in stalled:
        await manager.retry_job(job, retry_at=clock.now())
