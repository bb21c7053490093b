"""The rows that hold time: one for each resource of an appointment, and one for its patient."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.scheduling.rules.slots import Need
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.tables import Appointment, AppointmentChange, Reservation
from hms_app.domain.scheduling.values.words import ChangeKind

T = TypeVar("T")

OVERLAPS: Final = "23P01"
DEADLOCK: Final = "40P01"
"""PostgreSQL's exclusion_violation and deadlock_detected: between two bookings of one time they mean the same."""


class JustTaken(Exception):
    """Somebody else got the time between the look and the write; whoever asked is told what is free instead."""


def need_of_appointment(appointment: Appointment) -> Need:
    """The time that an appointment takes, as it was booked."""
    return Need(
        appointment.ends_at - appointment.starts_at,
        dt.timedelta(minutes=appointment.preparation_minutes),
        dt.timedelta(minutes=appointment.cleanup_minutes),
    )


def reserve(
    session: Session,
    appointment: Appointment,
    resource_ids: Collection[int],
    *,
    overridden: Collection[int] = (),
) -> None:
    """Hold the appointment's time of its resources and its patient; it holds none before.

    Of those in `overridden` somebody else has the time too, for the appointment's reason.
    """
    visit = Span(appointment.starts_at, appointment.ends_at)
    taken = need_of_appointment(appointment).taken(visit)
    rows = [
        {
            "appointment_id": appointment.key,
            "resource_id": resource_id,
            "patient_id": None,
            "during": _range(taken),
            "override_reason": appointment.override_reason if resource_id in overridden else None,
        }
        for resource_id in resource_ids
    ]
    patients = {
        "appointment_id": appointment.key,
        "resource_id": None,
        "patient_id": appointment.patient_id,
        "during": _range(visit),
        "override_reason": None,
    }
    session.execute(sa.insert(Reservation).values([*rows, patients]))


def reserved_of(session: Session, appointment_id: int) -> list[int]:
    """The resources that an appointment holds, in order."""
    found = session.execute(
        sa.select(col(Reservation.resource_id))
        .where(col(Reservation.appointment_id) == appointment_id, col(Reservation.resource_id).is_not(None))
        .order_by(col(Reservation.resource_id))
    )
    return list(found.scalars())


def unless_just_taken(session: Session, work: Callable[[], T]) -> T:
    """Do the work in a savepoint; raises JustTaken when the database finds the time taken, or breaks a circle."""
    try:
        with session.begin_nested():
            return work()
    except DBAPIError as error:
        if str(getattr(error.orig, "sqlstate", "")) in {OVERLAPS, DEADLOCK}:
            raise JustTaken from error
        raise


@dataclass(frozen=True)
class Before:
    """Where an appointment stood before it was moved."""

    status: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    practitioner_id: int | None = None
    room_id: int | None = None

    @classmethod
    def of(cls, appointment: Appointment) -> "Before":
        """As it stands now."""
        return cls(
            appointment.status,
            appointment.starts_at,
            appointment.ends_at,
            appointment.practitioner_id,
            appointment.room_id,
        )


def record_change(
    session: Session,
    actor: Actor,
    appointment: Appointment,
    kind: ChangeKind,
    *,
    before: Before | None = None,
    reason: str = "",
) -> None:
    """A step of the appointment's history: where it stood `before` and stands now."""
    old = before or Before()
    session.add(
        AppointmentChange(
            appointment_id=appointment.key,
            kind=kind.value,
            at=clock.now(),
            by_user_id=actor.user_id,
            by_name=actor.name,
            from_status=old.status,
            to_status=appointment.status,
            from_starts_at=old.starts_at,
            to_starts_at=appointment.starts_at,
            from_ends_at=old.ends_at,
            to_ends_at=appointment.ends_at,
            from_practitioner_id=old.practitioner_id,
            to_practitioner_id=appointment.practitioner_id,
            from_room_id=old.room_id,
            to_room_id=appointment.room_id,
            reason=reason,
        )
    )
    session.flush()


def _range(span: Span) -> Range[dt.datetime]:
    return Range(span.start, span.end, bounds="[)")
