"""Appointments as rows, and one with its history; `listing` finds many."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.tables import (
    Appointment,
    AppointmentChange,
    HealthcareService,
    Reservation,
    Resource,
)
from hms_app.domain.scheduling.values.rows import AppointmentChangeRow, AppointmentDetail, AppointmentRow
from hms_app.domain.scheduling.values.words import (
    AppointmentSource,
    AppointmentStatus,
    ChangeKind,
    ResourceKind,
)

_WHO: Final = (
    *(col(Patient.mrn), col(Patient.prefix), col(Patient.given_names), col(Patient.family_name)),
    *(col(Patient.suffix), col(Patient.is_restricted)),
)


def appointments_statement() -> Any:
    """Every appointment with the names that a row shows; `appointment_rows` makes rows of what it finds."""
    return (
        sa.select(
            Appointment,
            col(HealthcareService.name),
            col(HealthcareService.colour),
            sa.func.coalesce(col(Department.name), ""),
            sa.func.coalesce(col(Practitioner.prefix), ""),
            sa.func.coalesce(col(Practitioner.given_names), ""),
            sa.func.coalesce(col(Practitioner.family_name), ""),
            sa.func.coalesce(col(Room.name), ""),
            *_WHO,
        )
        .select_from(Appointment)
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .join(HealthcareService, col(HealthcareService.id) == col(Appointment.service_id))
        .outerjoin(Department, col(Department.id) == col(Appointment.department_id))
        .outerjoin(Practitioner, col(Practitioner.id) == col(Appointment.practitioner_id))
        .outerjoin(Room, col(Room.id) == col(Appointment.room_id))
    )


def read_appointment(session: Session, actor: Actor, appointment_id: int) -> AppointmentRow:
    """One appointment, for who has shown that they may see it; raises NotFound."""
    found = session.execute(appointments_statement().where(col(Appointment.id) == appointment_id)).first()
    if found is None:
        raise NotFound("appointment")
    return appointment_row(actor, found)


def get_appointment_row(session: Session, appointment_id: int) -> Appointment:
    """The row itself, for the domain's own writes; raises NotFound."""
    found = session.get(Appointment, appointment_id, populate_existing=True)
    if found is None:
        raise NotFound("appointment")
    return found


def appointment_row(actor: Actor, found: Sequence[Any]) -> AppointmentRow:
    """A row of `appointments_statement`, with the patient's name for who may know of them."""
    row, service, colour, department, prefix, given, family, room = found[:8]
    mrn, patient_prefix, patient_given, patient_family, suffix, is_restricted = found[8:14]
    knows = may_know(actor, row.patient_id, is_restricted=is_restricted)
    name = patient_rules.display_name(patient_prefix, patient_given, patient_family, suffix)
    return AppointmentRow(
        id=row.key,
        version=row.version,
        number=row.number,
        status=AppointmentStatus(row.status),
        source=AppointmentSource(row.source),
        patient_id=row.patient_id if knows else None,
        patient=name if knows else "",
        mrn=mrn if knows else "",
        service_id=row.service_id,
        service=service,
        colour=colour,
        department_id=row.department_id,
        department=department,
        practitioner_id=row.practitioner_id,
        practitioner=display_name(prefix, given, family),
        room_id=row.room_id,
        room=room,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        preparation_minutes=row.preparation_minutes,
        cleanup_minutes=row.cleanup_minutes,
        session_id=row.session_id,
        token_number=row.token_number,
        reason=row.reason if knows else "",
        booked_at=row.booked_at,
        arrived_at=row.arrived_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason if knows else "",
        is_unseen=row.is_unseen,
        override_reason=row.override_reason,
        expires_at=row.expires_at,
    )


def may_know(actor: Actor, patient_id: int, *, is_restricted: bool) -> bool:
    """Whether the actor may know of a patient: the rule of `patients.queries.visible_to`, asked of a row."""
    if actor.can(Permission.PATIENTS_PATIENT_READ):
        return not is_restricted or actor.can(Permission.PATIENTS_RESTRICTED_READ)
    return actor.patient_id == patient_id and actor.can(Permission.PORTAL_RECORD_READ)


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def get_appointment(session: Session, actor: Actor, *, appointment_id: int) -> AppointmentDetail:
    """One appointment with what it reserves and its history; a look at the patient's record.

    Raises NotFound, also for one of a patient whom the actor may not know of.
    """
    row = read_appointment(session, actor, appointment_id)
    if row.patient_id is None:
        raise NotFound("appointment")
    audit.record_access(session, actor, patient_id=row.patient_id, what="appointment")
    equipment = tuple(_equipment(session, appointment_id))
    return AppointmentDetail(replace(row, equipment=equipment), tuple(_history(session, appointment_id)))


def _equipment(session: Session, appointment_id: int) -> Iterable[str]:
    found = session.execute(
        sa.select(col(Resource.name))
        .join(Reservation, col(Reservation.resource_id) == col(Resource.id))
        .where(
            col(Reservation.appointment_id) == appointment_id,
            col(Resource.kind) == ResourceKind.EQUIPMENT.value,
        )
        .order_by(col(Resource.name_key))
    )
    return found.scalars()


def _history(session: Session, appointment_id: int) -> list[AppointmentChangeRow]:
    was, now = aliased(Practitioner), aliased(Practitioner)
    old_room, new_room = aliased(Room), aliased(Room)
    found = session.execute(
        sa.select(AppointmentChange, was, now, col(old_room.name), col(new_room.name))
        .outerjoin(was, col(was.id) == col(AppointmentChange.from_practitioner_id))
        .outerjoin(now, col(now.id) == col(AppointmentChange.to_practitioner_id))
        .outerjoin(old_room, col(old_room.id) == col(AppointmentChange.from_room_id))
        .outerjoin(new_room, col(new_room.id) == col(AppointmentChange.to_room_id))
        .where(col(AppointmentChange.appointment_id) == appointment_id)
        .order_by(col(AppointmentChange.id))
    )
    return [
        AppointmentChangeRow(
            kind=ChangeKind(step.kind),
            at=step.at,
            by=step.by_name,
            from_status=step.from_status,
            to_status=step.to_status,
            from_starts_at=step.from_starts_at,
            to_starts_at=step.to_starts_at,
            from_ends_at=step.from_ends_at,
            to_ends_at=step.to_ends_at,
            from_practitioner=_name(before),
            to_practitioner=_name(after),
            from_room=from_room or "",
            to_room=to_room or "",
            reason=step.reason,
        )
        for step, before, after, from_room, to_room in found
    ]


def _name(who: Practitioner | None) -> str:
    return display_name(who.prefix, who.given_names, who.family_name) if who else ""
