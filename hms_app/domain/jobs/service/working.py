"""Working on a job: one attempt, told to its row, and what follows from how it ended."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from sqlmodel import Session, col, update

from hms_app.core import clock, db
from hms_app.core.errors import DatabaseAway, DomainError
from hms_app.core.faults import logged_fault
from hms_app.domain.jobs.errors import JobFailed, StopWorking, TryAgain
from hms_app.domain.jobs.rules import wait_before
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JOB_KINDS, JobKind, JobStatus

TOLD_EVERY: Final = 1.0
"""Seconds between two words on how far a job is."""


class Run:
    """One attempt at a job, as its work sees it: what it is about, for whom, and whether it has to stop."""

    def __init__(self, job: Job, stop: threading.Event) -> None:
        self.job_id, self.subject_id, self.attempt = job.key, job.subject_id or 0, job.attempts
        self.asked_by_user_id, self.asked_by = job.asked_by_user_id, job.asked_by
        self.stop = stop
        self._told_at = 0.0

    def moved(self, place: str = "", done: int = 0, total: int = 0) -> None:
        """Say how far the work is, at most once a second; raises StopWorking when the worker has to stop."""
        if self.stop.is_set():
            raise StopWorking
        now = time.monotonic()
        if now - self._told_at >= TOLD_EVERY:
            self._told_at = now
            values = {"place": place, "done": done, "total": total, "beat_at": clock.now()}
            db.in_transaction(lambda session: _write(session, self.job_id, values))


def work_on(job_id: int, stop: threading.Event) -> None:
    """Do a job now, in this thread.

    Raises TryAgain when it is to be run again, and JobFailed when it is over without being done.
    """
    job = db.in_transaction(lambda session: _taken(session, job_id))
    if job is None:
        return
    kind = JOB_KINDS[job.kind]
    if job.attempts > kind.attempts:
        _end(job_id, "It was stopped in the middle too often. Try again, or tell your administrator.")
        raise JobFailed
    try:
        _function(kind)(Run(job, stop))
    except StopWorking:
        raise _again(job_id, clock.now(), attempts=job.attempts - 1) from None
    except DatabaseAway:
        raise
    except DomainError as refusal:
        _end(job_id, str(refusal))
        raise JobFailed from None
    except Exception as bug:
        raise _after(bug, job, kind, stop) from None
    _end(job_id, "")


def _function(kind: JobKind) -> Callable[[Run], None]:
    module, _, name = kind.work.partition(":")
    work: Callable[[Run], None] = getattr(import_module(module), name)
    return work


def _taken(session: Session, job_id: int) -> Job | None:
    """The job, marked as running; None when nobody wants it any more. A killed worker left one running."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
        return None
    job.status, job.attempts = JobStatus.RUNNING.value, job.attempts + 1
    job.started_at = job.beat_at = clock.now()
    session.flush()
    return job


def _after(bug: Exception, job: Job, kind: JobKind, stop: threading.Event) -> Exception:
    """What follows from a failure nobody expected: logged without its values, tried again a few times."""
    if stop.is_set():
        return _again(job.key, clock.now(), attempts=job.attempts - 1)
    reference = logged_fault(f"job {kind.name} failed", bug)
    said = f"Something failed on our side. Tell your administrator reference {reference}."
    if job.attempts >= kind.attempts:
        _end(job.key, said)
        return JobFailed()
    wait = wait_before(job.attempts, kind.backoff)
    return _again(job.key, clock.now() + wait, attempts=job.attempts, problem=said)


def _again(job_id: int, at: dt.datetime, *, attempts: int, problem: str = "") -> TryAgain:
    values: dict[str, Any] = {"status": JobStatus.QUEUED.value, "due_at": at, "attempts": attempts}
    db.in_transaction(lambda session: _write(session, job_id, {**values, "problem": problem}))
    return TryAgain(at)


def _end(job_id: int, problem: str) -> None:
    status = JobStatus.FAILED if problem else JobStatus.DONE
    values = {"status": status.value, "problem": problem, "finished_at": clock.now(), "place": ""}
    db.in_transaction(lambda session: _write(session, job_id, values))


def _write(session: Session, job_id: int, values: dict[str, Any]) -> None:
    """Only while it runs: what was called off meanwhile stays called off."""
    session.execute(
        update(Job).where(col(Job.id) == job_id, col(Job.status) == JobStatus.RUNNING.value).values(**values)
    )
