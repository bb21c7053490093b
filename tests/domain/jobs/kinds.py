"""Kinds of jobs for tests, and a worker that knows them: `python -m tests.domain.jobs.kinds`."""

import asyncio
import os
import threading
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from hms_app.core import db
from hms_app.core.errors import DomainError
from hms_app.domain.jobs.service import Run
from hms_app.domain.jobs.service.queue import CONCURRENCY, make_queue, run_worker
from hms_app.domain.jobs.values import JobKind
from hms_app.runtime.connection import libpq

_HERE: Final = "tests.domain.jobs.kinds"
QUICK: Final = JobKind("tests.quick", "Quick", work=f"{_HERE}:quick")
LONG: Final = JobKind("tests.long", "Long", work=f"{_HERE}:until_released", is_sole=False)
REFUSED: Final = JobKind("tests.refused", "Refused", work=f"{_HERE}:refused")
BROKEN: Final = JobKind("tests.broken", "Broken", work=f"{_HERE}:broken", attempts=2, backoff=0)
TOLD: Final = JobKind("tests.told", "Told to stop", work=f"{_HERE}:told_to_stop")
HIDDEN: Final = "Ada Lovelace, HIV positive"
"""What no log and no row may say."""


def quick(run: Run) -> None:
    """Done at once."""
    run.moved("here", 1, 1)


def until_released(run: Run) -> None:
    """Go on until the table of name words has the word `released`."""
    said = sa.text("SELECT count(*) FROM name_word WHERE word = 'released'")
    while not db.in_transaction(lambda session: session.scalar(said)):
        run.moved("waiting", 1, 2)
        run.stop.wait(0.05)


def refused(run: Run) -> None:
    """What a domain refuses."""
    raise DomainError("The file lacks a column.")


def broken(run: Run) -> None:
    """A bug."""
    raise ValueError(HIDDEN)


def told_to_stop(run: Run) -> None:
    """The worker is told to stop in the middle."""
    run.stop.set()
    run.moved("half", 1, 2)


def main() -> None:
    """Work as `hms.py work` does, knowing the kinds above."""
    url = make_url(os.environ["TEST_DATABASE_URL"])
    db.bind(db.make_engine(url.render_as_string(hide_password=False), pool_size=CONCURRENCY * 2))
    stop = threading.Event()
    asyncio.run(run_worker(make_queue(libpq(url), str(url.password or ""), stop), stop))


if __name__ == "__main__":
    main()
