"""Kinds of jobs, described once, and what a job is told while it runs."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.domain.audit.values import describe


class JobAction(StrEnum):
    """What the audit trail says about jobs."""

    JOB_RETRIED = "jobs.job.retried"


describe(list(JobAction), {})


class JobStatus(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = JobStatus
JOB_LIFE: Final = LifeCycle(
    "job",
    "job",
    {
        _S.QUEUED: "Waiting",
        _S.RUNNING: "Running",
        _S.DONE: "Done",
        _S.FAILED: "Failed",
        _S.CANCELLED: "Cancelled",
    },
    (
        Move(_S.QUEUED, _S.RUNNING),
        Move(_S.QUEUED, _S.CANCELLED),
        Move(_S.RUNNING, _S.QUEUED),
        Move(_S.RUNNING, _S.DONE),
        Move(_S.RUNNING, _S.FAILED),
        Move(_S.RUNNING, _S.CANCELLED),
        Move(_S.FAILED, _S.QUEUED, "Try again"),
    ),
)
"""A running job goes back to waiting when its worker stops, or after a failure that may pass."""


@dataclass(frozen=True)
class JobKind:
    """One kind of work.

    `work` names the function ("package.module:function") that is called with a `Run` in a thread of a worker, with no
    transaction open; who only asks for a job never imports it. `title` is what the Operations screen says.
    At most one job of a kind runs at a time in the hospital, unless `is_sole` is off: then one for each subject.
    A failure that nobody expected is tried again up to `attempts` times, after `backoff` seconds doubled each time;
    an expected refusal (DomainError) is final. `schedule` is a cron line in UTC for work by the clock.
    """

    name: str
    title: str
    work: str
    is_sole: bool = True
    attempts: int = 5
    backoff: int = 5
    schedule: str = ""

    def __post_init__(self) -> None:
        JOB_KINDS[self.name] = self

    def lock(self, subject_id: int | None) -> str:
        """What two jobs share that may not run at once."""
        return self.name if self.is_sole else f"{self.name}:{subject_id or 0}"


JOB_KINDS: Final[dict[str, JobKind]] = {}
"""Every kind by its name; each puts itself here when its domain is imported."""


@dataclass(frozen=True)
class JobRow:
    """A job as the Operations screen shows it; `lag` is how long it waited, or waits, past the time it was due."""

    id: int
    kind: str
    title: str
    subject_id: int | None
    status: JobStatus
    asked_by: str
    attempts: int
    place: str
    done: int
    total: int
    problem: str
    due_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    lag: dt.timedelta


@dataclass(frozen=True)
class KindRow:
    """How a kind of jobs does: what waits and runs, how late the oldest is, and how the last one failed."""

    name: str
    title: str
    schedule: str
    waiting: int
    running: int
    lag: dt.timedelta
    last_done_at: dt.datetime | None
    last_problem: str
    last_failed_at: dt.datetime | None


TRIMMING: Final = JobKind(
    "jobs.trim",
    "Forgetting old jobs and sent forms",
    work="hms_app.domain.jobs.service.trimming:work_on_trimming",
    schedule="20 2 * * *",
)
