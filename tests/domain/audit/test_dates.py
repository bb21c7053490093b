"""The database dates what is written into the trail, and refuses what is dated otherwise."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.audit import queries
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction

SYSTEM = Actor.system("a test")


@pytest.fixture
def hospital(owner_engine: sa.Engine) -> Iterator[sa.Connection]:
    """The trail with the tolerance that hospitals have, in a transaction that is undone."""
    with owner_engine.connect() as connection:
        outer = connection.begin()
        connection.execute(sa.text("UPDATE audit_chain_head SET tolerance = DEFAULT"))
        db.bind(connection)
        yield connection
        db.bind(None)
        outer.rollback()


def write(*, minutes: float = 0) -> None:
    """Write an entry by an application whose clock is wrong by so much."""
    with time_machine.travel(clock.now() + dt.timedelta(minutes=minutes), tick=False):
        with db.transaction() as session:
            audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "thing")


def insert(connection: sa.Connection, occurred_at: str, **columns: str) -> int:
    """Write an entry as somebody would who has the application's password; returns its number."""
    values = {"occurred_at": occurred_at, "actor_name": "'x'", "ip_address": "''", "action": "'x'"}
    values |= {"subject_type": "'x'", "previous_hash": "''", "hash": "''"} | columns
    statement = (
        f"INSERT INTO audit_entry ({', '.join(values)}) VALUES ({', '.join(values.values())}) RETURNING id"
    )
    return int(connection.execute(sa.text(statement)).scalar_one())


def problems(connection: sa.Connection) -> list[str]:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return queries.verify_chain(session).problems


@pytest.mark.parametrize("minutes", [3, 60 * 24, -3, -60 * 24 * 400])
def test_an_entry_ahead_of_now_or_before_the_last_is_refused_in_a_sentence(
    hospital: sa.Connection, minutes: float
) -> None:
    write()
    with pytest.raises(DomainError, match="Let both follow a time server"):
        write(minutes=minutes)
    write()
    assert problems(hospital) == []


@pytest.mark.parametrize("minutes", [1, 0, -1])
def test_clocks_of_two_machines_may_differ_a_little(hospital: sa.Connection, minutes: float) -> None:
    write()
    write(minutes=minutes)
    assert problems(hospital) == []


@pytest.mark.parametrize(
    "occurred_at",
    [
        "now() + interval '1 hour'",
        "now() - interval '1 hour'",
        "'infinity'",
        "'-infinity'",
        "'2000-01-01'",
        "NULL",
    ],
)
def test_no_date_is_forged_without_the_application(hospital: sa.Connection, occurred_at: str) -> None:
    write()
    with pytest.raises(sa.exc.IntegrityError), hospital.begin_nested():
        insert(hospital, occurred_at)
    assert problems(hospital) == []


def test_the_time_of_writing_is_the_databases_own(hospital: sa.Connection) -> None:
    number = insert(hospital, "clock_timestamp()", written_at="'2000-01-01'")
    found = hospital.execute(
        sa.text("SELECT clock_timestamp() - written_at FROM audit_entry WHERE id = :id"), {"id": number}
    ).scalar_one()
    assert dt.timedelta(0) <= found < dt.timedelta(minutes=1)


def test_a_clock_that_is_put_back_stops_nobody(hospital: sa.Connection) -> None:
    write()
    hospital.execute(
        sa.text("UPDATE audit_chain_head SET last_written_at = clock_timestamp() + interval '5 hours'")
    )
    write()
    write(minutes=-1)
    with pytest.raises(DomainError):
        write(minutes=-5)
    assert problems(hospital) == []


def test_what_took_long_is_dated_as_it_ends(hospital: sa.Connection) -> None:
    with time_machine.travel(clock.now() - dt.timedelta(minutes=30), tick=False) as traveller:
        with db.transaction() as session:
            audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "thing")
            traveller.shift(dt.timedelta(minutes=30))
    assert problems(hospital) == []


@pytest.mark.parametrize("wrong", ["- interval '1 day'", "+ interval '1 day'"])
def test_an_entry_dated_while_the_guard_was_off_is_named(hospital: sa.Connection, wrong: str) -> None:
    write()
    hospital.execute(sa.text("UPDATE audit_chain_head SET tolerance = '100 years'"))
    forged = insert(hospital, f"now() {wrong}")
    hospital.execute(sa.text("UPDATE audit_chain_head SET tolerance = DEFAULT"))
    write()
    assert problems(hospital) == [
        f"Audit entry {forged} is dated ahead of when it was written, or before the entry that it follows."
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_chain_head SET tolerance = '100 years'",
        "UPDATE audit_chain_head SET last_written_at = '-infinity'",
    ],
)
def test_the_application_cannot_widen_what_is_tolerated(connection: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), connection.begin_nested():
        connection.execute(sa.text(statement))
