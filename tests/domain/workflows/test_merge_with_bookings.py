"""Two records of one person who are booked at once are not merged; otherwise the survivor gets all bookings."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.duplicates.errors import MergeRefused
from hms_app.domain.duplicates.values import MergeInput
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.queries.checks import check_reservations
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.cancelling import cancel_appointment
from hms_app.domain.workflows.merge_patients import compare_for_merge, merge_patients, undo_merge
from tests.factories.booking import BERLIN, MONDAY, Clinic, make_clinic


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


@pytest.fixture
def chief(everyone_allowed: Actor) -> Actor:
    """Somebody who may merge."""
    return replace(everyone_allowed, user_id=None, locale=BERLIN)


def _input(session: Session, first: int, second: int) -> MergeInput:
    survivor, merged = session.get_one(Patient, first), session.get_one(Patient, second)
    return MergeInput(
        survivor_id=first,
        merged_id=second,
        survivor_version=survivor.version,
        merged_version=merged.version,
    )


def _both_booked(session: Session, second_at: str) -> tuple[Clinic, int, list[int]]:
    clinic = make_clinic(session, practitioners=2)
    other = clinic.patient(given_names="Ana")
    first = book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    second = book_appointment(
        session,
        clinic.desk,
        booking=clinic.booking(
            f"{MONDAY} {second_at}", patient_id=other, practitioner_id=clinic.practitioners[1]
        ),
    )
    return clinic, other, [first.id, second.id]


def test_overlapping_bookings_stop_a_merge_with_a_sentence_until_one_is_gone(
    session: Session, chief: Actor
) -> None:
    clinic, other, rows = _both_booked(session, "10:15")
    with pytest.raises(
        MergeRefused, match=r"Both are booked at the same time, 30 Nov 2026, 10:00 \(\d+ and \d+\)"
    ):
        merge_patients(session, chief, request=_input(session, clinic.patient_id, other))
    compared = compare_for_merge(session, chief, first_id=clinic.patient_id, second_id=other)
    assert len(compared.obstacles) == 1
    cancel_appointment(session, clinic.desk, appointment_id=rows[1], reason="the same person")
    merge_patients(session, chief, request=_input(session, clinic.patient_id, other))


def test_the_survivor_gets_the_bookings_with_their_time_and_gives_them_back(
    session: Session, chief: Actor
) -> None:
    clinic, other, _ = _both_booked(session, "10:30")
    merged = merge_patients(session, chief, request=_input(session, clinic.patient_id, other))
    holders = sa.text("SELECT DISTINCT patient_id FROM reservation WHERE patient_id IS NOT NULL ORDER BY 1")
    assert session.execute(holders).scalars().all() == [clinic.patient_id]
    assert check_reservations(session).ok
    undo_merge(session, chief, merge_id=merged.id)
    assert session.execute(holders).scalars().all() == [clinic.patient_id, other]
    assert check_reservations(session).ok
