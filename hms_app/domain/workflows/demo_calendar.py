"""The demo's appointments desk: practitioners of the house, services, hours, a leave, and public holidays."""

import datetime as dt
from typing import Final

from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.tables import Department
from hms_app.domain.organization.values import PractitionerInput
from hms_app.domain.scheduling.queries.public_holidays import list_public_holidays
from hms_app.domain.scheduling.service.exceptions import add_exception, add_public_holidays
from hms_app.domain.scheduling.tables import HealthcareService
from hms_app.domain.scheduling.values.clinics import ClinicKind
from hms_app.domain.scheduling.values.schedules import ExceptionInput, Whose
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.domain.workflows.start_clinic import start_clinic

_PRACTITIONERS: Final = (
    ("Dr", "Ines", "Okafor", "Cardiology", "CARD"),
    ("Dr", "Jonas", "Lindqvist", "General medicine", "GEN"),
    ("Dr", "Nia", "Mensah", "Surgery", "SURG"),
)


def open_calendar(session: Session, actor: Actor) -> None:
    """Make it all, unless there is a service already."""
    if session.exec(select(HealthcareService.id).limit(1)).first() is not None:
        return
    practitioners = [_practitioner(session, actor, *one) for one in _PRACTITIONERS]
    start_clinic(session, actor, kind=ClinicKind.POLYCLINIC)
    _add_leave(session, actor, practitioners[-1])
    for year in (actor.locale.today().year, actor.locale.today().year + 1):
        _add_holidays(session, actor, year)


def _practitioner(
    session: Session, actor: Actor, prefix: str, given_names: str, family_name: str, specialty: str, code: str
) -> int:
    department_id = session.exec(select(Department.id).where(Department.code == code)).one()
    request = PractitionerInput(
        prefix=prefix,
        given_names=given_names,
        family_name=family_name,
        specialty=specialty,
        department_id=department_id,
    )
    return organization.add_practitioner(session, actor, request=request).id


def _add_leave(session: Session, actor: Actor, practitioner_id: int) -> None:
    """A week off, from the Monday after next."""
    today = actor.locale.today()
    monday = today + dt.timedelta(days=15 - today.isoweekday())
    request = ExceptionInput(starts_on=monday, ends_on=monday + dt.timedelta(days=4), note="Away")
    add_exception(session, actor, whose=Whose(ResourceKind.PRACTITIONER, practitioner_id), request=request)


def _add_holidays(session: Session, actor: Actor, year: int) -> None:
    country = actor.locale.country
    days = [one.day for one in list_public_holidays(session, actor, country=country, year=year)]
    if days:
        add_public_holidays(session, actor, country=country, year=year, days=days)
