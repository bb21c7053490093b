"""A small hospital to attack: something in every list, and one record that hardly anybody may know of."""

from dataclasses import dataclass
from decimal import Decimal
from secrets import token_hex
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.duplicates.tables import PatientDuplicate
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.jobs.tables import Job
from hms_app.domain.jobs.values import TRIMMING
from hms_app.domain.organization.tables import Department
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security.rules.default_roles import DEFAULT_ROLES
from tests.factories.catalogue import make_item
from tests.factories.clinical import ALL_KINDS, make_measurement, make_record
from tests.factories.organization import make_department, make_payer, make_practitioner, make_room
from tests.factories.patients import make_consent, make_patient
from tests.factories.queues import Clinic, make_queue, put_appointment
from tests.factories.scheduling import make_equipment, make_service
from tests.security.people import signed_in

STAFF = tuple(role.code for role in DEFAULT_ROLES if role.code != "patient")
SECRET = "Zeplinskaja"
"""In every name and entry of the restricted record, and nowhere else."""
SYSTEM = Actor.system("tests")


@dataclass(frozen=True)
class House:
    """The keys of what was made; `mark` is in the open records and in the house's names, and nowhere else."""

    mark: str
    patient_id: int
    restricted_id: int
    department_id: str
    everything: str
    """A session that holds every permission of the staff."""


def furnish(session: Session) -> House:
    """Put something into every list, and commit it."""
    mark = uuid4().hex[:8].upper()
    open_department = make_department(session, name=f"Cardiology {mark}", code=mark)
    closed = make_department(session, name=f"Closed {mark}", code=f"C{mark}")
    for number in range(3):
        make_room(session, name=f"Room {mark} {number}", department_id=open_department.id)
        doctor = make_practitioner(
            session, family_name=f"Okafor {mark} {number}", department_id=open_department.id
        )
        make_payer(session, name=f"Kasse {mark} {number}")
        make_item(session, name=f"Consultation {mark} {number}", code=f"{mark}-{number}")
        service = make_service(session, name=f"Visit {mark} {number}", department_id=open_department.id)
        make_equipment(session, name=f"Ultrasound {mark} {number}", department_id=open_department.id)
        make_queue(session, name=f"Queue {mark} {number}", practitioner_id=doctor.id)
    _close(session, closed.id)
    contacts: dict[str, Any] = {"phones": ("+1 508 555 0101",), "identifiers": (f"ID-{mark}",)}
    patient = make_patient(session, family_name=f"Berg {mark}", **contacts)
    mario = make_patient(session, family_name=f"Berg {mark}", given_names="Mario", sex_at_birth="male")
    session.add(_alike(patient, mario))
    restricted = make_patient(
        session,
        family_name=SECRET,
        given_names=SECRET,
        preferred_name=SECRET,
        is_restricted=True,
        phones=("+1 508 555 0102",),
        identifiers=(f"{SECRET}-1",),
    )
    for kind in ALL_KINDS:
        make_record(session, kind, patient)
        make_record(session, kind, restricted, display=SECRET)
    for one in (patient, restricted):
        make_measurement(session, one, "8480-6", "120", display=SECRET if one is restricted else "Systolic")
        make_consent(session, one)
        reason = SECRET if one is restricted else "cough"
        put_appointment(
            session, Clinic(open_department.id, doctor.id, service.id), patient_id=one.key, reason=reason
        )
    _send_file(session)
    session.add(Job(kind=TRIMMING.name, asked_by="tests", due_at=clock.now(), created_at=clock.now()))
    session.commit()
    with db.transaction() as own:
        audit.record(own, SYSTEM, AuditAction.TRAIL_EXPORTED, Patient, patient_id=patient.key)
    everything = signed_in(session, role="administrator", also=STAFF, is_fresh=True)
    return House(mark, patient.key, restricted.key, str(open_department.id), everything)


def _alike(first: Patient, second: Patient) -> PatientDuplicate:
    return PatientDuplicate(
        first_id=first.key,
        second_id=second.key,
        weight=Decimal(30),
        found_at=clock.now(),
        reasons=["same name"],
    )


def _send_file(session: Session) -> None:
    stored = StoredFile(
        storage_key=token_hex(24), sha256="0" * 64, size_bytes=1, media_type="text/csv", original_name="a.csv"
    )
    session.add(stored)
    session.flush()
    session.add(
        ImportJob(kind="patient_list", file_id=stored.key, started_by="tests", created_at=clock.now())
    )


def _close(session: Session, department_id: int) -> None:
    department = session.get(Department, department_id)
    assert department is not None
    department.is_active = False
    session.add(department)
