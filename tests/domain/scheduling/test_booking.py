"""Booking: who gets a time, what stands against it and is said at once, and what may be confirmed or overridden."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, col

from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit.service import noted
from hms_app.domain.records.errors import SentWithOtherContent
from hms_app.domain.scheduling.errors import BookingRefused, TimeDoesNotExist
from hms_app.domain.scheduling.service.booking import book_appointment, check_booking
from hms_app.domain.scheduling.tables import Appointment, AppointmentChange, Reservation, TokenSession
from hms_app.domain.scheduling.values.booking import ConflictKind, ReasonKind
from hms_app.domain.scheduling.values.words import AppointmentStatus
from tests.factories.booking import MONDAY, Clinic, at, make_clinic, may, put_equipment, put_service
from tests.factories.organization import make_room
from tests.factories.scheduling import make_resource, put_exception, put_schedule

BOOK = Permission.SCHEDULING_APPOINTMENT_BOOK


@pytest.fixture(autouse=True)
def saturday() -> Iterator[None]:
    """It is Saturday, 28 November 2026, noon."""
    with time_machine.travel("2026-11-28 12:00+00:00", tick=False):
        yield


def kinds(refused: BookingRefused) -> list[ReasonKind]:
    return [reason.kind for reason in refused.reasons]


def refusal(clinic: Clinic, when: str, **fields: Any) -> BookingRefused:
    with pytest.raises(BookingRefused) as refused:
        book_appointment(clinic.session, clinic.desk, booking=clinic.booking(when, **fields))
    return refused.value


def test_a_booking_holds_the_time_of_practitioner_room_and_patient(session: Session) -> None:
    clinic = make_clinic(session, rooms=2, preparation_minutes=5, cleanup_minutes=10)
    booked = book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00", reason="cough"))
    assert booked.status == AppointmentStatus.BOOKED
    assert (booked.starts_at, booked.ends_at) == (at(f"{MONDAY} 10:00"), at(f"{MONDAY} 10:30"))
    assert (booked.room, booked.reason, booked.practitioner) == ("Room 1", "cough", "Dr Ada Okafor A")
    held = session.execute(
        sa.select(
            col(Reservation.patient_id),
            sa.func.lower(col(Reservation.during)),
            sa.func.upper(col(Reservation.during)),
        ).where(col(Reservation.appointment_id) == booked.id)
    ).all()
    taken = (at(f"{MONDAY} 09:55"), at(f"{MONDAY} 10:40"))
    assert sorted(row[1:] for row in held if row[0] is None) == [taken, taken]
    assert [row[1:] for row in held if row[0]] == [(booked.starts_at, booked.ends_at)]
    assert noted(session)[-1] == "scheduling.appointment.booked"
    history = session.execute(sa.select(col(AppointmentChange.kind), col(AppointmentChange.to_status))).all()
    assert history == [("booked", "booked")]


def test_anybody_means_the_first_who_is_free(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    names = []
    for _ in range(2):
        booking = clinic.booking(f"{MONDAY} 10:00", practitioner_id=None, patient_id=clinic.patient())
        names.append(book_appointment(session, clinic.desk, booking=booking).practitioner)
    assert names == ["Dr Ada Okafor A", "Dr Ada Okafor B"]
    third = refusal(clinic, f"{MONDAY} 10:00", practitioner_id=None, patient_id=clinic.patient())
    assert str(third) == (
        "Nothing is free for Consultation 10:00-10:30. Next free: 10:30 with Dr Ada Okafor A."
    )


def test_a_taken_time_says_until_when_and_what_is_free_next(session: Session) -> None:
    clinic = make_clinic(session)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    refused = refusal(clinic, f"{MONDAY} 10:15", patient_id=clinic.patient())
    assert str(refused) == "Dr Ada Okafor A is already booked 10:00-10:30. Next free: 10:30."
    assert refused.problems == {"practitioner_id": str(refused)}


def test_all_reasons_are_listed_at_once(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2, rooms=1, most_open=1)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    refused = refusal(
        clinic, f"{MONDAY} 10:20", practitioner_id=clinic.practitioners[0], room_id=clinic.rooms[0]
    )
    assert set(kinds(refused)) == {
        ReasonKind.TOO_MANY_OPEN,
        ReasonKind.PATIENT_BUSY,
        ReasonKind.TAKEN,
        ReasonKind.OFF_THE_GRID,
    }
    assert kinds(refused).count(ReasonKind.TAKEN) == 2, "practitioner and room"
    assert set(refused.problems) == {"service_id", "time", "practitioner_id", "room_id"}


@pytest.mark.parametrize(
    ("when", "minutes", "fits"),
    [
        ("11:30", 30, True),
        ("06:30", 30, False),
        ("16:45", 30, False),
        ("16:15", 45, True),
        ("16:30", 45, False),
    ],
)
def test_a_visit_lies_whole_within_the_hours(session: Session, when: str, minutes: int, fits: bool) -> None:
    clinic = make_clinic(session)
    booking = clinic.booking(f"{MONDAY} {when}", duration_minutes=minutes)
    against = check_booking(session, clinic.desk, booking=booking).reasons
    assert [reason.kind for reason in against] == ([] if fits else [ReasonKind.OUTSIDE_HOURS])


def test_a_day_without_hours_is_refused_with_the_next_one(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 09:00-12:00", "3 09:00-12:00"))
    refused = refusal(clinic, "2026-12-01 09:00")
    assert kinds(refused) == [ReasonKind.OUTSIDE_HOURS]
    assert str(refused).endswith("there are no hours for it on that day. Next free: 2 Dec 2026, 09:00.")


def test_leave_and_closures_are_named(session: Session) -> None:
    clinic = make_clinic(session)
    put_exception(session, MONDAY, resource_id=clinic.resources[0], cause="leave")
    assert str(refusal(clinic, f"{MONDAY} 10:00")) == (
        "Dr Ada Okafor A is away or closed on 30 Nov 2026. Next free: 1 Dec 2026, 08:00."
    )
    put_exception(session, "2026-12-01", department_id=clinic.department_id, cause="closure")
    put_exception(session, "2026-12-02", cause="public_holiday")
    for day in ("2026-12-01", "2026-12-02"):
        assert kinds(refusal(clinic, f"{day} 10:00")) == [ReasonKind.LEAVE]


def test_who_does_not_offer_it_is_refused_with_who_does(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    other = put_service(session, [clinic.resources[1]], name="Sonography", duration_minutes=20)
    refused = refusal(clinic, f"{MONDAY} 10:00", service_id=other)
    assert kinds(refused) == [ReasonKind.NOT_OFFERED]
    assert str(refused) == (
        "Dr Ada Okafor A does not offer Sonography. Offered by Dr Ada Okafor B. Next free: 10:00 with Dr Ada Okafor B."
    )


def test_a_closed_service_and_a_retired_practitioner_take_no_bookings(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    session.execute(
        sa.text("UPDATE practitioner SET is_active = false WHERE id = :id"), {"id": clinic.practitioners[0]}
    )
    retired = refusal(clinic, f"{MONDAY} 10:00")
    assert kinds(retired) == [ReasonKind.RETIRED]
    assert "Next free: 10:00 with Dr Ada Okafor B." in str(retired)
    session.execute(sa.text("UPDATE healthcare_service SET is_active = false"))
    session.expire_all()
    assert ReasonKind.SERVICE_CLOSED in kinds(refusal(clinic, f"{MONDAY} 10:00"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"deceased_at": dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)}, "The patient died on 5 Jan 2026."),
        ({"status": "inactive"}, "The patient's record is inactive. Make it active again first."),
        (
            {"status": "entered_in_error", "status_reason": "x"},
            "The patient's record was entered in error. Book for the right one.",
        ),
    ],
)
def test_only_living_active_patients_are_booked(
    session: Session, fields: dict[str, object], sentence: str
) -> None:
    clinic = make_clinic(session)
    assert str(refusal(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient(**fields))) == sentence


def test_a_merged_record_names_the_one_to_book_for(session: Session) -> None:
    clinic = make_clinic(session)
    gone = clinic.patient(status="merged", merged_into_id=clinic.patient_id)
    assert "was merged into another" in str(refusal(clinic, f"{MONDAY} 10:00", patient_id=gone))


def test_the_past_and_the_far_future_are_refused(session: Session) -> None:
    clinic = make_clinic(session, ahead_days=30)
    assert ReasonKind.IN_THE_PAST in kinds(refusal(clinic, "2026-11-27 10:00"))
    assert kinds(refusal(clinic, "2026-12-29 10:00")) == [ReasonKind.TOO_FAR_AHEAD]
    book_appointment(session, clinic.desk, booking=clinic.booking("2026-12-28 10:00"))


def test_a_time_that_the_clocks_skip_is_refused_with_the_reason(session: Session) -> None:
    clinic = make_clinic(session, windows=("7 00:00-06:00",), ahead_days=400)
    with pytest.raises(TimeDoesNotExist, match=r"On 28 Mar 2027 there is no 02:30"):
        book_appointment(session, clinic.desk, booking=clinic.booking("2027-03-28 02:30"))


def test_a_time_that_occurs_twice_means_the_first(session: Session) -> None:
    clinic = make_clinic(session, windows=("7 00:00-06:00",), ahead_days=400)
    booked = book_appointment(session, clinic.desk, booking=clinic.booking("2027-10-31 02:30"))
    assert booked.starts_at == dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)


def test_touching_is_no_overlap_and_every_overlap_of_the_patient_is_told(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    for when in ("10:00", "11:00"):
        book_appointment(
            session, clinic.desk, booking=clinic.booking(f"{MONDAY} {when}", confirmed="close_by")
        )
    second = clinic.practitioners[1]
    refused = refusal(clinic, f"{MONDAY} 10:15", practitioner_id=second, duration_minutes=60)
    assert kinds(refused) == [ReasonKind.PATIENT_BUSY, ReasonKind.PATIENT_BUSY]
    book_appointment(
        session,
        clinic.desk,
        booking=clinic.booking(f"{MONDAY} 10:30", practitioner_id=second, confirmed="close_by"),
    )


def test_conflicts_are_told_and_can_be_confirmed(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    elsewhere = put_service(session, clinic.resources, name="X-ray")
    put_exception(session, "2026-11-30", resource_id=clinic.resources[1], status="requested", cause="leave")
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:00", service_id=elsewhere))
    book_appointment(
        session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00", confirmed="same_day_elsewhere")
    )
    wanted = {"practitioner_id": clinic.practitioners[1]}
    refused = refusal(clinic, f"{MONDAY} 10:45", **wanted)
    assert refused.reasons == ()
    assert [conflict.kind for conflict in refused.conflicts] == [
        ConflictKind.CLOSE_BY,
        ConflictKind.LEAVE_REQUESTED,
        ConflictKind.SAME_DAY_ELSEWHERE,
    ]
    confirmed = ",".join(conflict.kind for conflict in refused.conflicts)
    book_appointment(
        session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:45", confirmed=confirmed, **wanted)
    )


def test_an_override_wants_its_right_and_stands_outside_only_where_time_is_taken(session: Session) -> None:
    clinic = make_clinic(session, rooms=2)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00", room_id=clinic.rooms[0]))
    double = clinic.booking(
        f"{MONDAY} 10:00", patient_id=clinic.patient(), room_id=clinic.rooms[1], override_reason="emergency"
    )
    with pytest.raises(NotPermitted), session.begin_nested():
        book_appointment(session, may(BOOK, Permission.PATIENTS_PATIENT_READ), booking=double)
    booked = book_appointment(session, clinic.desk, booking=double)
    assert booked.override_reason == "emergency"
    outside = session.execute(
        sa.select(col(Reservation.resource_id)).where(
            col(Reservation.appointment_id) == booked.id, col(Reservation.override_reason).is_not(None)
        )
    ).scalars()
    assert list(outside) == [clinic.resources[0]]


def test_an_override_never_books_a_patient_twice_at_once(session: Session) -> None:
    clinic = make_clinic(session)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    assert kinds(refusal(clinic, f"{MONDAY} 10:00", override_reason="emergency")) == [ReasonKind.PATIENT_BUSY]


def test_an_override_that_was_not_needed_is_no_override(session: Session) -> None:
    clinic = make_clinic(session)
    booked = book_appointment(
        session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00", override_reason="x")
    )
    assert booked.override_reason is None


def test_a_visit_after_hours_is_booked_by_override_alone_and_still_guarded(session: Session) -> None:
    clinic = make_clinic(session)
    late = f"{MONDAY} 19:00"
    assert kinds(refusal(clinic, late)) == [ReasonKind.OUTSIDE_HOURS]
    booked = book_appointment(session, clinic.desk, booking=clinic.booking(late, override_reason="came late"))
    assert booked.is_override
    again = refusal(clinic, late, patient_id=clinic.patient())
    assert ReasonKind.TAKEN in kinds(again)


def test_the_first_free_room_of_the_service_is_taken_until_none_is_left(session: Session) -> None:
    clinic = make_clinic(session, practitioners=3, rooms=2)
    rooms = []
    for doctor in clinic.practitioners[:2]:
        booking = clinic.booking(f"{MONDAY} 10:00", practitioner_id=doctor, patient_id=clinic.patient())
        rooms.append(book_appointment(session, clinic.desk, booking=booking).room)
    assert rooms == ["Room 1", "Room 2"]
    refused = refusal(
        clinic, f"{MONDAY} 10:00", practitioner_id=clinic.practitioners[2], patient_id=clinic.patient()
    )
    assert str(refused) == "No room for Consultation is free 10:00-10:30. Next free: 10:30."


def test_a_retired_room_and_one_of_another_service_are_refused(session: Session) -> None:
    clinic = make_clinic(session, rooms=2)
    elsewhere = make_room(session, department_id=clinic.department_id, name="Theatre")
    other = refusal(clinic, f"{MONDAY} 10:00", room_id=elsewhere.id)
    assert str(other) == ("Theatre does not offer Consultation. Offered by Room 1, Room 2. Next free: 10:00.")
    session.execute(sa.text("UPDATE room SET is_active = false WHERE id = :id"), {"id": clinic.rooms[1]})
    assert kinds(refusal(clinic, f"{MONDAY} 10:00", room_id=clinic.rooms[1])) == [ReasonKind.RETIRED]


def test_equipment_is_reserved_and_its_lack_is_said(session: Session) -> None:
    clinic = make_clinic(session, practitioners=2)
    device = put_equipment(session, "Ultrasound 1")
    scan = put_service(session, [*clinic.resources, device], name="Scan", needs_equipment=True)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00", service_id=scan))
    refused = refusal(
        clinic,
        f"{MONDAY} 10:00",
        service_id=scan,
        practitioner_id=clinic.practitioners[1],
        patient_id=clinic.patient(),
    )
    assert str(refused) == "Ultrasound 1 is already booked 10:00-10:30. Next free: 10:30."


def test_a_service_of_a_room_alone_needs_no_practitioner(session: Session) -> None:
    clinic = make_clinic(session, practitioners=0, rooms=1, needs_practitioner=False)
    resource = session.execute(
        sa.text("SELECT id FROM resource WHERE room_id = :id"), {"id": clinic.rooms[0]}
    ).scalar_one()
    put_schedule(session, resource, ("1 08:00-12:00",))
    booked = book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 09:00"))
    assert (booked.room, booked.practitioner_id) == ("Room 1", None)


def test_a_session_gives_out_its_numbers_in_order_and_no_more(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 08:00-12:00",), schedule={"mode": "tokens", "capacity": 2})
    numbers = [
        book_appointment(
            session, clinic.desk, booking=clinic.booking(f"{MONDAY} 09:10", patient_id=clinic.patient())
        ).token_number
        for _ in range(2)
    ]
    assert numbers == [1, 2]
    refused = refusal(clinic, f"{MONDAY} 09:10")
    assert str(refused) == "All 2 numbers of 08:00-12:00 are given out. Next free: 7 Dec 2026, 08:00."
    assert session.execute(sa.select(col(TokenSession.taken))).scalar_one() == 2
    assert session.execute(sa.select(sa.func.count()).select_from(Reservation)).scalar_one() == 0


def test_a_booking_during_the_patients_session_is_pointed_out(session: Session) -> None:
    clinic = make_clinic(session, windows=("1 08:00-12:00",), schedule={"mode": "tokens", "capacity": 2})
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 08:00"))
    other = make_resource(session)
    put_schedule(session, other, ("1 08:00-12:00",))
    service = put_service(session, [other], name="Other", department_id=clinic.department_id)
    doctor = session.execute(
        sa.text("SELECT practitioner_id FROM resource WHERE id = :id"), {"id": other}
    ).scalar_one()
    refused = refusal(clinic, f"{MONDAY} 09:00", service_id=service, practitioner_id=doctor)
    assert [conflict.kind for conflict in refused.conflicts] == [ConflictKind.IN_SESSION]


def test_nobody_books_for_a_patient_they_may_not_know_of(session: Session) -> None:
    clinic = make_clinic(session)
    hidden = clinic.patient(is_restricted=True)
    with pytest.raises(NotFound):
        book_appointment(
            session,
            may(BOOK, Permission.PATIENTS_PATIENT_READ),
            booking=clinic.booking(f"{MONDAY} 10:00", patient_id=hidden),
        )
    with pytest.raises(NotPermitted):
        book_appointment(session, may(), booking=clinic.booking(f"{MONDAY} 10:00"))


def test_the_same_form_sent_twice_books_once(session: Session) -> None:
    clinic = make_clinic(session)
    booking = clinic.booking(f"{MONDAY} 10:00")
    first, again = (book_appointment(session, clinic.desk, booking=booking) for _ in range(2))
    assert (first.id, first.number) == (again.id, again.number)
    assert session.execute(sa.select(sa.func.count()).select_from(Appointment)).scalar_one() == 1
    other = booking.model_copy(update={"time": dt.time(11)})
    with pytest.raises(SentWithOtherContent):
        book_appointment(session, clinic.desk, booking=other)


def test_a_refused_booking_leaves_nothing(session: Session) -> None:
    clinic = make_clinic(session, rooms=1)
    book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    refusal(clinic, f"{MONDAY} 10:00", patient_id=clinic.patient())
    assert session.execute(sa.select(sa.func.count()).select_from(Appointment)).scalar_one() == 1


def test_resources_of_one_booking_are_held_for_the_same_time_or_not_at_all(session: Session) -> None:
    clinic = make_clinic(session, rooms=1)
    booked = book_appointment(session, clinic.desk, booking=clinic.booking(f"{MONDAY} 10:00"))
    session.execute(
        sa.text("UPDATE appointment SET ends_at = ends_at + interval '1 hour' WHERE id = :id"),
        {"id": booked.id},
    )
    with pytest.raises(Exception, match="reserv"):
        session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
