"""Doing what waits, in the test's own process."""

import threading
from contextlib import suppress

from sqlmodel import col, select

from hms_app.core import db
from hms_app.domain.jobs.errors import JobFailed, TryAgain
from hms_app.domain.jobs.service import work_on
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JobStatus


def work_next(stop: threading.Event | None = None) -> bool:
    """Do the oldest job that waits, as a worker would; says whether there was one."""
    with db.transaction() as session:
        waiting = session.exec(
            select(Job.id).where(Job.status == JobStatus.QUEUED.value).order_by(col(Job.id)).limit(1)
        ).first()
    if waiting is None:
        return False
    with suppress(JobFailed, TryAgain):
        work_on(waiting, stop or threading.Event())
    return True
