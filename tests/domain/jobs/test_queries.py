"""What the Operations screen reads: the jobs, newest first, and how each kind of work does."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.paging import PAGE_SIZE
from hms_app.domain.jobs.queries import list_jobs, list_kinds
from hms_app.domain.jobs.service import ask_for
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JOB_KINDS, JobStatus, KindRow
from tests.domain.jobs.kinds import LONG, QUICK

SYSTEM = Actor.system("tests")
HOUR = dt.timedelta(hours=1)


def _job(session: Session, subject_id: int, *steps: JobStatus, problem: str = "", ago: int = 0) -> int:
    """A job that went through these states, and was due so many hours ago."""
    at = clock.now() - ago * HOUR
    job_id = ask_for(session, SYSTEM, LONG, subject_id=subject_id, due_at=at)
    for status in steps:
        is_over = status not in (JobStatus.QUEUED, JobStatus.RUNNING)
        session.execute(
            sa.update(Job)
            .where(col(Job.id) == job_id)
            .values(
                status=status.value,
                started_at=at + HOUR,
                finished_at=at + HOUR if is_over else None,
                problem=problem,
            )
        )
    return job_id


def _kind(session: Session, actor: Actor, name: str) -> KindRow:
    return next(row for row in list_kinds(session, actor) if row.name == name)


def test_jobs_are_listed_newest_first_in_pages(session: Session, everyone_allowed: Actor) -> None:
    made = [_job(session, number) for number in range(1, PAGE_SIZE + 3)]
    first = list_jobs(session, everyone_allowed)
    second = list_jobs(session, everyone_allowed, at=first.next_bookmark)
    assert [row.id for row in (*first.rows, *second.rows)] == made[::-1]
    assert (len(first.rows), second.next_bookmark) == (PAGE_SIZE, None)


@pytest.mark.parametrize("status", [None, JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.FAILED])
def test_only_jobs_of_one_status_are_shown(
    session: Session, everyone_allowed: Actor, status: JobStatus | None
) -> None:
    made = {
        JobStatus.QUEUED: _job(session, 1),
        JobStatus.RUNNING: _job(session, 2, JobStatus.RUNNING),
        JobStatus.FAILED: _job(session, 3, JobStatus.RUNNING, JobStatus.FAILED, problem="No file."),
    }
    shown = {row.id for row in list_jobs(session, everyone_allowed, status=status).rows}
    assert shown == (set(made.values()) if status is None else {made[status]})


def test_a_row_says_what_for_whom_and_how_late(session: Session, everyone_allowed: Actor) -> None:
    job_id = _job(session, 4, JobStatus.RUNNING, JobStatus.FAILED, problem="No file.", ago=5)
    (row,) = list_jobs(session, everyone_allowed).rows
    assert (row.id, row.kind, row.title, row.subject_id) == (job_id, LONG.name, LONG.title, 4)
    assert (row.status, row.problem, row.asked_by, row.lag) == (
        JobStatus.FAILED,
        "No file.",
        "system: tests",
        HOUR,
    )


def test_a_job_of_a_kind_that_is_known_no_more_is_shown_by_its_name(
    session: Session, everyone_allowed: Actor
) -> None:
    _job(session, 1)
    session.execute(sa.update(Job).values(kind="tests.gone"))
    assert [row.title for row in list_jobs(session, everyone_allowed).rows] == ["tests.gone"]


def test_each_kind_says_what_waits_and_runs_how_late_it_is_and_how_it_ended(
    session: Session, everyone_allowed: Actor
) -> None:
    _job(session, 1, JobStatus.RUNNING, JobStatus.FAILED, problem="An older one.", ago=9)
    _job(session, 2, JobStatus.RUNNING, JobStatus.FAILED, problem="No file.", ago=8)
    _job(session, 3, JobStatus.RUNNING, JobStatus.DONE, ago=6)
    _job(session, 4, JobStatus.RUNNING)
    _job(session, 5, ago=2)
    _job(session, 6, ago=3)
    _job(session, 7, ago=-4)
    shown = _kind(session, everyone_allowed, LONG.name)
    assert (shown.waiting, shown.running, shown.last_problem) == (3, 1, "No file.")
    assert dt.timedelta() <= shown.lag - 3 * HOUR < dt.timedelta(minutes=5)
    assert shown.last_failed_at and shown.last_done_at
    assert shown.last_done_at - shown.last_failed_at > HOUR


def test_a_kind_that_was_never_asked_for_is_shown_all_the_same(
    session: Session, everyone_allowed: Actor
) -> None:
    assert {row.name for row in list_kinds(session, everyone_allowed)} == set(JOB_KINDS)
    shown = _kind(session, everyone_allowed, QUICK.name)
    assert shown == KindRow(QUICK.name, QUICK.title, "", 0, 0, dt.timedelta(), None, "", None)
