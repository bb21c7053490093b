"""What lives as long as the server: the bound database, and the runner of imports.

What a crash left behind is swept first.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.concurrency import run_in_threadpool

from hms_app.config import get_settings
from hms_app.core import db
from hms_app.domain.files.service import sweep_files
from hms_app.domain.interop.service import run_imports
from hms_app.runtime.scratch import sweep_scratch

_LEAVING_SECONDS: Final = 20
"""How long a stopping worker waits for the rows that an import has at hand; a later one goes on from there."""


@asynccontextmanager
async def database() -> AsyncIterator[None]:
    """Bind the application's own database role for this worker, and let its connections go at the end."""
    settings = get_settings()
    if settings.app_database_url is None:
        raise RuntimeError("HMS_APP_DATABASE_URL is missing: start the application with hms.py run.")
    engine = db.make_engine(settings.app_database_url.get_secret_value(), pool_size=settings.database_pool)
    db.bind(engine)
    try:
        await run_in_threadpool(db.in_transaction, sweep_files)
        await run_in_threadpool(sweep_scratch)
        yield
    finally:
        engine.dispose()


@asynccontextmanager
async def imports() -> AsyncIterator[None]:
    """Work on imports in a thread; at the end let it finish the rows it has at hand."""
    stop = threading.Event()
    thread = threading.Thread(target=run_imports, args=(stop,), name="imports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        await run_in_threadpool(thread.join, _LEAVING_SECONDS)
