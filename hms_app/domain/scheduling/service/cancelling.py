"""How an appointment ends before its visit, and how that is undone: each step with its right, its reason kept."""

import datetime as dt
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import AnyOf, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.records.rules import given_reason
from hms_app.domain.scheduling.errors import BookingRefused, NotInThatState, NotYet
from hms_app.domain.scheduling.queries.appointments import get_appointment_row, read_appointment
from hms_app.domain.scheduling.queries.bookables import get_service_row
from hms_app.domain.scheduling.queries.booking_facts import Asked
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.service.moving import wish_of
from hms_app.domain.scheduling.service.numbers import give_back, take_back
from hms_app.domain.scheduling.service.placing import Place, find_place, just_taken, refusal
from hms_app.domain.scheduling.service.reservations import (
    JustTaken,
    need_of_appointment,
    reserve,
    unless_just_taken,
)
from hms_app.domain.scheduling.service.statuses import move_status
from hms_app.domain.scheduling.tables import Appointment
from hms_app.domain.scheduling.values.booking import ConflictKind, MoveInput, ReasonKind
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import APPOINTMENT_LIFE, AppointmentStatus

_S = AppointmentStatus
_CANCELS: Final = AnyOf(
    Permission.SCHEDULING_APPOINTMENT_BOOK,
    Permission.SCHEDULING_APPOINTMENT_CHECK_IN,
    Permission.SCHEDULING_APPOINTMENT_APPROVE,
    Permission.SCHEDULING_QUEUE_WORK,
)
_UNDOES: Final = AnyOf(Permission.SCHEDULING_APPOINTMENT_BOOK, Permission.SCHEDULING_APPOINTMENT_NO_SHOW)
_STILL_COUNTS: Final = frozenset(
    {ReasonKind.TAKEN, ReasonKind.PATIENT_BUSY, ReasonKind.LEAVE, ReasonKind.PATIENT_NOT_ACTIVE}
)
"""What stands against taking the same time again: it is not free, or nobody is there."""
EXPIRED_AT_ONCE: Final = 200


@use_case(_CANCELS)
def cancel_appointment(
    session: Session, actor: Actor, *, appointment_id: int, reason: str, version: int | None = None
) -> AppointmentRow:
    """Cancel an appointment, for a reason; its time is free at once.

    Of a proposed one this declines it; after arrival the patient left without being seen. Each wants the right of
    that step. Raises MoveRefused for what is over, DomainError without a reason, NotFound, Conflict, NotPermitted.
    """
    _visible(session, actor, appointment_id)
    held = cancel_one(session, actor, appointment_id, reason, version=version)
    return read_appointment(session, actor, held.key)


def cancel_one(
    session: Session, actor: Actor, appointment_id: int, reason: str, *, version: int | None = None
) -> Appointment:
    """The same for what has asked already who may know of the patient."""
    held = move_status(
        session, actor, appointment_id, _S.CANCELLED, reason=given_reason(reason), version=version
    )
    give_back(session, held)
    return held


@use_case(Permission.SCHEDULING_APPOINTMENT_APPROVE)
def approve_appointment(
    session: Session, actor: Actor, *, appointment_id: int, version: int | None = None
) -> AppointmentRow:
    """Book what was proposed; it has held its time so far. Raises NotInThatState, NotFound, Conflict."""
    appointment = _visible(session, actor, appointment_id)
    if appointment.status != _S.PROPOSED:
        raise NotInThatState("Only what was proposed is approved", _label(appointment))
    held = move_status(session, actor, appointment_id, _S.BOOKED, version=version)
    return read_appointment(session, actor, held.key)


@use_case(Permission.SCHEDULING_APPOINTMENT_NO_SHOW)
def mark_no_show(
    session: Session, actor: Actor, *, appointment_id: int, version: int | None = None
) -> AppointmentRow:
    """Say that the patient did not come. Raises NotYet before it begins, MoveRefused, NotFound, Conflict."""
    appointment = _visible(session, actor, appointment_id)
    if appointment.starts_at > clock.now():
        raise NotYet(actor.locale.moment(appointment.starts_at))
    held = move_status(session, actor, appointment_id, _S.NO_SHOW, version=version)
    give_back(session, held)
    return read_appointment(session, actor, held.key)


@use_case(_UNDOES)
def restore_appointment(
    session: Session, actor: Actor, *, appointment_id: int, version: int | None = None
) -> AppointmentRow:
    """Undo a cancellation or a no-show, while the time is free: it is booked again, at the same time.

    Raises BookingRefused with what stands in the way, NotInThatState for what is neither, SessionIsFull, NotPermitted.
    """
    appointment = _visible(session, actor, appointment_id)
    if appointment.status not in (_S.CANCELLED, _S.NO_SHOW):
        raise NotInThatState("Only what was cancelled or missed is booked again", _label(appointment))
    if appointment.session_id is not None:
        held = move_status(session, actor, appointment_id, _S.BOOKED, version=version)
        take_back(session, held)
    else:
        held = _booked_again(session, actor, appointment, version)
    return read_appointment(session, actor, held.key)


def expire_holds(session: Session, actor: Actor) -> int:
    """Let go of what was proposed and not answered in time; says how many. The hospital's own hand does it."""
    due = session.execute(
        sa.select(col(Appointment.id))
        .where(col(Appointment.status) == _S.PROPOSED.value, col(Appointment.expires_at) <= clock.now())
        .order_by(col(Appointment.id))
        .limit(EXPIRED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    keys = list(due.scalars())
    for key in keys:
        give_back(session, move_status(session, actor, key, _S.EXPIRED))
    return len(keys)


def _label(appointment: Appointment) -> str:
    return APPOINTMENT_LIFE.labels[_S(appointment.status)]


def _visible(session: Session, actor: Actor, appointment_id: int) -> Appointment:
    appointment = get_appointment_row(session, appointment_id)
    find_visible(session, actor, appointment.patient_id)
    return appointment


def _booked_again(
    session: Session, actor: Actor, appointment: Appointment, version: int | None
) -> Appointment:
    """The same time of the same practitioner and room, found free under their locks."""
    service = get_service_row(session, appointment.service_id)
    need = need_of_appointment(appointment)
    visit = Span(appointment.starts_at, appointment.ends_at)
    asked = Asked(service, appointment.patient_id, visit, need, actor.locale, moving_id=appointment.key)
    again = _same_time(actor, appointment)
    wish = wish_of(session, appointment, again, int(need.duration / dt.timedelta(minutes=1)))

    def booked() -> Appointment:
        place = find_place(session, actor, asked, wish, again).only(_STILL_COUNTS)
        if place.reasons:
            raise refusal(session, actor, place, wish)
        held = move_status(session, actor, appointment.key, _S.BOOKED, version=version)
        _reserve_again(session, held, place)
        return held

    try:
        return unless_just_taken(session, booked)
    except JustTaken:
        raise just_taken(session, actor, asked, wish) from None


def _same_time(actor: Actor, appointment: Appointment) -> MoveInput:
    local = actor.locale.local(appointment.starts_at)
    return MoveInput(
        day=local.date(),
        time=local.time(),
        practitioner_id=appointment.practitioner_id,
        room_id=appointment.room_id,
        override_reason=appointment.override_reason or "",
        confirmed=tuple(ConflictKind),
    )


def _reserve_again(session: Session, appointment: Appointment, place: Place) -> None:
    if place.placement is None:
        raise BookingRefused(place.reasons)
    keys = [one.resource_id for one in place.placement.resources]
    reserve(session, appointment, keys, overridden=place.overridden)
