"""Appointments and queues of today for tests: rows as booking leaves them."""

import datetime as dt
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session

from hms_app.core import clock
from hms_app.domain.scheduling.service import queues
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import Appointment, HealthcareService, Reservation
from hms_app.domain.scheduling.values.queues import QueueInput, QueueRow
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.organization import SYSTEM, make_department, make_hospital, make_practitioner
from tests.factories.patients import make_patient

_numbers = count(900_001)
HALF_AN_HOUR: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Clinic:
    """A house with one practitioner of one department, and one service."""

    department_id: int
    practitioner_id: int
    service_id: int


def make_clinic(session: Session) -> Clinic:
    """A hospital in Berlin: Dr Ada Okafor of Cardiology, and a consultation of 20 minutes."""
    make_hospital(session)
    department = make_department(session)
    practitioner = make_practitioner(session, department_id=department.id)
    service = make_service(session, department_id=department.id)
    return Clinic(department.id, practitioner.id, service.key)


def make_service(session: Session, **overrides: Any) -> HealthcareService:
    """A flushed service: a consultation of 20 minutes unless overridden."""
    service = HealthcareService(
        **{"name": "Consultation", "name_key": "consultation", "duration_minutes": 20, **overrides}
    )
    session.add(service)
    session.flush()
    return service


def put_appointment(session: Session, clinic: Clinic, **overrides: Any) -> Appointment:
    """A flushed appointment as booking leaves it: now, with the clinic's practitioner, for a new patient."""
    starts_at = overrides.pop("starts_at", clock.now())
    fields: dict[str, Any] = {
        "number": str(next(_numbers)),
        "service_id": clinic.service_id,
        "department_id": clinic.department_id,
        "practitioner_id": clinic.practitioner_id,
        "starts_at": starts_at,
        "ends_at": starts_at + HALF_AN_HOUR,
        "booked_at": clock.now(),
    } | overrides
    if "patient_id" not in fields:
        fields["patient_id"] = make_patient(session).key
    appointment = Appointment(**fields)
    session.add(appointment)
    session.flush()
    during = Range(appointment.starts_at, appointment.ends_at)
    session.add(Reservation(appointment_id=appointment.key, patient_id=appointment.patient_id, during=during))
    if appointment.practitioner_id is not None:
        held = resource_of(session, ResourceKind.PRACTITIONER, appointment.practitioner_id)
        session.add(
            Reservation(
                appointment_id=appointment.key, resource_id=held, during=during, override_reason="A test"
            )
        )
    session.flush()
    return appointment


def make_queue(session: Session, **overrides: Any) -> QueueRow:
    """A queue; of the practitioner, service or department that is named."""
    kind = next(name for name in ("practitioner", "service", "department") if f"{name}_id" in overrides)
    request = QueueInput.from_form({"name": "Waiting room", "kind": kind, **overrides})
    return queues.add_queue(session, SYSTEM, request=request)
