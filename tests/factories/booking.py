"""A small clinic to book in, and bookings as a form sends them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.domain.scheduling.service.resources import resource_of
from hms_app.domain.scheduling.tables import HealthcareService, Resource, ServiceResource
from hms_app.domain.scheduling.values.booking import BookingInput, MoveInput
from hms_app.domain.scheduling.values.words import ResourceKind
from tests.factories.organization import make_department, make_practitioner, make_room
from tests.factories.patients import make_patient
from tests.factories.scheduling import put_schedule

BERLIN = HospitalLocale("Europe/Berlin", "EUR", "en", "DE")
DESK = Actor.system("desk", BERLIN)
MONDAY = "2026-11-30"
"""The first working day after the tests' now, Saturday 28 November 2026."""
WEEKDAYS = tuple(f"{day} 08:00-17:00" for day in range(1, 6))


def may(*permissions: Permission, locale: HospitalLocale = BERLIN) -> Actor:
    """Somebody with just these rights."""
    return Actor(None, "Some Body", frozenset(permissions), locale=locale)


@dataclass
class Clinic:
    """A department with practitioners who offer a service, and perhaps rooms for it."""

    session: Session
    department_id: int
    service_id: int
    practitioners: list[int]
    resources: list[int]
    rooms: list[int]
    patient_id: int
    locale: HospitalLocale = BERLIN

    @property
    def desk(self) -> Actor:
        """Somebody who may do everything here."""
        return replace(DESK, locale=self.locale)

    def booking(self, at: str, **overrides: Any) -> BookingInput:
        """A booking at "2026-11-30 10:00", of the first patient with the first practitioner unless overridden."""
        day, time = at.split()
        fields: dict[str, Any] = {
            "key": str(uuid4()),
            "patient_id": self.patient_id,
            "service_id": self.service_id,
            "practitioner_id": self.practitioners[0] if self.practitioners else None,
            "day": day,
            "time": time,
        } | overrides
        return BookingInput.from_form(fields)

    def patient(self, **overrides: Any) -> int:
        """Another patient."""
        return make_patient(self.session, **overrides).key


def move_to(at: str, **overrides: Any) -> MoveInput:
    """A move to "2026-11-30 10:00"."""
    day, time = at.split()
    return MoveInput.from_form({"day": day, "time": time, **overrides})


def put_service(session: Session, resources: Sequence[int] = (), **overrides: Any) -> int:
    """A service as a row, half an hour long unless overridden, of these resources."""
    fields: dict[str, Any] = {"name": "Consultation", "duration_minutes": 30} | overrides
    service = HealthcareService(**fields, name_key=fold(fields["name"]))
    session.add(service)
    session.flush()
    for resource_id in resources:
        session.add(ServiceResource(service_id=service.key, resource_id=resource_id))
    session.flush()
    return service.key


def put_equipment(session: Session, name: str) -> int:
    """A piece of equipment as a row."""
    row = Resource(kind=ResourceKind.EQUIPMENT.value, name=name, name_key=fold(name))
    session.add(row)
    session.flush()
    return row.key


def make_clinic(
    session: Session,
    *,
    practitioners: int = 1,
    rooms: int = 0,
    windows: Sequence[str] = WEEKDAYS,
    locale: HospitalLocale = BERLIN,
    schedule: dict[str, Any] | None = None,
    **service: Any,
) -> Clinic:
    """A clinic with doctors A, B, C ... and rooms 1, 2, 3 ..., Monday to Friday, 8 to 17, in steps of 15 minutes."""
    department = make_department(session)
    doctors = [
        make_practitioner(session, family_name=f"Okafor {_letters(n)}", department_id=department.id).id
        for n in range(practitioners)
    ]
    places = [make_room(session, department_id=department.id, name=f"Room {n + 1}").id for n in range(rooms)]
    resources = [resource_of(session, ResourceKind.PRACTITIONER, doctor) for doctor in doctors]
    room_resources = [resource_of(session, ResourceKind.ROOM, place) for place in places]
    for resource_id in resources:
        put_schedule(session, resource_id, windows, **(schedule or {}))
    service_id = put_service(
        session,
        [*resources, *room_resources],
        **{"needs_room": bool(rooms), "department_id": department.id, **service},
    )
    patient = make_patient(session)
    return Clinic(session, department.id, service_id, doctors, resources, places, patient.key, locale)


def _letters(number: int) -> str:
    """A, B ... Z, AA, AB ..."""
    more = _letters(number // 26 - 1) if number >= 26 else ""
    return f"{more}{chr(65 + number % 26)}"


def at(text: str, locale: HospitalLocale = BERLIN) -> dt.datetime:
    """The instant of "2026-11-30 10:00" on the hospital's clocks."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=locale.zone).astimezone(dt.UTC)
