"""`verify` finds what should not be possible: double bookings, time held by nobody or by the wrong one, miscounts."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.cli.verify import CHECKS as ALL
from hms_app.domain.scheduling.queries.checks import (
    CHECKS,
    check_overlaps,
    check_reservations,
    check_sessions,
)
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.cancelling import cancel_appointment
from tests.factories.booking import MONDAY, Clinic, make_clinic
from tests.factories.scheduling import put_schedule


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """With a booking, a deliberate double one, one that was cancelled, and a number of a session."""
    clinic = make_clinic(session, rooms=2, preparation_minutes=5, cleanup_minutes=5)
    put_schedule(session, clinic.resources[0], ("1 18:00-20:00",), mode="tokens", capacity=5)
    for when, fields in (
        ("10:00", {}),
        ("10:00", {"override_reason": "emergency"}),
        ("11:00", {}),
        ("18:00", {}),
    ):
        booking = clinic.booking(f"{MONDAY} {when}", patient_id=clinic.patient(), **fields)
        booked = book_appointment(session, clinic.desk, booking=booking)
        if when == "11:00":
            cancel_appointment(session, clinic.desk, appointment_id=booked.id, reason="x")
    return clinic


def test_what_was_booked_by_the_rules_passes(session: Session, clinic: Clinic) -> None:
    found = [check(session) for check in CHECKS]
    assert [check.problems for check in found] == [[], [], []]
    assert found[0].name == "scheduling: nobody twice at once (1 on purpose)"
    assert [check.checked for check in found] == [6, 2, 1]
    assert CHECKS in ALL


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM reservation WHERE patient_id IS NOT NULL", "does not hold the time of its patient"),
        ("DELETE FROM reservation WHERE resource_id IS NOT NULL", "does not hold the time of its room"),
        (
            "UPDATE reservation SET during = tstzrange(lower(during), upper(during) - interval '1 minute')",
            "does not hold the time of its practitioner",
        ),
        ("UPDATE appointment SET practitioner_id = NULL", "holds time that is not its own"),
    ],
)
def test_time_that_is_held_by_nobody_or_the_wrong_one_is_found(
    session: Session, clinic: Clinic, harm: str, said: str
) -> None:
    session.execute(sa.text(harm))
    assert said in " ".join(check_reservations(session).problems)


def test_a_miscounted_session_is_found(session: Session, clinic: Clinic) -> None:
    session.execute(sa.text("UPDATE token_session SET taken = taken + 1"))
    assert check_sessions(session).problems


def test_an_overlap_that_no_constraint_kept_out_is_found(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection, Session(connection) as session:
        connection.execute(sa.text("ALTER TABLE reservation DROP CONSTRAINT ex_reservation_once_at_a_time"))
        clinic = make_clinic(session)
        keys = [
            book_appointment(
                session, clinic.desk, booking=clinic.booking(f"{MONDAY} {when}", patient_id=clinic.patient())
            ).id
            for when in ("10:00", "11:00")
        ]
        connection.execute(
            sa.text(
                "UPDATE reservation SET during = tstzrange(lower(during) - interval '45 minutes', upper(during))"
            ).bindparams()
        )
        assert check_overlaps(session).problems == [f"Appointment {keys[1]} is in the time of another."]
        connection.rollback()
