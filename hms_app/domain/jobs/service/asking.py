"""Asking for a job: on the transaction's own connection, so that it exists when what wants it was committed."""

import datetime as dt
import json
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JOB_KINDS, JOB_LIFE, JobAction, JobKind, JobStatus

QUEUE: Final = "hospital"
TASK: Final = "hms.work"
"""The one task of the queue: what is to be done stands in the job's row."""

_DEFER: Final = sa.text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL, CAST(:args AS jsonb), :due)"
    "::procrastinate_job_to_defer_v1])"
)


def ask_for(
    session: Session,
    actor: Actor,
    kind: JobKind,
    *,
    subject_id: int | None = None,
    due_at: dt.datetime | None = None,
) -> int:
    """Have a worker do this once the transaction is committed, not before `due_at`; returns the job's id.

    One that waits for the same already is the same: it is not asked for twice. Whoever calls it has asked who may.
    """
    now = clock.now()
    row = {
        "kind": kind.name,
        "subject_id": subject_id,
        "asked_by_user_id": actor.user_id,
        "asked_by": actor.name,
        "due_at": due_at or now,
        "created_at": now,
    }
    made = session.execute(insert(Job).values(row).on_conflict_do_nothing().returning(col(Job.id))).scalar()
    if made is None:
        return _waiting(session, kind, subject_id)
    _defer(session, kind, made, subject_id, due_at)
    return int(made)


def ask_for_scheduled(session: Session, kind_name: str) -> None:
    """Have a worker do what is due by the clock."""
    ask_for(session, Actor.system("by the clock"), JOB_KINDS[kind_name])


@use_case(Permission.JOBS_JOB_MANAGE)
def try_again(session: Session, actor: Actor, *, job_id: int) -> None:
    """Have a failed job done once more; raises NotFound and MoveRefused."""
    job = _locked(session, job_id)
    JOB_LIFE.ensure_by_hand(job.status, JobStatus.QUEUED)
    job.status, job.finished_at, job.attempts, job.problem = JobStatus.QUEUED.value, None, 0, ""
    job.due_at = clock.now()
    session.flush()
    _defer(session, JOB_KINDS[job.kind], job.key, job.subject_id, None)
    audit.record(session, actor, JobAction.JOB_RETRIED, job)


def _waiting(session: Session, kind: JobKind, subject_id: int | None) -> int:
    """The job that waits for the same, held, so that no worker takes it before this transaction is committed."""
    same = select(Job.id).where(
        Job.kind == kind.name,
        sa.func.coalesce(col(Job.subject_id), 0) == (subject_id or 0),
        Job.status == JobStatus.QUEUED.value,
    )
    found: Any = session.exec(same.with_for_update()).first()
    if found is None:  # It was taken up meanwhile, and may have read what was there before: ask anew.
        return ask_for(session, Actor.system(kind.name), kind, subject_id=subject_id)
    return int(found)


def _defer(
    session: Session, kind: JobKind, job_id: int, subject_id: int | None, due_at: dt.datetime | None
) -> None:
    session.execute(
        _DEFER,
        {
            "queue": QUEUE,
            "task": TASK,
            "lock": kind.lock(subject_id),
            "args": json.dumps({"job_id": job_id}),
            "due": due_at,
        },
    )


def _locked(session: Session, job_id: int) -> Job:
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None:
        raise NotFound("job")
    return job
