"""`work`: do the hospital's work in the background, until told to stop."""

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

import hms_app.domain.interop.values
import hms_app.domain.patients.values  # noqa: F401  (each domain's kinds of jobs put themselves into the register)
from hms_app.cli.importing import bound_database
from hms_app.config import get_settings
from hms_app.core import db
from hms_app.domain.jobs.service.queue import CONCURRENCY, make_queue, run_worker
from hms_app.runtime.connection import libpq
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.logs import configure_logging


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("work")(work)


def work(
    attached: Annotated[
        bool, typer.Option("--attached", hidden=True, help="Work for the hospital that started this process.")
    ] = False,
) -> None:
    """Do what the hospital has to do in the background: imports, scans, work by the clock."""
    stop = threading.Event()
    with _attached() if attached else bound_database(pool_size=CONCURRENCY * 2) as url:
        settings = get_settings()
        configure_logging(settings.data_dir / "logs", level=logging.INFO, name="work.log")
        if not attached:
            print("hms: working; stop with Ctrl-C.", file=sys.stderr, flush=True)
        address = make_url(url)
        queue = make_queue(libpq(address), str(address.password or ""), stop)
        asyncio.run(run_worker(queue, stop))


@contextmanager
def _attached() -> Iterator[str]:
    """The database of the server that started this process."""
    url = get_settings().app_database_url
    if url is None:
        raise StartRefused("HMS_APP_DATABASE_URL is missing: no hospital started this.")
    engine = db.make_engine(url.get_secret_value(), pool_size=CONCURRENCY * 2)
    db.bind(engine)
    try:
        yield url.get_secret_value()
    finally:
        db.bind(None)
        engine.dispose()
