"""The appointments that stand in time which is taken away."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.domain.scheduling.rules.exceptions import hits, reach
from hms_app.domain.scheduling.rules.hours import Exceptional
from hms_app.domain.scheduling.rules.spans import Span
from hms_app.domain.scheduling.tables import Appointment, HealthcareService, Reservation, Resource
from hms_app.domain.scheduling.values.schedules import HitAppointment
from hms_app.domain.scheduling.values.words import HOLDING_TIME, ExceptionKind

MOST_HITS: Final = 2000


def appointments_hit(
    session: Session, actor: Actor, item: Exceptional, *, resource_id: int | None
) -> list[HitAppointment]:
    """The appointments that an exception hits, in order: of a resource, of a department, or of the whole house.

    They are told by number, time and service, without their patients; at most `MOST_HITS`.
    """
    if item.kind == ExceptionKind.EXTRA:
        return []
    zone = actor.locale.zone
    span = reach(item, zone)
    found = session.execute(
        sa.select(
            col(Appointment.id),
            col(Appointment.number),
            col(Appointment.starts_at),
            col(Appointment.ends_at),
            col(HealthcareService.name),
        )
        .join(HealthcareService, col(HealthcareService.id) == col(Appointment.service_id))
        .where(
            col(Appointment.status).in_([status.value for status in HOLDING_TIME]),
            col(Appointment.starts_at) < span.end,
            col(Appointment.ends_at) > span.start,
            *_of(session, resource_id, item.department_id),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(MOST_HITS)
    )
    return [
        HitAppointment(appointment_id, number, start, service)
        for appointment_id, number, start, end, service in found
        if hits(item, Span(start, end), zone)
    ]


def _of(session: Session, resource_id: int | None, department_id: int | None) -> tuple[Any, ...]:
    """What narrows to a resource or a department."""
    if resource_id is None:
        return () if department_id is None else (col(Appointment.department_id) == department_id,)
    resource = session.get_one(Resource, resource_id)
    if resource.practitioner_id is not None:
        return (col(Appointment.practitioner_id) == resource.practitioner_id,)
    if resource.room_id is not None:
        return (col(Appointment.room_id) == resource.room_id,)
    reserved = sa.select(col(Reservation.appointment_id)).where(col(Reservation.resource_id) == resource_id)
    return (col(Appointment.id).in_(reserved),)
