"""The list of appointments."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.listing import SORTS, export_appointments, list_appointments
from hms_app.domain.scheduling.queries.offerings import practitioner_choices
from hms_app.domain.scheduling.queries.services import service_choices
from hms_app.domain.scheduling.values.rows import AppointmentRow
from hms_app.domain.scheduling.values.words import APPOINTMENT_LIFE, AppointmentStatus
from hms_app.state.lists.kinds import Filter, ListKind, one_of
from hms_app.state.lists.screen import ListScreen
from hms_app.state.organization.department_choices import department_choices
from hms_app.state.scheduling.appointment_rows import AppointmentItem, appointment_item
from hms_app.state.scheduling.free_times import day_from

_READ: Final = Permission.SCHEDULING_APPOINTMENT_READ
STATUSES: Final = [(status.value, label) for status, label in APPOINTMENT_LIFE.labels.items()]


def _presented(row: AppointmentRow, actor: Actor) -> Mapping[str, Any]:
    return appointment_item(row, actor.locale)


def _of_file(session: Session, actor: Actor, *, at: str | None, **asked: Any) -> Page[AppointmentRow]:
    return export_appointments(session, actor, asked=asked, at=at)


def _beside(session: Session, actor: Actor, **_asked: Any) -> dict[str, list[Choice]]:
    may_see_staff = actor.can(Permission.ORGANIZATION_PRACTITIONER_READ)
    may_see_services = actor.can(Permission.SCHEDULING_SERVICE_READ)
    return {
        "departments": department_choices(session, actor),
        "practitioners": practitioner_choices(session) if may_see_staff else [],
        "services": service_choices(session, actor) if may_see_services else [],
    }


APPOINTMENTS: Final = ListKind(
    name="appointments",
    noun="appointment",
    read=_READ,
    export=Permission.SCHEDULING_APPOINTMENT_EXPORT,
    find=list_appointments,
    find_for_file=_of_file,
    present=_presented,
    columns={
        "when": "When",
        "patient": "Patient",
        "mrn": "Record number",
        "service": "Service",
        "practitioner": "With",
        "room": "Room",
        "status": "Status",
        "number": "Number",
    },
    filters=(
        Filter("from", "first_day", day_from),
        Filter("to", "last_day", day_from),
        Filter("status", "status", one_of(AppointmentStatus)),
        Filter("practitioner", "practitioner_id", key_of),
        Filter("service", "service_id", key_of),
        Filter("department", "department_id", key_of),
    ),
    sorts=SORTS,
    search="tab",
    beside=_beside,
)


class AppointmentsState(ListScreen, rx.State):
    """A page of appointments."""

    listed: ClassVar = APPOINTMENTS
    rows: list[AppointmentItem] = []
    departments: list[Choice] = []
    practitioners: list[Choice] = []
    services: list[Choice] = []
    names: dict[str, str] = {}

    def _show_beside(self, found: Any) -> None:
        for name, choices in (found or {}).items():
            if getattr(self, name) != choices:
                setattr(self, name, choices)
        names = {
            part: next((one["label"] for one in choices if one["value"] == self.asked.get(part)), "")
            for part, choices in (
                ("department", self.departments),
                ("practitioner", self.practitioners),
                ("service", self.services),
            )
        }
        if names != self.names:
            self.names = names
