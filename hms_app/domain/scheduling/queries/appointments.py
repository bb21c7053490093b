"""Appointments: one, a patient's, a page of the list, and all of some days for the calendar."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.organization.rules import display_name
from hms_app.domain.organization.tables import Department, Practitioner, Room
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.tables import Appointment, HealthcareService
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import AppointmentSource, AppointmentStatus

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
