"""Moving an appointment in time, length, practitioner or room: the row, its number and every link to it stay."""

import datetime as dt
from typing import Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.records.rules import LONGEST_REASON
from hms_app.domain.records.service import locked_row, save_row
from hms_app.domain.scheduling.errors import CannotBeMoved
from hms_app.domain.scheduling.queries.appointments import get_appointment_row, read_appointment
from hms_app.domain.scheduling.queries.bookables import bookables, get_service_row, need_of
from hms_app.domain.scheduling.queries.booking_facts import Asked
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.service.numbers import give_back, take_number
from hms_app.domain.scheduling.service.placing import (
    Place,
    find_place,
    instant_typed,
    just_taken,
    refusal,
)
from hms_app.domain.scheduling.service.reservations import (
    Before,
    JustTaken,
    record_change,
    reserve,
    reserved_of,
    unless_just_taken,
)
from hms_app.domain.scheduling.service.statuses import APPOINTMENTS, release_time
from hms_app.domain.scheduling.tables import Appointment
from hms_app.domain.scheduling.values.audited import SchedulingAction
from hms_app.domain.scheduling.values.booking import MoveInput, ReasonKind, SlotWish
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import (
    APPOINTMENT_LIFE,
    AppointmentStatus,
    ChangeKind,
    ResourceKind,
)

MOVABLE: Final = (AppointmentStatus.PROPOSED, AppointmentStatus.BOOKED)
_NOT_WHEN_MOVING: Final = frozenset({ReasonKind.SERVICE_CLOSED, ReasonKind.TOO_MANY_OPEN})
"""What forbids a new booking, and not that one which stands goes elsewhere."""


@use_case(Permission.SCHEDULING_APPOINTMENT_BOOK)
def move_appointment(
    session: Session, actor: Actor, *, appointment_id: int, move: MoveInput
) -> AppointmentRow:
    """Move an appointment, or make it longer or shorter; what stands against it is told as for a booking.

    It is in no conflict with itself. Without a practitioner it stays with the same. Raises BookingRefused,
    CannotBeMoved once the patient is here or it is over, Conflict, NotFound, and NotPermitted for an override.
    """
    return read_appointment(session, actor, move_one(session, actor, appointment_id, move).key)


def move_one(session: Session, actor: Actor, appointment_id: int, move: MoveInput) -> Appointment:
    """The same for what has asked already who may."""
    appointment = get_appointment_row(session, appointment_id)
    find_visible(session, actor, appointment.patient_id)
    if appointment.status not in MOVABLE:
        raise CannotBeMoved(APPOINTMENT_LIFE.labels[AppointmentStatus(appointment.status)])
    seen = appointment.version if move.version is None else move.version
    asked, wish = _asked(session, actor, appointment, move)

    def moved() -> Appointment:
        place = _without(find_place(session, actor, asked, wish, move), appointment)
        held = locked_row(session, actor, APPOINTMENTS, appointment_id, version=seen)
        if place.reasons or place.conflicts:
            raise refusal(session, actor, place, wish)
        return _written(session, actor, held, place, move)

    try:
        return unless_just_taken(session, moved)
    except JustTaken:
        raise just_taken(session, actor, asked, wish) from None


def _without(place: Place, appointment: Appointment) -> Place:
    """What stands against a move alone: one that keeps its start may have begun."""
    started = {ReasonKind.IN_THE_PAST} if place.asked.visit.start == appointment.starts_at else set()
    return place.without(_NOT_WHEN_MOVING | started)


def _asked(
    session: Session, actor: Actor, appointment: Appointment, move: MoveInput
) -> tuple[Asked, SlotWish]:
    service = get_service_row(session, appointment.service_id)
    minutes = move.duration_minutes or _minutes(appointment)
    need = need_of(service, minutes)
    start = instant_typed(move, actor)
    asked = Asked(
        service,
        appointment.patient_id,
        Span(start, start + need.duration),
        need,
        actor.locale,
        moving_id=appointment.key,
    )
    return asked, wish_of(session, appointment, move, minutes)


def wish_of(session: Session, appointment: Appointment, move: MoveInput, minutes: int) -> SlotWish:
    """What an appointment needs wherever it goes: with the same practitioner, in its room if that is free."""
    practitioner_id = move.practitioner_id or appointment.practitioner_id
    keeps_room = practitioner_id == appointment.practitioner_id and move.practitioner_id is None
    service = get_service_row(session, appointment.service_id)
    keeps_room = keeps_room and not service.needs_room
    return SlotWish(
        service_id=appointment.service_id,
        practitioner_ids=(practitioner_id,) if practitioner_id else (),
        room_id=move.room_id or (appointment.room_id if keeps_room else None),
        equipment_ids=move.equipment_ids or _equipment_of(session, appointment),
        duration_minutes=minutes,
        moving_id=appointment.key,
        likes_room_id=appointment.room_id,
    )


def _equipment_of(session: Session, appointment: Appointment) -> tuple[int, ...]:
    held = bookables(session, reserved_of(session, appointment.key))
    return tuple(one.resource_id for one in held if one.kind == ResourceKind.EQUIPMENT)


def _minutes(appointment: Appointment) -> int:
    if appointment.session_id is not None:
        return 0
    return int((appointment.ends_at - appointment.starts_at) / dt.timedelta(minutes=1))


def _written(
    session: Session, actor: Actor, appointment: Appointment, place: Place, move: MoveInput
) -> Appointment:
    if place.placement is None:
        raise DomainError("Choose with whom.", field="practitioner_id")
    before, placement = Before.of(appointment), place.placement
    give_back(session, appointment)
    release_time(session, appointment)
    number: tuple[int | None, int | None] = (None, None)
    if place.number:
        number = take_number(session, place.number, placement.lead.resource_id)
    reason = move.reason.strip()[:LONGEST_REASON]
    save_row(
        session,
        actor,
        appointment,
        SchedulingAction.APPOINTMENT_MOVED,
        reason=reason or None,
        starts_at=place.asked.visit.start,
        ends_at=place.asked.visit.end,
        practitioner_id=placement.practitioner_id,
        room_id=placement.room.thing_id if placement.room else None,
        preparation_minutes=place.asked.service.preparation_minutes,
        cleanup_minutes=place.asked.service.cleanup_minutes,
        session_id=number[0],
        token_number=number[1],
        override_reason=move.override_reason if place.is_overriding else None,
    )
    if not place.number:
        keys = [one.resource_id for one in placement.resources]
        reserve(session, appointment, keys, overridden=place.overridden)
    record_change(session, actor, appointment, ChangeKind.MOVED, before=before, reason=reason)
    return appointment
