"""`verify` finds places and visits that do not go with their appointments."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.domain.clinical.queries.checks import check_visits_of_appointments
from hms_app.domain.scheduling.queries.queue_checks import check_numbers, check_places
from hms_app.domain.scheduling.values.words import QueueStage
from hms_app.domain.workflows.check_in import check_in, undo_check_in
from hms_app.domain.workflows.queue_steps import move_in_queue
from tests.factories.organization import SYSTEM
from tests.factories.queues import make_clinic, put_appointment

CHECKS = (check_places, check_numbers, check_visits_of_appointments)


@pytest.fixture
def places(session: Session) -> list[int]:
    """A place at every stage that an appointment can be at."""
    clinic = make_clinic(session)
    found = []
    for way in ((), ("with_doctor",), ("with_doctor", "to_cashier"), ("left",), ("undo",)):
        appointment = put_appointment(session, clinic)
        place = check_in(session, SYSTEM, appointment_id=appointment.key)
        for step in way:
            if step == "undo":
                undo_check_in(session, SYSTEM, appointment_id=appointment.key)
            else:
                move_in_queue(session, SYSTEM, place_id=place.id, stage=QueueStage(step))
        found.append(place.id)
    return found


def test_whatever_the_desk_does_the_checks_hold(session: Session, places: list[int]) -> None:
    for check in CHECKS:
        outcome = check(session)
        assert (outcome.problems, outcome.checked) == ([], len(places))


def test_a_place_that_stands_elsewhere_than_its_appointment_is_found(
    session: Session, places: list[int]
) -> None:
    session.execute(sa.text("UPDATE queue_entry SET status = 'called' WHERE id = :id"), {"id": places[0]})
    session.execute(
        sa.text("UPDATE queue_entry SET status = 'with_doctor' WHERE id = :id"), {"id": places[0]}
    )
    assert check_places(session).problems == [
        f"queue_entry {places[0]} does not stand where its appointment does."
    ]


def test_an_arrived_appointment_without_its_visit_is_found(session: Session, places: list[int]) -> None:
    session.execute(
        sa.text("UPDATE encounter SET appointment_id = NULL WHERE queue_entry_id = :id"), {"id": places[0]}
    )
    assert not check_visits_of_appointments(session).ok
