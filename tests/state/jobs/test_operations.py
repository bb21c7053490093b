"""Operations on the real event path: kinds with their lag, jobs in words, a failed one tried again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.interop.values import IMPORTS
from hms_app.domain.jobs.queries import check_jobs_are_taken_up
from hms_app.domain.jobs.service import ask_for
from hms_app.domain.jobs.service.trimming import KEPT_FOR
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import TRIMMING
from hms_app.navigation import OPERATIONS
from hms_app.state.jobs.operations import clock_in_words, in_words
from tests.factories.jobs import work_next
from tests.state.conftest import Step, walk

STATE = "operations_state"


@pytest.fixture
def token(as_role: Callable[[str], str]) -> str:
    """An administrator, signed in."""
    return as_role("administrator")


def _failed(session: Session) -> int:
    job_id = ask_for(session, Actor.system("a test"), IMPORTS, subject_id=1)
    session.execute(
        sa.update(Job).where(col(Job.id) == job_id).values(status="running", started_at=clock.now())
    )
    session.execute(
        sa.update(Job)
        .where(col(Job.id) == job_id)
        .values(status="failed", finished_at=clock.now(), problem="The file lacks a column.")
    )
    return job_id


def test_a_failure_is_seen_and_tried_again(session: Session, token: str) -> None:
    job_id = _failed(session)
    at: dict[str, Any] = {"session": token, "address": OPERATIONS.route}
    shown, again = walk(Step(f"{STATE}.load", **at), Step(f"{STATE}.retry", {"job_id": str(job_id)}, **at))
    kind = next(row for row in shown[STATE]["kinds"] if row["id"] == IMPORTS.name)
    assert (kind["title"], kind["last_problem"]) == ("Reading in files", "The file lacks a column.")
    [row] = shown[STATE]["rows"]
    assert (row["status"], row["tone"], row["may_retry"]) == ("Failed", "danger", True)
    assert [row["status"] for row in again[STATE]["rows"]] == ["Waiting"]


def test_what_nobody_takes_up_is_late_on_the_screen_and_for_verify(session: Session, token: str) -> None:
    ask_for(session, Actor.system("a test"), IMPORTS, due_at=clock.now() - dt.timedelta(hours=3))
    (shown,) = walk(Step(f"{STATE}.load", session=token, address=OPERATIONS.route))
    kind = next(row for row in shown[STATE]["kinds"] if row["id"] == IMPORTS.name)
    assert (kind["lag"], kind["is_late"], kind["waiting"]) == ("3 h", True, "1")
    assert check_jobs_are_taken_up(session).problems[0].endswith("waits for a worker: none seems to run.")


def test_a_job_that_stands_in_no_queue_is_found_by_verify(session: Session) -> None:
    ask_for(session, Actor.system("a test"), IMPORTS)
    assert check_jobs_are_taken_up(session).ok
    session.execute(sa.text("DELETE FROM procrastinate_jobs"))
    assert "stands in no queue" in check_jobs_are_taken_up(session).problems[0]


def test_old_jobs_are_forgotten_and_others_kept(session: Session) -> None:
    old, fresh = _failed(session), ask_for(session, Actor.system("a test"), IMPORTS, subject_id=2)
    session.execute(
        sa.update(Job).where(col(Job.id) == old).values(finished_at=clock.now() - KEPT_FOR - dt.timedelta(1))
    )
    trimming = ask_for(session, Actor.system("a test"), TRIMMING)
    session.execute(sa.delete(Job).where(col(Job.id) == fresh))
    assert work_next()
    assert list(session.execute(sa.select(col(Job.id))).scalars()) == [trimming]


@pytest.mark.parametrize("role", ["doctor", "receptionist", "manager"])
def test_who_looks_after_nothing_sees_no_operations(
    session: Session,
    as_role: Callable[[str], str],
    role: str,
) -> None:
    _failed(session)
    (shown,) = walk(Step(f"{STATE}.load", session=as_role(role), address=OPERATIONS.route))
    assert shown[STATE].get("rows", []) == []
    assert "lacks a column" not in shown.text


def test_spans_read_as_people_say_them() -> None:
    spans = [0, 40, 200, 7_300, 90_000, 300_000]
    assert [in_words(dt.timedelta(seconds=span)) for span in spans] == [
        "none", "40 s", "3 min", "2 h", "25 h", "3 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("", "When asked for"),
        ("20 2 * * *", "Every day at 04:20"),
        ("*/5 * * * *", "By the clock"),
        ("20 2 * * 1", "By the clock"),
    ],
)
def test_work_by_the_clock_is_told_by_the_hospitals_own(schedule: str, words: str) -> None:
    with time_machine.travel("2026-07-01T12:00:00Z", tick=False):
        assert clock_in_words(schedule, HospitalLocale(zone_name="Europe/Berlin")) == words
