"""From the desk to the doctor: check-in, walk-ins, calls and steps, with what follows from each."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.service.encounters import PlannedVisit, plan_encounter
from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.records.errors import Conflict
from hms_app.domain.scheduling.errors import NobodyWaits, NotCalled, NotToday, QueueClosed, QueueInUse
from hms_app.domain.scheduling.service import places, queues
from hms_app.domain.scheduling.tables import Appointment, AppointmentChange, Queue, QueueEntry, Reservation
from hms_app.domain.scheduling.values.queues import DelayInput, PlaceRow, QueueInput, UrgentInput, WalkInInput
from hms_app.domain.scheduling.values.words import QueueStage
from hms_app.domain.workflows.check_in import check_in, get_walk_in, receive_walk_in, undo_check_in
from hms_app.domain.workflows.queue_steps import move_in_queue
from tests.factories.organization import SYSTEM, make_department
from tests.factories.patients import make_patient
from tests.factories.queues import Clinic, make_clinic, make_queue, put_appointment

P = Permission
DESK = (P.SCHEDULING_APPOINTMENT_CHECK_IN, P.PATIENTS_PATIENT_READ)
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def clinic(session: Session) -> Clinic:
    """A house with a practitioner and a service."""
    return make_clinic(session)


@pytest.fixture
def desk(session: Session, everyone_allowed: Actor) -> Actor:
    """Somebody who may do everything, where no user stands behind the actor."""
    return Actor(None, "Robin", everyone_allowed.permissions, locale=SYSTEM.locale)


def walk_in(session: Session, actor: Actor, **fields: object) -> PlaceRow:
    fields.setdefault("patient_id", make_patient(session).key)
    return receive_walk_in(session, actor, request=WalkInInput.from_form(fields))


def statuses(session: Session, place: PlaceRow) -> tuple[str, str, str]:
    """Where the place, its appointment and its visit are."""
    session.expire_all()
    entry = session.exec(select(QueueEntry).where(QueueEntry.id == place.id)).one()
    encounter = session.exec(select(Encounter).where(Encounter.queue_entry_id == place.id)).one()
    held = session.get(Appointment, entry.appointment_id) if entry.appointment_id else None
    return entry.status, held.status if held else "", encounter.status


def history(session: Session, appointment: Appointment) -> list[tuple[str, str]]:
    found = session.exec(
        select(AppointmentChange)
        .where(AppointmentChange.appointment_id == appointment.key)
        .order_by(col(AppointmentChange.id))
    )
    return [(change.from_status, change.to_status) for change in found]


def test_a_check_in_plans_the_visit_and_gives_a_number(session: Session, clinic: Clinic, desk: Actor) -> None:
    appointment = put_appointment(session, clinic, reason="Chest pain")
    place = check_in(session, desk, appointment_id=appointment.key)
    assert (place.label, place.status, place.appointment_id) == ("O1", QueueStage.READY, appointment.key)
    assert statuses(session, place) == ("ready", "arrived", "planned")
    visit = session.exec(select(Encounter).where(Encounter.appointment_id == appointment.key)).one()
    assert (visit.encounter_class, visit.display, visit.practitioner_id) == (
        "ambulatory",
        "Consultation",
        clinic.practitioner_id,
    )
    assert audit.noted(session)[-4:] == [
        "scheduling.appointment.checked_in",
        "scheduling.queue.added",
        "scheduling.place.taken",
        "clinical.encounter.planned",
    ]


def test_the_queue_is_the_practitioners_else_the_services_else_the_departments(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    department = make_queue(session, name="Department", department_id=clinic.department_id)
    assert (
        check_in(session, desk, appointment_id=put_appointment(session, clinic).key).queue_id == department.id
    )
    service = make_queue(session, name="Service", service_id=clinic.service_id)
    assert check_in(session, desk, appointment_id=put_appointment(session, clinic).key).queue_id == service.id
    own = make_queue(session, name="Doctor", practitioner_id=clinic.practitioner_id)
    assert check_in(session, desk, appointment_id=put_appointment(session, clinic).key).queue_id == own.id


def test_a_queue_that_is_missing_is_made_once_under_a_free_name(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    make_queue(session, name="Dr Ada Okafor", department_id=make_department(session, code="ER", name="ER").id)
    first = check_in(session, desk, appointment_id=put_appointment(session, clinic).key)
    second = check_in(session, desk, appointment_id=put_appointment(session, clinic).key)
    assert first.queue_id == second.queue_id
    assert [first.label, second.label] == ["O1", "O2"]
    made = session.get(Queue, first.queue_id)
    assert made is not None
    assert (made.name, made.kind) == ("Dr Ada Okafor 2", "practitioner")


def test_only_todays_appointments_are_checked_in_and_each_once(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    tomorrow = put_appointment(session, clinic, starts_at=clock.now() + dt.timedelta(days=1))
    with pytest.raises(NotToday, match="Only today's"):
        check_in(session, desk, appointment_id=tomorrow.key)
    today = put_appointment(session, clinic)
    with pytest.raises(Conflict):
        check_in(session, desk, appointment_id=today.key, version=7)
    check_in(session, desk, appointment_id=today.key)
    with pytest.raises(MoveRefused):
        check_in(session, desk, appointment_id=today.key)
    with pytest.raises(NotFound):
        check_in(session, desk, appointment_id=987654)


def test_a_check_in_that_is_undone_and_made_again_keeps_number_and_visit(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    appointment = put_appointment(session, clinic)
    place = check_in(session, desk, appointment_id=appointment.key)
    undo_check_in(session, desk, appointment_id=appointment.key)
    assert statuses(session, place) == ("left", "booked", "cancelled")
    assert appointment.arrived_at is None
    again = check_in(session, desk, appointment_id=appointment.key)
    assert (again.id, again.label) == (place.id, place.label)
    assert statuses(session, place) == ("ready", "arrived", "planned")
    assert history(session, appointment) == [
        ("booked", "arrived"),
        ("arrived", "booked"),
        ("booked", "arrived"),
    ]


def test_a_consultation_leads_the_appointment_and_the_visit_along(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    appointment = put_appointment(session, clinic)
    place = check_in(session, desk, appointment_id=appointment.key)
    called = places.call_next(session, desk, queue_id=place.queue_id)
    assert called.id == place.id
    for stage, expected in (
        (QueueStage.WITH_DOCTOR, ("with_doctor", "in_consultation", "in_progress")),
        (QueueStage.OUT_FOR_TESTS, ("out_for_tests", "in_consultation", "in_progress")),
        (QueueStage.READY, ("ready", "in_consultation", "in_progress")),
        (QueueStage.WITH_DOCTOR, ("with_doctor", "in_consultation", "in_progress")),
        (QueueStage.TO_CASHIER, ("to_cashier", "fulfilled", "completed")),
        (QueueStage.TO_PHARMACY, ("to_pharmacy", "fulfilled", "completed")),
        (QueueStage.DONE, ("done", "fulfilled", "completed")),
        (QueueStage.WITH_DOCTOR, ("with_doctor", "in_consultation", "in_progress")),
    ):
        move_in_queue(session, desk, place_id=place.id, stage=stage)
        assert statuses(session, place) == expected
    assert history(session, appointment) == [
        ("booked", "arrived"),
        ("arrived", "in_consultation"),
        ("in_consultation", "fulfilled"),
        ("fulfilled", "in_consultation"),
    ]


def test_a_consultation_that_had_not_begun_goes_back_to_waiting(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    place = check_in(session, desk, appointment_id=put_appointment(session, clinic).key)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.WITH_DOCTOR)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.READY)
    assert statuses(session, place) == ("ready", "arrived", "planned")


def test_whoever_leaves_unseen_is_a_figure_of_its_own_and_gives_the_time_back(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    appointment = put_appointment(session, clinic)
    place = check_in(session, desk, appointment_id=appointment.key)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.LEFT, reason="Waited too long")
    assert statuses(session, place) == ("left", "cancelled", "cancelled")
    assert (appointment.is_unseen, appointment.cancel_reason) == (True, "Waited too long")
    held = select(Reservation).where(Reservation.appointment_id == appointment.key)
    assert session.exec(held).all() == []


def test_whoever_comes_back_after_they_left_waits_again_with_their_time(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    starts_at = clock.now() - dt.timedelta(minutes=5)
    appointment = put_appointment(session, clinic, starts_at=starts_at)
    place = check_in(session, desk, appointment_id=appointment.key)
    for stage in (QueueStage.LEFT, QueueStage.READY):
        move_in_queue(session, desk, place_id=place.id, stage=stage)
    assert statuses(session, place) == ("ready", "arrived", "planned")
    assert history(session, appointment)[-3:] == [
        ("arrived", "cancelled"),
        ("cancelled", "booked"),
        ("booked", "arrived"),
    ]
    assert len(session.exec(select(Reservation)).all()) == 2


def test_a_walk_in_waits_without_an_appointment(session: Session, clinic: Clinic, desk: Actor) -> None:
    place = walk_in(session, desk, service_id=clinic.service_id, reason="Cough")
    assert statuses(session, place) == ("ready", "", "planned")
    queue = session.get(Queue, place.queue_id)
    assert queue is not None
    assert (queue.kind, queue.department_id) == ("department", clinic.department_id)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.WITH_DOCTOR)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.DONE)
    assert statuses(session, place) == ("done", "", "completed")


def test_what_a_walk_in_may_be_refused_for(session: Session, clinic: Clinic, desk: Actor) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    with pytest.raises(DomainError, match="Choose what they come for"):
        walk_in(session, desk)
    dead = make_patient(session, deceased_at=clock.now())
    with pytest.raises(DomainError, match="has died"):
        walk_in(session, desk, patient_id=dead.key, queue_id=queue.id)
    merged = make_patient(session, status="entered_in_error")
    with pytest.raises(DomainError):
        walk_in(session, desk, patient_id=merged.key, queue_id=queue.id)
    hidden = make_patient(session, is_restricted=True)
    narrow = Actor(None, "Robin", frozenset(DESK), locale=SYSTEM.locale)
    with pytest.raises(NotFound):
        walk_in(session, narrow, patient_id=hidden.key, queue_id=queue.id)
    queues.close_queue(session, desk, queue_id=queue.id, version=queue.version)
    with pytest.raises(QueueClosed):
        walk_in(session, desk, queue_id=queue.id)


def test_nobody_waits_twice_in_one_queue(session: Session, clinic: Clinic, desk: Actor) -> None:
    queue, patient = make_queue(session, service_id=clinic.service_id), make_patient(session)
    session.commit()
    with db.transaction() as first:
        walk_in(first, desk, patient_id=patient.key, queue_id=queue.id)
    with pytest.raises(DomainError, match="in this queue already"), db.transaction() as second:
        walk_in(second, desk, patient_id=patient.key, queue_id=queue.id)


def test_the_urgent_are_called_first_then_the_order_of_the_queue(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    queue = make_queue(session, service_id=clinic.service_id, prefix="c")
    first, second = (walk_in(session, desk, queue_id=queue.id) for _ in range(2))
    urgent = walk_in(session, desk, queue_id=queue.id, urgent_reason="Short of breath")
    late = walk_in(session, desk, queue_id=queue.id)
    places.mark_urgent(session, desk, place_id=late.id, request=UrgentInput(urgent_reason="Fainted"))
    places.unmark_urgent(session, desk, place_id=late.id)
    called = [places.call_next(session, desk, queue_id=queue.id).label for _ in range(4)]
    assert called == [place.label for place in (urgent, first, second, late)] == ["C3", "C1", "C2", "C4"]
    with pytest.raises(NobodyWaits, match="Nobody waits in Waiting room"):
        places.call_next(session, desk, queue_id=queue.id)


def test_who_is_with_the_nurse_is_not_called_by_the_next_call(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    place = walk_in(session, desk, queue_id=queue.id, to_nurse="true")
    with pytest.raises(NobodyWaits, match="1 person is still with the nurse"):
        places.call_next(session, desk, queue_id=queue.id)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.READY)
    assert places.call_next(session, desk, queue_id=queue.id).id == place.id


def test_who_was_called_and_not_there_comes_behind_the_next_three(
    session: Session, clinic: Clinic, desk: Actor
) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    for _ in range(5):
        walk_in(session, desk, queue_id=queue.id)
    first = places.call_next(session, desk, queue_id=queue.id)
    places.mark_absent(session, desk, place_id=first.id)
    with pytest.raises(NotCalled):
        places.mark_absent(session, desk, place_id=first.id)
    called = [places.call_next(session, desk, queue_id=queue.id).label for _ in range(5)]
    assert called == ["2", "3", "4", "1", "5"]


def test_somebody_is_called_out_of_turn_once(session: Session, clinic: Clinic, desk: Actor) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    walk_in(session, desk, queue_id=queue.id)
    second = walk_in(session, desk, queue_id=queue.id)
    assert places.call_place(session, desk, place_id=second.id).status == QueueStage.CALLED
    with pytest.raises(MoveRefused):
        places.call_place(session, desk, place_id=second.id)


def test_a_queue_in_which_somebody_waits_is_not_closed(session: Session, clinic: Clinic, desk: Actor) -> None:
    queue = make_queue(session, service_id=clinic.service_id)
    place = walk_in(session, desk, queue_id=queue.id)
    with pytest.raises(QueueInUse, match="1 person is still in"):
        queues.close_queue(session, desk, queue_id=queue.id, version=queue.version)
    move_in_queue(session, desk, place_id=place.id, stage=QueueStage.LEFT)
    queues.close_queue(session, desk, queue_id=queue.id, version=queue.version)
    queues.reopen_queue(session, desk, queue_id=queue.id, version=queue.version + 1)


def test_a_queue_belongs_to_somebody_who_exists(session: Session, clinic: Clinic, desk: Actor) -> None:
    with pytest.raises(DomainError, match="Choose the department"):
        queues.add_queue(session, desk, request=QueueInput.from_form({"name": "A", "kind": "department"}))
    for kind in ("practitioner", "service", "department"):
        request = QueueInput.from_form({"name": "A", "kind": kind, f"{kind}_id": 987654})
        with pytest.raises(NotFound):
            queues.add_queue(session, desk, request=request)
    queue = make_queue(session, service_id=clinic.service_id)
    request = QueueInput.from_form(
        {"name": "Hearts", "kind": "practitioner", "practitioner_id": clinic.practitioner_id, "service_id": 1}
    )
    changed = queues.change_queue(session, desk, queue_id=queue.id, version=1, request=request)
    assert (changed.owner, changed.service_id, changed.version) == ("Dr Ada Okafor", None, 2)
    with pytest.raises(Conflict):
        queues.change_queue(session, desk, queue_id=queue.id, version=1, request=request)


def test_how_late_somebody_runs_is_said_once_a_day(session: Session, clinic: Clinic, desk: Actor) -> None:
    for minutes in (20, 35):
        request = DelayInput(practitioner_id=clinic.practitioner_id, minutes=minutes)
        places.announce_delay(session, desk, request=request)
    assert audit.noted(session)[-2:] == ["scheduling.delay.announced"] * 2


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [
        (QueueStage.WITH_DOCTOR, P.SCHEDULING_QUEUE_WORK),
        (QueueStage.LEFT, P.SCHEDULING_APPOINTMENT_CHECK_IN),
    ],
)
def test_each_step_wants_its_own_right(
    session: Session,
    clinic: Clinic,
    desk: Actor,
    actor_with: Callable[..., Actor],
    stage: QueueStage,
    wanted: P,
) -> None:
    place = walk_in(session, desk, service_id=clinic.service_id)
    other = {P.SCHEDULING_QUEUE_WORK, P.SCHEDULING_APPOINTMENT_CHECK_IN} - {wanted}
    with pytest.raises(NotPermitted):
        move_in_queue(session, actor_with(*other), place_id=place.id, stage=stage)


def test_reopening_a_visit_wants_its_own_right(
    session: Session, clinic: Clinic, desk: Actor, actor_with: Callable[..., Actor]
) -> None:
    place = walk_in(session, desk, service_id=clinic.service_id)
    for stage in (QueueStage.WITH_DOCTOR, QueueStage.DONE):
        move_in_queue(session, desk, place_id=place.id, stage=stage)
    with pytest.raises(NotPermitted):
        move_in_queue(
            session, actor_with(P.SCHEDULING_QUEUE_WORK), place_id=place.id, stage=QueueStage.WITH_DOCTOR
        )


def test_only_a_place_of_an_appointment_has_one(session: Session, clinic: Clinic, desk: Actor) -> None:
    appointment = put_appointment(session, clinic)
    place = check_in(session, desk, appointment_id=appointment.key)
    assert places.appointment_of(session, desk, place_id=place.id) == appointment.key
    walked_in = walk_in(session, desk, service_id=clinic.service_id)
    with pytest.raises(NotFound):
        places.appointment_of(session, desk, place_id=walked_in.id)


def test_naming_who_walks_in_is_a_look(session: Session, clinic: Clinic, desk: Actor) -> None:
    patient = make_patient(session)
    assert get_walk_in(session, desk, patient_id=patient.key).name == "Anna Berg"
    assert audit.noted(session)[-1] == "patients.list.seen"


def test_a_visit_of_a_place_is_planned_once(session: Session, clinic: Clinic, desk: Actor) -> None:
    place = walk_in(session, desk, service_id=clinic.service_id)
    visit = PlannedVisit(patient_id=place.patient_id, display="Consultation", queue_entry_id=place.id)
    key = plan_encounter(session, desk, visit=visit)
    assert [one.id for one in session.exec(select(Encounter))] == [key]


@pytest.fixture
def waiting_room(committing: sa.Engine) -> tuple[Clinic, int]:
    """A clinic and a queue with eight people in it, committed."""
    with db.transaction() as session:
        clinic = make_clinic(session)
        queue = make_queue(session, service_id=clinic.service_id)
        for _ in range(8):
            walk_in(session, SYSTEM, queue_id=queue.id)
    return clinic, queue.id


def test_doctors_who_call_at_once_get_different_people(waiting_room: tuple[Clinic, int]) -> None:
    start = Barrier(8)

    def call(_: int) -> str:
        start.wait()
        return db.in_transaction(
            lambda session: places.call_next(session, SYSTEM, queue_id=waiting_room[1]).label
        )

    with ThreadPoolExecutor(8) as pool:
        called = list(pool.map(call, range(8)))
    assert sorted(called, key=int) == [str(number) for number in range(1, 9)]


def test_two_who_check_one_patient_in_at_once_make_one_visit(committing: sa.Engine) -> None:
    with db.transaction() as session:
        clinic = make_clinic(session)
        appointment_id = put_appointment(session, clinic).key
    start = Barrier(6)

    def arrive(_: int) -> str:
        start.wait()
        try:
            return db.in_transaction(
                lambda session: check_in(session, SYSTEM, appointment_id=appointment_id).label
            )
        except MoveRefused:
            return "refused"

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(arrive, range(6)))
    assert answers == ["O1", *["refused"] * 5]
    with Session(committing) as session:
        assert len(session.exec(select(Encounter)).all()) == 1
        assert len(session.exec(select(QueueEntry)).all()) == 1
