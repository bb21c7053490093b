"""What the hospital's background work is doing: the kinds with their lag, and the jobs, newest first."""

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit.values import Check
from hms_app.domain.jobs import rules
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JOB_KINDS, JobKind, JobRow, JobStatus, KindRow

LATE: Final = dt.timedelta(minutes=15)
"""A job that is due for longer and that nobody has taken up means that no worker is there."""
_NEWEST_FIRST: Final = Keyset("jobs", (int,))
_OPEN: Final = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)


@use_case(Permission.JOBS_JOB_READ)
def list_jobs(
    session: Session, actor: Actor, *, status: JobStatus | None = None, at: str | None = None
) -> Page[JobRow]:
    """A page of jobs, newest first, perhaps only those of one status."""
    wanted = select(Job)
    if status is not None:
        wanted = wanted.where(Job.status == status.value)
    label, now = count_label(session, wanted, col(Job.id)), clock.now()
    page = read_page(session, wanted, _NEWEST_FIRST, [col(Job.id)], at, is_down=True, label=label)
    return page.map(lambda found: _row(found[0], now))


@use_case(Permission.JOBS_JOB_READ)
def list_kinds(session: Session, actor: Actor) -> list[KindRow]:
    """Every kind of work, how much of it waits and runs, how late it is, and how it failed last."""
    now = clock.now()
    open_jobs = session.execute(
        sa.select(
            col(Job.kind),
            sa.func.count().filter(col(Job.status) == JobStatus.QUEUED.value),
            sa.func.count().filter(col(Job.status) == JobStatus.RUNNING.value),
            sa.func.min(col(Job.due_at)).filter(
                col(Job.status) == JobStatus.QUEUED.value, col(Job.due_at) <= now
            ),
        )
        .where(col(Job.status).in_(_OPEN))
        .group_by(col(Job.kind))
    )
    counted = {kind: rest for kind, *rest in open_jobs}
    done, failed = (_last_of_each(session, status) for status in (JobStatus.DONE, JobStatus.FAILED))
    return [
        _kind_row(kind, counted.get(name, [0, 0, None]), done.get(name), failed.get(name), now)
        for name, kind in sorted(JOB_KINDS.items())
    ]


def _kind_row(
    kind: JobKind, counted: list[Any], done: Job | None, failed: Job | None, now: dt.datetime
) -> KindRow:
    waiting, running, oldest = counted
    return KindRow(
        name=kind.name,
        title=kind.title,
        schedule=kind.schedule,
        waiting=waiting,
        running=running,
        lag=now - oldest if oldest else dt.timedelta(),
        last_done_at=done.finished_at if done else None,
        last_problem=failed.problem if failed else "",
        last_failed_at=failed.finished_at if failed else None,
    )


def _last_of_each(session: Session, status: JobStatus) -> dict[str, Job]:
    """The newest job of each kind that ended so."""
    kinds = sa.select(sa.func.unnest(sa.literal(list(JOB_KINDS), ARRAY(sa.Text))).label("name")).subquery()
    newest = (
        sa.select(col(Job.id))
        .where(col(Job.kind) == kinds.c.name, col(Job.status) == status.value)
        .order_by(col(Job.id).desc())
        .limit(1)
        .lateral()
    )
    keys = sa.select(newest.c.id).select_from(kinds.join(newest, sa.true()))
    return {job.kind: job for job in session.exec(select(Job).where(col(Job.id).in_(keys)))}


def _row(job: Job, now: dt.datetime) -> JobRow:
    kind = JOB_KINDS.get(job.kind)
    return JobRow(
        id=job.key,
        kind=job.kind,
        title=kind.title if kind else job.kind,
        subject_id=job.subject_id,
        status=JobStatus(job.status),
        asked_by=job.asked_by,
        attempts=job.attempts,
        place=job.place,
        done=job.done,
        total=job.total,
        problem=job.problem,
        due_at=job.due_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        lag=rules.lag_of(
            due_at=job.due_at, started_at=job.started_at, is_waiting=job.status == JobStatus.QUEUED, now=now
        ),
    )


def check_jobs_are_taken_up(session: Session) -> Check:
    """No job has been due for long without a worker taking it up, and each that is open stands in the queue."""
    late = session.exec(
        select(Job.id, Job.kind).where(
            Job.status == JobStatus.QUEUED.value, col(Job.due_at) < clock.now() - LATE
        )
    ).all()
    lost = session.execute(
        sa.text(
            "SELECT j.id, j.kind FROM job j WHERE j.status IN ('queued', 'running') AND NOT EXISTS"
            " (SELECT FROM procrastinate_jobs q WHERE (q.args->>'job_id')::bigint = j.id)"
        )
    ).all()
    checked = session.exec(select(sa.func.count()).select_from(Job)).one()
    problems = [f"Job {key} ({kind}) waits for a worker: none seems to run." for key, kind in late]
    problems += [f"Job {key} ({kind}) is open, but stands in no queue." for key, kind in lost]
    return Check("jobs: taken up", not problems, checked, problems[:100])


CHECKS = (check_jobs_are_taken_up,)
"""What `hms.py verify` asks of the background work."""
