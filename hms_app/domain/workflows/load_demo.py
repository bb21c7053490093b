"""The demo hospital: a house, a person for every role, and invented patients.

Each step is a transaction of its own and is left out when it was done before, so that a broken start goes on
where it stopped; the patients' files are read chunk by chunk anyway.
"""

from pathlib import Path
from typing import Final, TypedDict

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.db import in_transaction
from hms_app.core.errors import DatabaseAway
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.clinical.tables import Encounter
from hms_app.domain.interop.service.synthea import OnProgress, import_synthea
from hms_app.domain.jobs.errors import StopWorking
from hms_app.domain.jobs.service import Run
from hms_app.domain.organization import queries as house
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.tables import Department, Practitioner
from hms_app.domain.organization.values import (
    DepartmentInput,
    HospitalInput,
    PractitionerInput,
    RoomInput,
    RoomKind,
)
from hms_app.domain.patients.tables import Patient
from hms_app.domain.security import service as security
from hms_app.domain.security.tables import AppUser, Role
from hms_app.domain.security.values import AdministratorInput, InviteInput, UserEdit
from hms_app.domain.workflows.demo_calendar import open_calendar
from hms_app.domain.workflows.demo_day import fill_today
from hms_app.domain.workflows.link_sign_ins import turn

DEMO_FILES: Final = Path(__file__).parents[2] / "demo_data" / "synthea"
DEMO_PASSWORD: Final = "seven teal kettles hum by noon"  # noqa: S105  (shown to everyone, in demo mode only)
DEMO_HOSPITAL: Final = HospitalInput(
    name="Riverside Demo Hospital",
    address_line="1 Ferry Lane",
    city="Attleboro",
    region="MA",
    postal_code="02703",
    country="US",
    phone="+1 508 555 0100",
    email="desk@riverside.example",
    currency="USD",
    zone_name="America/New_York",
    language="en",
)
DEMO_LOCALE: Final = DEMO_HOSPITAL.locale

_PEOPLE: Final = (
    ("administrator", "Alex Morgan"),
    ("manager", "Morgan Blake"),
    ("doctor", "Sam Rivera"),
    ("nurse", "Noa Lindqvist"),
    ("receptionist", "Robin Okafor"),
    ("cashier", "Casey Tanaka"),
    ("accountant", "Jamie Novak"),
    ("storekeeper", "Kim Duarte"),
    ("pharmacist", "Charlie Haddad"),
    ("privacy_officer", "Taylor Brandt"),
    ("patient", "Pat Winters"),
)
_DEPARTMENTS: Final = (
    ("General medicine", "GEN", (("G 1", RoomKind.CONSULTATION), ("G 2", RoomKind.CONSULTATION))),
    ("Emergency", "ER", (("E 1", RoomKind.TREATMENT), ("E 2", RoomKind.TREATMENT))),
    ("Cardiology", "CARD", (("C 1", RoomKind.CONSULTATION), ("C 2", RoomKind.TREATMENT))),
    ("Radiology", "RAD", (("X-ray", RoomKind.IMAGING), ("CT", RoomKind.IMAGING))),
    ("Surgery", "SURG", (("Theatre 1", RoomKind.OPERATING), ("Ward 3", RoomKind.WARD))),
    ("Laboratory", "LAB", (("Laboratory", RoomKind.LABORATORY),)),
)


class DemoSignIn(TypedDict):
    """A sign-in of the demo hospital, as the terminal and the sign-in page list it."""

    id: str
    role: str
    email: str
    password: str


def demo_sign_ins() -> list[DemoSignIn]:
    """One sign-in for every role; they exist in a demo hospital only."""
    return [
        DemoSignIn(
            id=code, role=code.replace("_", " ").capitalize(), email=_email(code), password=DEMO_PASSWORD
        )
        for code, _name in _PEOPLE
    ]


def prepare_demo_hospital(*, on_progress: OnProgress | None = None) -> None:
    """Make the whole demo hospital in the bound database, or what is missing of it.

    Only for a database that holds nothing else: it gives every role a sign-in whose password everybody knows.
    """
    actor = Actor.system("demo", DEMO_LOCALE)
    in_transaction(lambda session: _found(session, actor))
    load_demo(actor, on_progress=on_progress)
    in_transaction(lambda session: _link(session, actor))
    in_transaction(lambda session: open_calendar(session, actor))
    in_transaction(lambda session: fill_today(session, actor))


def load_demo(actor: Actor, *, on_progress: OnProgress | None = None) -> None:
    """Add the demo's departments, rooms and patients to a hospital, without any sign-in.

    Opens its own transactions; a second run adds nothing.
    """
    ensure_allowed(actor, Permission.INTEROP_IMPORT_RUN)
    in_transaction(lambda session: _furnish(session, actor))
    if not in_transaction(_has_patients):
        import_synthea(DEMO_FILES, actor, on_progress=on_progress)


def work_on_demo(run: Run) -> None:
    """Load the demo for somebody who asked for it, and tell them behind the bell how it ended."""
    actor = Actor.system("demo", in_transaction(house.hospital_locale))
    try:
        load_demo(actor, on_progress=lambda step: run.moved(step.file, step.bytes_read, step.bytes_total))
        in_transaction(lambda session: open_calendar(session, actor))
    except (StopWorking, DatabaseAway):
        raise
    except Exception:
        title = "The demo patients could not be loaded"
        _tell(actor, run.asked_by_user_id, title, "Run hms.py import synthea to try again.")
        raise
    _tell(
        actor, run.asked_by_user_id, "The demo patients are there", "27 invented patients with their history."
    )


def _tell(actor: Actor, user_id: int | None, title: str, body: str) -> None:
    if user_id is None:
        return
    in_transaction(lambda session: security.notify(session, user_id, title, body, link="/patients"))


def _found(session: Session, actor: Actor) -> None:
    if house.is_founded(session):
        return
    organization.found_hospital(session, actor, request=DEMO_HOSPITAL)
    name = dict(_PEOPLE)["administrator"]
    request = AdministratorInput(name=name, email=_email("administrator"), password=DEMO_PASSWORD)
    security.make_first_administrator(session, request=request, locale=DEMO_LOCALE)
    roles = {role.code: role.key for role in session.exec(select(Role))}
    for code, person in _PEOPLE[1:]:
        invited = security.invite_user(
            session, actor, request=InviteInput(name=person, email=_email(code), role_id=roles[code])
        )
        security.accept_invitation(
            session, token=invited.token, password=DEMO_PASSWORD, ip_address=actor.ip_address
        )


def _furnish(session: Session, actor: Actor) -> None:
    known = set(session.exec(select(Department.code)))
    for name, code, rooms in _DEPARTMENTS:
        if code in known:
            continue
        department = organization.add_department(
            session, actor, request=DepartmentInput(name=name, code=code)
        )
        for room, kind in rooms:
            request = RoomInput(name=room, kind=kind, department_id=department.id)
            organization.add_room(session, actor, request=request)


def _link(session: Session, actor: Actor) -> None:
    """The doctor becomes the practitioner with the most visits, the patient a living person with a history."""
    doctor, patient = _user(session, "doctor"), _user(session, "patient")
    if house.find_user_practitioner(session, user_id=doctor.key) is None:
        _link_doctor(session, actor, doctor)
    record = _record_with_history(session)
    if patient.patient_id is None and record is not None:
        name = f"{record.given_names} {record.family_name}"
        request = UserEdit(name=name, email=patient.email, version=patient.version)
        security.edit_user(session, actor, user_id=patient.key, request=request)
        turn(session, actor, patient, record.key)


def _link_doctor(session: Session, actor: Actor, doctor: AppUser) -> None:
    busiest = session.exec(
        select(Practitioner)
        .join(Encounter, col(Encounter.practitioner_id) == col(Practitioner.id))
        .group_by(col(Practitioner.id))
        .order_by(sa.func.count().desc(), col(Practitioner.id))
        .limit(1)
    ).first()
    if busiest is None:
        return
    department = session.exec(select(Department.id).where(Department.code == "GEN")).one()
    request = PractitionerInput(
        prefix="Dr",
        given_names=busiest.given_names,
        family_name=busiest.family_name,
        specialty=busiest.specialty,
        registration_number="RD-1001",
        department_id=department,
        user_id=doctor.key,
    )
    organization.change_practitioner(
        session, actor, practitioner_id=busiest.key, version=busiest.version, request=request
    )
    name = f"Dr {busiest.given_names} {busiest.family_name}"
    edit = UserEdit(name=name, email=doctor.email, version=doctor.version)
    security.edit_user(session, actor, user_id=doctor.key, request=edit)


def _record_with_history(session: Session) -> Patient | None:
    return session.exec(
        select(Patient)
        .join(Encounter, col(Encounter.patient_id) == col(Patient.id))
        .where(col(Patient.deceased_at).is_(None))
        .group_by(col(Patient.id))
        .order_by(sa.func.count().desc(), col(Patient.id))
        .limit(1)
    ).first()


def _has_patients(session: Session) -> bool:
    return session.exec(select(Patient.id).limit(1)).first() is not None


def _user(session: Session, code: str) -> AppUser:
    return session.exec(select(AppUser).where(AppUser.email == _email(code))).one()


def _email(code: str) -> str:
    return f"{code.replace('_', '.')}@riverside.example"
