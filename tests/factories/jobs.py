"""Doing what waits, in the test's own process."""

import threading
from contextlib import suppress

from sqlmodel import col, select

from hms_app.core import db
from hms_app.core.errors import DatabaseAway
from hms_app.domain.jobs.errors import JobFailed, TryAgain
from hms_app.domain.jobs.service import work_on
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JobStatus

_OPEN = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)


def work_next(stop: threading.Event | None = None) -> bool:
    """Do the oldest job that waits, or that was broken off, as a worker would; says whether there was one."""
    with db.transaction() as session:
        waiting = session.exec(
            select(Job.id).where(col(Job.status).in_(_OPEN)).order_by(col(Job.id)).limit(1)
        ).first()
    if waiting is None:
        return False
    with suppress(JobFailed, TryAgain, DatabaseAway):
        work_on(waiting, stop or threading.Event())
    return True
