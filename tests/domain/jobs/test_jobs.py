"""Work outside a request: asked for with the transaction, done once, taken up again when its worker dies."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.jobs.errors import JobFailed, TryAgain
from hms_app.domain.jobs.rules import LONGEST_WAIT, wait_before
from hms_app.domain.jobs.service import ask_for, try_again, work_on
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import JobKind, JobStatus
from tests.domain.jobs.kinds import BROKEN, HIDDEN, LONG, QUICK, REFUSED, TOLD
from tests.waiting import wait_until

ANNA = Actor(7, "Anna", frozenset(Permission), session_id=1)
Asked = Callable[..., int]


def _ask(kind: JobKind, subject_id: int | None = None) -> int:
    return db.in_transaction(lambda session: ask_for(session, ANNA, kind, subject_id=subject_id))


def _job(job_id: int) -> Job:
    with db.transaction() as session:
        return session.exec(select(Job).where(Job.id == job_id)).one()


def _queued(session: Session) -> int:
    return int(session.scalar(sa.text("SELECT count(*) FROM procrastinate_jobs")) or 0)


@contextmanager
def _worker(engine: sa.Engine) -> Iterator[subprocess.Popen[bytes]]:
    url = engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.domain.jobs.kinds"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "TEST_DATABASE_URL": url},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.usefixtures("committing")
def test_a_job_exists_when_what_wants_it_was_committed_and_not_otherwise() -> None:
    with pytest.raises(RuntimeError), db.transaction() as session:
        ask_for(session, ANNA, QUICK)
        raise RuntimeError
    with db.transaction() as session:
        assert (session.exec(select(Job)).all(), _queued(session)) == ([], 0)
    _ask(QUICK)
    with db.transaction() as session:
        assert _queued(session) == 1


@pytest.mark.usefixtures("committing")
def test_what_waits_already_is_not_asked_for_twice_not_even_by_many_at_once() -> None:
    barrier = threading.Barrier(8)

    def ask(_number: int) -> int:
        barrier.wait()
        return _ask(LONG, 5)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert _ask(LONG, 6) != _ask(LONG, 5)
    with db.transaction() as session:
        assert _queued(session) == 2


def test_a_job_that_is_done_says_so(session: Session) -> None:
    job_id = _ask(QUICK)
    work_on(job_id, threading.Event())
    job = _job(job_id)
    assert (job.status, job.attempts, job.problem, job.asked_by) == ("done", 1, "", "Anna")
    work_on(job_id, threading.Event())
    assert _job(job_id).attempts == 1


def test_a_refusal_is_final_and_stands_in_the_row(session: Session) -> None:
    job_id = _ask(REFUSED)
    with pytest.raises(JobFailed):
        work_on(job_id, threading.Event())
    job = _job(job_id)
    assert (job.status, job.problem, job.attempts) == ("failed", "The file lacks a column.", 1)


def test_a_bug_is_tried_again_a_few_times_and_says_nothing_of_anybody(
    session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = _ask(BROKEN)
    with caplog.at_level(logging.INFO):
        with pytest.raises(TryAgain) as again:
            work_on(job_id, threading.Event())
        assert _job(job_id).status == JobStatus.QUEUED
        with pytest.raises(JobFailed) as failed:
            work_on(job_id, threading.Event())
    job = _job(job_id)
    assert job.status == JobStatus.FAILED
    assert job.problem.startswith("Something failed on our side.")
    reference = job.problem.rpartition(" ")[2].strip(".")
    assert reference in caplog.text
    said = caplog.text + job.problem + repr(again.value) + repr(failed.value)
    assert HIDDEN not in said
    assert again.value.__cause__ is None and failed.value.__suppress_context__


def test_a_worker_that_stops_leaves_its_job_to_the_next_without_counting_it(session: Session) -> None:
    job_id = _ask(TOLD)
    with pytest.raises(TryAgain):
        work_on(job_id, threading.Event())
    job = _job(job_id)
    assert (job.status, job.attempts) == ("queued", 0)


def test_a_job_that_was_called_off_stays_so(session: Session) -> None:
    job_id = _ask(QUICK)
    session.execute(
        sa.update(Job).where(col(Job.id) == job_id).values(status="cancelled", finished_at=clock.now())
    )
    work_on(job_id, threading.Event())
    assert _job(job_id).status == JobStatus.CANCELLED


def test_a_failed_job_is_tried_again_by_who_may_and_that_stands_in_the_trail(session: Session) -> None:
    job_id = _ask(REFUSED)
    with pytest.raises(JobFailed):
        work_on(job_id, threading.Event())
    with pytest.raises(NotPermitted):
        try_again(session, Actor(8, "Ben", frozenset()), job_id=job_id)
    try_again(session, ANNA, job_id=job_id)
    assert (_job(job_id).status, _job(job_id).attempts) == ("queued", 0)
    with pytest.raises(MoveRefused):
        try_again(session, ANNA, job_id=job_id)


def test_waiting_grows_and_is_bounded() -> None:
    waits = [wait_before(attempt, 5).total_seconds() for attempt in (1, 2, 3)]
    assert waits == [5, 10, 20]
    assert wait_before(1_000, 5) == LONGEST_WAIT


def test_a_worker_does_what_was_asked(committing: sa.Engine) -> None:
    with _worker(committing):
        done, failed = _ask(QUICK), _ask(REFUSED)
        wait_until(lambda: _job(done).status == JobStatus.DONE and _job(failed).status == JobStatus.FAILED)


def test_what_a_killed_worker_held_is_done_by_the_next(committing: sa.Engine) -> None:
    held = _ask(LONG, 1)
    with _worker(committing) as first:
        wait_until(lambda: _job(held).place == "waiting")
        first.kill()
        first.wait()
    with _worker(committing):
        wait_until(lambda: _job(held).attempts == 2)
        with committing.begin() as connection:
            connection.execute(sa.text("INSERT INTO name_word (word) VALUES ('released')"))
        wait_until(lambda: _job(held).status == JobStatus.DONE)


def test_a_worker_that_is_told_to_stop_ends_soon_and_leaves_its_job_in_order(committing: sa.Engine) -> None:
    held = _ask(LONG, 1)
    with _worker(committing) as worker:
        wait_until(lambda: _job(held).place == "waiting")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
    job = _job(held)
    assert (job.status, job.attempts) == ("queued", 0)
    with db.transaction() as session:
        assert session.scalar(sa.text("SELECT status FROM procrastinate_jobs")) == "todo"


def test_of_one_kind_one_job_runs_at_a_time_across_workers(committing: sa.Engine) -> None:
    first = _ask(LONG, 1)
    with _worker(committing), _worker(committing):
        wait_until(lambda: _job(first).place == "waiting")
        second = _ask(LONG, 1)
        other = _ask(LONG, 2)
        wait_until(lambda: _job(other).status == JobStatus.RUNNING)
        assert _job(second).status == JobStatus.QUEUED
        with committing.begin() as connection:
            connection.execute(sa.text("INSERT INTO name_word (word) VALUES ('released')"))
        wait_until(lambda: all(_job(job).status == JobStatus.DONE for job in (first, second, other)))
