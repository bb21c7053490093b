"""What lives as long as the server: the bound database, and the settling of searches.


What a crash left behind is swept first, or at the next start when the database is away: a worker that is started
anew just then must not end for it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from starlette.concurrency import run_in_threadpool

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.errors import DatabaseAway
from hms_app.domain.audit.service import settle_searches
from hms_app.domain.files.service import sweep_files
from hms_app.runtime.logs import log_like_the_launcher
from hms_app.runtime.scratch import sweep_scratch

logger = logging.getLogger("hms.server")
_SETTLES_EVERY: Final = 1.0
"""Seconds between two looks at which searches have settled."""


@asynccontextmanager
async def logs() -> AsyncIterator[None]:
    """Log like the launcher, also once everything is imported that could log by itself."""
    settings = get_settings()
    if settings.is_production:
        log_like_the_launcher(settings.data_dir / "logs")
    yield


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """Bind the application's own database role for this worker, and let its connections go at the end."""
    settings = get_settings()
    if settings.app_database_url is None:
        raise RuntimeError("HMS_APP_DATABASE_URL is missing: start the application with hms.py run.")
    engine = db.make_engine(settings.app_database_url.get_secret_value(), pool_size=settings.database_pool)
    db.bind(engine)
    try:
        try:
            await run_in_threadpool(db.in_transaction, sweep_files)
        except DatabaseAway:
            logger.warning("files that a crash left are swept at the next start: the database is away")
        await run_in_threadpool(sweep_scratch)
        yield
    finally:
        engine.dispose()


@asynccontextmanager
async def looks() -> AsyncIterator[None]:
    """Make entries of the searches that settled; those a stopping server leaves are the next one's."""
    stop = asyncio.Event()
    task = asyncio.create_task(_settle_until(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def _settle_until(stop: asyncio.Event) -> None:
    fails = False
    while not stop.is_set():
        try:
            await run_in_threadpool(db.in_transaction, settle_searches)
            fails = False
        except Exception as failure:
            if not fails:
                logger.error("searches are not settled: %s; trying again", type(failure).__name__)
            fails = True
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _SETTLES_EVERY)
