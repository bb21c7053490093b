"""Booking: a patient gets a time of a practitioner, room and equipment, or a number of a session."""

from typing import Final

from sqlmodel import Session

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.records.service import add_row, once
from hms_app.domain.scheduling.queries.appointments import read_appointment
from hms_app.domain.scheduling.queries.bookables import get_service_row, need_of
from hms_app.domain.scheduling.queries.booking_facts import Asked
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.service.numbers import next_number, take_number
from hms_app.domain.scheduling.service.placing import (
    Place,
    find_place,
    instant_typed,
    just_taken,
    refusal,
    with_instead,
)
from hms_app.domain.scheduling.service.reservations import (
    JustTaken,
    record_change,
    reserve,
    unless_just_taken,
)
from hms_app.domain.scheduling.tables import Appointment
from hms_app.domain.scheduling.values.audited import SchedulingAction
from hms_app.domain.scheduling.values.booking import (
    BookingCheck,
    BookingInput,
    ReasonKind,
    SlotWish,
)
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import AppointmentSource, AppointmentStatus, ChangeKind

TRIES: Final = 25
"""How often somebody who named nobody is given the next who is free, when another caller was faster."""


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def book_appointment(session: Session, actor: Actor, *, booking: BookingInput) -> AppointmentRow:
    """Reserve a practitioner, room and equipment for a patient; without a practitioner whoever is free first.

    Raises BookingRefused with all that stands against it, each reason saying what is free instead, and with conflicts
    that were not confirmed; TimeDoesNotExist; NotFound; NotPermitted for an override without the right to it. The same
    form sent twice books once.
    """
    return once(
        session,
        actor,
        key=booking.key,
        command="scheduling.book_appointment",
        content=booking,
        do=lambda: _book(session, actor, booking),
        read=lambda appointment_id: read_appointment(session, actor, appointment_id),
    )


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def check_booking(session: Session, actor: Actor, *, booking: BookingInput) -> BookingCheck:
    """What would stand against a booking now, without booking it. Raises as `book_appointment` for what is no time."""
    asked, wish = _asked(session, actor, booking)
    place = find_place(session, actor, asked, wish, booking, holds=False)
    return BookingCheck(tuple(with_instead(session, actor, place.reasons, asked, wish)), place.conflicts)


def _book(session: Session, actor: Actor, booking: BookingInput) -> int:
    asked, wish = _asked(session, actor, booking)
    for _ in range(TRIES):
        try:
            return unless_just_taken(session, lambda: _try(session, actor, booking, asked, wish))
        except _Overtaken:
            continue
        except JustTaken:
            break
    raise just_taken(session, actor, asked, wish)


class _Overtaken(Exception):
    """Whoever was chosen because they were free was booked by somebody else meanwhile."""


def _try(session: Session, actor: Actor, booking: BookingInput, asked: Asked, wish: SlotWish) -> int:
    place = find_place(session, actor, asked, wish, booking)
    if _was_overtaken(place, booking):
        raise _Overtaken
    if place.reasons or place.conflicts:
        raise refusal(session, actor, place, wish)
    return _written(session, actor, booking, place)


def _was_overtaken(place: Place, booking: BookingInput) -> bool:
    """Whether all that stands against it is that somebody took what nobody asked for by name."""
    chosen = {one.resource_id for one in place.placement.resources} if place.placement else set()
    if booking.practitioner_id is not None and place.placement:
        chosen.discard(place.placement.lead.resource_id)
    if booking.room_id is not None and place.placement and place.placement.room:
        chosen.discard(place.placement.room.resource_id)
    return bool(place.reasons) and all(
        reason.kind == ReasonKind.TAKEN and reason.resource_id in chosen and reason.field != "equipment_ids"
        for reason in place.reasons
    )


def _asked(session: Session, actor: Actor, booking: BookingInput) -> tuple[Asked, SlotWish]:
    find_visible(session, actor, booking.patient_id)
    service = get_service_row(session, booking.service_id)
    need = need_of(service, booking.duration_minutes)
    start = instant_typed(booking, actor)
    asked = Asked(service, booking.patient_id, Span(start, start + need.duration), need, actor.locale)
    return asked, SlotWish(
        service_id=booking.service_id,
        practitioner_ids=(booking.practitioner_id,) if booking.practitioner_id else (),
        room_id=booking.room_id,
        equipment_ids=booking.equipment_ids,
        duration_minutes=booking.duration_minutes,
    )


def _written(session: Session, actor: Actor, booking: BookingInput, place: Place) -> int:
    assert place.placement is not None
    asked, placement = place.asked, place.placement
    appointment = Appointment(
        number=next_number(session),
        patient_id=booking.patient_id,
        service_id=asked.service.key,
        department_id=asked.service.department_id,
        practitioner_id=placement.practitioner_id,
        room_id=placement.room.thing_id if placement.room else None,
        status=AppointmentStatus.BOOKED.value,
        source=AppointmentSource.DESK.value,
        starts_at=asked.visit.start,
        ends_at=asked.visit.end,
        preparation_minutes=asked.service.preparation_minutes,
        cleanup_minutes=asked.service.cleanup_minutes,
        reason=booking.reason,
        booked_at=clock.now(),
        booked_by_user_id=actor.user_id,
        override_reason=booking.override_reason if place.is_overriding else None,
    )
    if place.number:
        lead = placement.lead.resource_id
        appointment.session_id, appointment.token_number = take_number(session, place.number, lead)
    add_row(session, actor, appointment, SchedulingAction.APPOINTMENT_BOOKED)
    if not place.number:
        keys = [one.resource_id for one in placement.resources]
        reserve(session, appointment, keys, overridden=place.overridden)
    record_change(session, actor, appointment, ChangeKind.BOOKED, reason=booking.override_reason)
    return appointment.key
