"""Rows of the organization for tests, made through the use cases."""

from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.domain.organization import service
from hms_app.domain.organization.values import (
    DepartmentInput,
    DepartmentRow,
    HospitalInput,
    HospitalRow,
    PayerInput,
    PayerRow,
    PractitionerInput,
    PractitionerRow,
    RoomInput,
    RoomRow,
)

SYSTEM = Actor.system("tests")


def make_hospital(session: Session, **overrides: Any) -> HospitalRow:
    """The hospital, in Berlin, paid in euros."""
    fields = {
        "name": "St Mary",
        "currency": "EUR",
        "zone_name": "Europe/Berlin",
        "language": "en",
        **overrides,
    }
    return service.found_hospital(session, SYSTEM, request=HospitalInput.from_form(fields))


def make_department(session: Session, **overrides: Any) -> DepartmentRow:
    """An open department, by default Cardiology (CARD)."""
    fields = {"name": "Cardiology", "code": "CARD", **overrides}
    return service.add_department(session, SYSTEM, request=DepartmentInput.from_form(fields))


def make_room(session: Session, *, department_id: int, **overrides: Any) -> RoomRow:
    """A consultation room of a department."""
    fields = {"name": "Room 1", "kind": "consultation", "department_id": department_id, **overrides}
    return service.add_room(session, SYSTEM, request=RoomInput.from_form(fields))


def make_practitioner(session: Session, **overrides: Any) -> PractitionerRow:
    """A practitioner, by default Dr Ada Okafor."""
    fields = {"prefix": "Dr", "given_names": "Ada", "family_name": "Okafor", **overrides}
    return service.add_practitioner(session, SYSTEM, request=PractitionerInput.from_form(fields))


def make_payer(session: Session, **overrides: Any) -> PayerRow:
    """A payer, by default the public Kasse Nord."""
    fields = {"name": "Kasse Nord", "kind": "public", **overrides}
    return service.add_payer(session, SYSTEM, request=PayerInput.from_form(fields))
