"""Old jobs go, and the keys of forms that were sent: each is kept for a month."""

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock, db
from hms_app.domain.jobs.service.working import Run
from hms_app.domain.jobs.tables import Job
from hms_app.domain.records.service import forget_commands

KEPT_FOR: Final = dt.timedelta(days=30)
_AT_ONCE: Final = 5_000


def work_on_trimming(run: Run) -> None:
    """Take away what ended more than a month ago, some thousands at a time."""
    for forget in (_forget_jobs, forget_commands):
        while db.in_transaction(forget):
            run.moved()


def _forget_jobs(session: Session) -> int:
    old = sa.select(col(Job.id)).where(col(Job.finished_at) < clock.now() - KEPT_FOR).limit(_AT_ONCE)
    return int(session.execute(sa.delete(Job).where(col(Job.id).in_(old))).rowcount)  # type: ignore[attr-defined]
