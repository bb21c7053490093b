"""Moving, cancelling and undoing: the row stays, its history grows, its time is held or free as it should be."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col

from hms_app.core.errors import DomainError, NotPermitted
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.records.errors import Conflict
from hms_app.domain.scheduling.errors import (
    BookingRefused,
    CannotBeMoved,
    NotInThatState,
    NotYet,
    SessionIsFull,
)
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.service.cancelling import (
    approve_appointment,
    cancel_appointment,
    expire_holds,
    mark_no_show,
    restore_appointment,
)
from hms_app.domain.scheduling.service.days import cancel_day, move_day, move_many, propose_moves
from hms_app.domain.scheduling.service.moving import move_appointment
from hms_app.domain.scheduling.service.statuses import move_status
from hms_app.domain.scheduling.tables import AppointmentChange, Reservation, TokenSession
from hms_app.domain.scheduling.values.booking import Absence, DaySelection, PlannedMove, ReasonKind
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import AppointmentStatus
from tests.factories.booking import MONDAY, Clinic, at, make_clinic, may, move_to, put_equipment, put_service
from tests.factories.scheduling import put_exception

TUESDAY = "2026-12-01"
P = Permission


@pytest.fixture(autouse=True)
def saturday() -> Iterator[time_machine.Traveller]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False) as clock:
        yield clock


def booked(clinic: Clinic, when: str, **fields: object) -> AppointmentRow:
    return book_appointment(clinic.session, clinic.desk, booking=clinic.booking(when, **fields))


def reserved(session: Session, appointment_id: int) -> int:
    found = sa.select(sa.func.count()).where(col(Reservation.appointment_id) == appointment_id)
    return int(session.execute(found).scalar_one())


def test_a_moved_appointment_keeps_row_and_number_and_says_from_where(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, rooms=1)
    first = booked(clinic, f"{MONDAY} 10:00")
    moved = move_appointment(
        session,
        clinic.desk,
        appointment_id=first.id,
        move=move_to(f"{TUESDAY} 11:00", practitioner_id=clinic.practitioners[1], reason="doctor is ill"),
    )
    assert (moved.id, moved.number, moved.version) == (first.id, first.number, first.version + 1)
    assert (moved.starts_at, moved.practitioner) == (at(f"{TUESDAY} 11:00"), "Dr Ada Okafor B")
    step = session.execute(
        sa.select(AppointmentChange).where(col(AppointmentChange.kind) == "moved")
    ).scalar_one()
    assert (step.from_starts_at, step.to_starts_at) == (first.starts_at, moved.starts_at)
    assert (step.from_practitioner_id, step.to_practitioner_id) == tuple(clinic.practitioners)
    assert step.reason == "doctor is ill"
    booked(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient())


def test_a_move_is_in_no_conflict_with_itself(session: Session) -> None:
    clinic = make_clinic(session, rooms=1, most_open=1)
    first = booked(clinic, f"{MONDAY} 10:00")
    stays = move_appointment(session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 10:00"))
    assert stays.starts_at == first.starts_at
    longer = move_appointment(
        session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 10:15", duration_minutes=45)
    )
    assert longer.ends_at - longer.starts_at == dt.timedelta(minutes=45)


def test_a_move_onto_somebody_else_is_refused_and_changes_nothing(session: Session) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    booked(clinic, f"{MONDAY} 11:00", patient_id=clinic.patient())
    with pytest.raises(BookingRefused) as refused:
        move_appointment(session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 11:00"))
    assert [reason.kind for reason in refused.value.reasons] == [ReasonKind.TAKEN]
    assert reserved(session, first.id) == 2


def test_whoever_moves_second_is_told(session: Session) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    move_appointment(
        session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 11:00", version=1)
    )
    with pytest.raises(Conflict):
        move_appointment(
            session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 12:00", version=1)
        )


def test_who_is_here_already_is_not_moved(session: Session) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    move_status(session, clinic.desk, first.id, AppointmentStatus.ARRIVED)
    with pytest.raises(CannotBeMoved, match="is arrived and cannot be moved"):
        move_appointment(session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 11:00"))


def test_equipment_goes_along(session: Session) -> None:
    clinic = make_clinic(session)
    pieces = [put_equipment(session, f"Ultrasound {n}") for n in (1, 2)]
    scan = put_service(session, [*clinic.resources, *pieces], name="Scan", needs_equipment=True)
    first = booked(clinic, f"{MONDAY} 10:00", service_id=scan, equipment_ids=str(pieces[1]))
    move_appointment(session, clinic.desk, appointment_id=first.id, move=move_to(f"{MONDAY} 11:00"))
    held = sa.select(col(Reservation.resource_id)).where(col(Reservation.appointment_id) == first.id)
    assert pieces[1] in session.execute(held).scalars().all()


def test_a_cancelled_time_is_free_and_its_reason_is_kept(session: Session) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    with pytest.raises(DomainError, match="Say why"):
        cancel_appointment(session, clinic.desk, appointment_id=first.id, reason=" ")
    gone = cancel_appointment(session, clinic.desk, appointment_id=first.id, reason="patient called")
    assert (gone.status, gone.cancel_reason, gone.is_unseen) == (
        AppointmentStatus.CANCELLED,
        "patient called",
        False,
    )
    assert reserved(session, first.id) == 0
    booked(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient())


def test_an_undone_cancellation_wants_the_time_to_be_free(session: Session) -> None:
    clinic = make_clinic(session, rooms=1)
    first = booked(clinic, f"{MONDAY} 10:00")
    cancel_appointment(session, clinic.desk, appointment_id=first.id, reason="patient called")
    other = booked(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient())
    with pytest.raises(BookingRefused, match="already booked 10:00-10:30"):
        restore_appointment(session, clinic.desk, appointment_id=first.id)
    cancel_appointment(session, clinic.desk, appointment_id=other.id, reason="mistake")
    again = restore_appointment(session, clinic.desk, appointment_id=first.id)
    assert (again.status, again.number, again.cancel_reason) == (AppointmentStatus.BOOKED, first.number, "")
    assert reserved(session, first.id) == 3
    with pytest.raises(NotInThatState):
        restore_appointment(session, clinic.desk, appointment_id=first.id)


def test_who_came_and_left_was_not_seen(session: Session) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    move_status(session, clinic.desk, first.id, AppointmentStatus.ARRIVED)
    with pytest.raises(NotPermitted):
        cancel_appointment(
            session,
            may(P.SCHEDULING_APPOINTMENT_BOOK, P.PATIENTS_PATIENT_READ),
            appointment_id=first.id,
            reason="waited too long",
        )
    left = cancel_appointment(session, clinic.desk, appointment_id=first.id, reason="waited too long")
    assert left.is_unseen


def test_a_no_show_is_marked_once_it_has_begun_and_can_be_undone(
    session: Session, saturday: time_machine.Traveller
) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    with pytest.raises(NotYet):
        mark_no_show(session, clinic.desk, appointment_id=first.id)
    saturday.move_to(at(f"{MONDAY} 11:00"))
    assert mark_no_show(session, clinic.desk, appointment_id=first.id).status == AppointmentStatus.NO_SHOW
    assert reserved(session, first.id) == 0
    with pytest.raises(NotPermitted):
        restore_appointment(
            session,
            may(P.SCHEDULING_APPOINTMENT_BOOK, P.PATIENTS_PATIENT_READ),
            appointment_id=first.id,
        )
    assert (
        restore_appointment(session, clinic.desk, appointment_id=first.id).status == AppointmentStatus.BOOKED
    )
    assert reserved(session, first.id) == 2


@pytest.mark.parametrize("wanted", [AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED])
def test_nothing_goes_back_or_skips_but_by_its_named_step(
    session: Session, wanted: AppointmentStatus
) -> None:
    clinic = make_clinic(session)
    first = booked(clinic, f"{MONDAY} 10:00")
    with pytest.raises(MoveRefused):
        move_status(session, clinic.desk, first.id, wanted)


def _proposed(session: Session, clinic: Clinic, when: str) -> AppointmentRow:
    row = booked(clinic, when, patient_id=clinic.patient())
    session.execute(
        sa.text("UPDATE appointment SET source_system = 'x', source_key = number WHERE id = :id"),
        {"id": row.id},
    )
    session.execute(
        sa.text("UPDATE appointment SET status = 'proposed', expires_at = :at WHERE id = :id"),
        {"id": row.id, "at": at("2026-11-29 12:00")},
    )
    session.execute(
        sa.text("UPDATE appointment SET source_system = NULL, source_key = NULL WHERE id = :id"),
        {"id": row.id},
    )
    session.expire_all()
    return row


def test_what_is_proposed_is_approved_declined_or_runs_out(
    session: Session, saturday: time_machine.Traveller
) -> None:
    clinic = make_clinic(session)
    approved, declined, forgotten = (
        _proposed(session, clinic, f"{MONDAY} {hour}:00") for hour in (10, 11, 12)
    )
    assert (
        approve_appointment(session, clinic.desk, appointment_id=approved.id).status
        == AppointmentStatus.BOOKED
    )
    with pytest.raises(NotInThatState):
        approve_appointment(session, clinic.desk, appointment_id=approved.id)
    cancel_appointment(session, clinic.desk, appointment_id=declined.id, reason="no referral")
    assert expire_holds(session, clinic.desk) == 0
    saturday.move_to(at("2026-11-29 12:00"))
    assert expire_holds(session, clinic.desk) == 1
    assert [reserved(session, one.id) for one in (approved, declined, forgotten)] == [2, 0, 0]


def test_a_number_that_is_given_back_frees_a_place_and_is_not_given_again(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 08:00-12:00",), schedule={"mode": "tokens", "capacity": 2})
    first = booked(clinic, f"{MONDAY} 08:00")
    booked(clinic, f"{MONDAY} 08:00", patient_id=clinic.patient())
    cancel_appointment(session, clinic.desk, appointment_id=first.id, reason="patient called")
    third = booked(clinic, f"{MONDAY} 08:00", patient_id=clinic.patient())
    assert third.token_number == 3
    with pytest.raises(SessionIsFull):
        restore_appointment(session, clinic.desk, appointment_id=first.id)
    moved = move_appointment(session, clinic.desk, appointment_id=third.id, move=move_to("2026-12-07 08:00"))
    assert (moved.token_number, moved.starts_at) == (1, at("2026-12-07 08:00"))
    taken = session.execute(
        sa.select(col(TokenSession.taken)).order_by(col(TokenSession.starts_at))
    ).scalars()
    assert list(taken) == [1, 1]


def test_a_whole_day_is_cancelled_but_for_who_is_here(session: Session) -> None:
    clinic = make_clinic(session)
    rows = [booked(clinic, f"{MONDAY} {hour}:00", patient_id=clinic.patient()) for hour in (10, 11, 12, 13)]
    move_status(session, clinic.desk, rows[0].id, AppointmentStatus.ARRIVED)
    morning = DaySelection(
        dt.date.fromisoformat(MONDAY), practitioner_id=clinic.practitioners[0], end=dt.time(13)
    )
    outcomes = cancel_day(session, clinic.desk, selection=morning, reason="doctor is ill")
    assert [(one.appointment.id, one.is_done) for one in outcomes] == [
        (rows[0].id, False),
        (rows[1].id, True),
        (rows[2].id, True),
    ]
    assert outcomes[0].why_not == "The patient is here already."
    assert [reserved(session, row.id) for row in rows] == [2, 0, 0, 2]


def test_a_whole_day_is_moved_each_to_its_time_or_the_next_free_one(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 08:00-17:00", "2 08:00-11:00"))
    ten, eleven = (booked(clinic, f"{MONDAY} {hour}:00", patient_id=clinic.patient()) for hour in (10, 11))
    late = booked(clinic, f"{MONDAY} 16:00", patient_id=clinic.patient(), duration_minutes=60)
    for start in ("08:30", "09:00", "09:30"):
        booked(clinic, f"{TUESDAY} {start}", patient_id=clinic.patient())
    day = DaySelection(dt.date.fromisoformat(MONDAY), practitioner_id=clinic.practitioners[0])
    outcomes = move_day(
        session, clinic.desk, selection=day, to_day=dt.date.fromisoformat(TUESDAY), reason="doctor is ill"
    )
    assert [(one.appointment.id, one.is_done) for one in outcomes] == [
        (ten.id, True),
        (eleven.id, True),
        (late.id, False),
    ]
    assert [one.appointment.starts_at for one in outcomes[:2]] == [
        at(f"{TUESDAY} 10:00"),
        at(f"{TUESDAY} 08:00"),
    ]
    assert "cannot be booked" in outcomes[2].why_not
    assert outcomes[2].appointment.starts_at == late.starts_at


def test_what_leave_hits_gets_a_time_each_and_is_moved_in_one_go(session: Session) -> None:
    clinic = make_clinic(session)
    rows = [booked(clinic, f"{MONDAY} {hour}", patient_id=clinic.patient()) for hour in ("10:00", "10:30")]
    monday = dt.date.fromisoformat(MONDAY)
    absence = Absence(clinic.practitioners[0], monday, monday)
    proposals = propose_moves(session, clinic.desk, absence=absence)
    slots = [one.slot for one in proposals]
    assert [slot and slot.starts_at for slot in slots] == [at(f"{TUESDAY} 08:00"), at(f"{TUESDAY} 08:30")]
    put_exception(session, MONDAY, resource_id=clinic.resources[0], cause="leave")
    planned = tuple(
        PlannedMove(one.appointment.id, one.slot.starts_at, one.slot.practitioner_id)
        for one in proposals
        if one.slot
    )
    outcomes = move_many(session, clinic.desk, moves=planned, reason="leave")
    assert all(one.is_done for one in outcomes)
    assert [one.appointment.number for one in outcomes] == [row.number for row in rows]
