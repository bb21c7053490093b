"""Many appointments: a page of the house's list, a patient's own, and the next one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.patients.queries import find_visible
from hms_app.domain.patients.tables import Patient
from hms_app.domain.scheduling.queries.appointments import appointment_row, appointments_statement
from hms_app.domain.scheduling.tables import Appointment
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import HOLDING_TIME, AppointmentStatus

LATEST: Final = "latest"
SORTS: Final = ("starts", LATEST)
_COLUMNS: Final = (col(Appointment.starts_at), col(Appointment.id))
_SOONEST: Final = Keyset("appointments", (dt.datetime, int))
_LATEST: Final = Keyset("appointments latest", (dt.datetime, int))
_OF_PATIENT: Final = Keyset("patient appointments", (dt.datetime, int), grows=True)


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def list_appointments(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    status: AppointmentStatus | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    service_id: int | None = None,
    department_id: int | None = None,
    patient_id: int | None = None,
    sort: str = "",
    at: str | None = None,
    is_typed: bool = False,
) -> Page[AppointmentRow]:
    """A page of appointments in the order of their times, or the latest first; `text` is a number of one or an MRN.

    Of patients whom the reader may not know of it says only that the time is taken. Raises NotFound for a filter by
    such a patient, and AddressDamaged. `is_typed` while somebody may still be typing what to search for.
    """
    if patient_id is not None:
        find_visible(session, actor, patient_id)
    wanted = {
        Appointment.status: status,
        Appointment.practitioner_id: practitioner_id,
        Appointment.room_id: room_id,
        Appointment.service_id: service_id,
        Appointment.department_id: department_id,
        Appointment.patient_id: patient_id,
    }
    statement = appointments_statement().where(
        *_equal(wanted), *_within(actor, first_day, last_day), *_named(text.strip())
    )
    page = _sorted_page(session, statement, sort, at).map(lambda found: appointment_row(actor, found))
    shown = {row.patient_id for row in page.rows if row.patient_id}
    audit.record_list(session, actor, place="appointments", shown=shown, is_typed=is_typed)
    return page


@use_case(Permission.SCHEDULING_APPOINTMENT_EXPORT)
def export_appointments(
    session: Session, actor: Actor, *, asked: Mapping[str, Any], at: str | None = None
) -> Page[AppointmentRow]:
    """A page of the list for a file, of what `list_appointments` is asked; whoever downloads must see the list too."""
    return list_appointments(session, actor, at=at, **asked)


def _sorted_page(session: Session, statement: Any, sort: str, at: str | None) -> Page[Any]:
    is_down = sort == LATEST
    label = count_label(session, statement, col(Appointment.id))
    keyset = _LATEST if is_down else _SOONEST
    return read_page(session, statement, keyset, _COLUMNS, at, is_down=is_down, label=label)


@use_case(Permission.SCHEDULING_APPOINTMENT_READ)
def patient_appointments(
    session: Session, actor: Actor, *, patient_id: int, at: str | None = None
) -> Page[AppointmentRow]:
    """A page of a patient's appointments, the latest first; a look at the record. There is no way back.

    Raises NotFound for a patient the actor may not know of.
    """
    find_visible(session, actor, patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="appointments")
    statement = appointments_statement().where(col(Appointment.patient_id) == patient_id)
    page = read_page(session, statement, _OF_PATIENT, _COLUMNS, at, is_down=True)
    return page.map(lambda found: appointment_row(actor, found))


def next_of(session: Session, actor: Actor, patient_id: int) -> AppointmentRow | None:
    """A patient's appointment that is now or comes next, a look at the record; who asks was checked."""
    audit.record_access(session, actor, patient_id=patient_id, what="appointments")
    found = session.execute(
        appointments_statement()
        .where(
            col(Appointment.patient_id) == patient_id,
            col(Appointment.status).in_([status.value for status in HOLDING_TIME]),
            col(Appointment.ends_at) > clock.now(),
        )
        .order_by(*_COLUMNS)
        .limit(1)
    ).first()
    return appointment_row(actor, found) if found else None


def _equal(wanted: Mapping[Any, Any]) -> Iterator[Any]:
    return (column == value for column, value in wanted.items() if value is not None)


def _within(actor: Actor, first_day: dt.date | None, last_day: dt.date | None) -> Iterator[Any]:
    starts, ends = actor.locale.day_bounds(first_day, last_day)
    if starts is not None:
        yield col(Appointment.starts_at) >= starts
    if ends is not None:
        yield col(Appointment.starts_at) < ends


def _named(text: str) -> Iterator[Any]:
    """The appointment of a number, or those of the patient with a record number."""
    if text:
        mrn = sa.select(col(Patient.id)).where(col(Patient.mrn) == text)
        yield sa.or_(col(Appointment.number) == text, col(Appointment.patient_id).in_(mrn))
