"""What can be booked: a page of services, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.catalogue.queries import find_items
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of
from hms_app.domain.scheduling.queries.offerings import offering_choices
from hms_app.domain.scheduling.queries.services import form_of, get_service, list_services
from hms_app.domain.scheduling.service import services as service
from hms_app.domain.scheduling.values.clinics import ClinicKind, ClinicStarted
from hms_app.domain.scheduling.values.services import (
    CHOSEN,
    SERVICE_FORM,
    YES_NO,
    ServiceInput,
    ServiceRow,
    ticked,
)
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.domain.workflows.start_clinic import start_clinic
from hms_app.state.base import handles
from hms_app.state.lists.entries import NEW, Entries, EntriesScreen, EntryItem, entry_item
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind
from hms_app.state.organization.department_choices import department_choices, named_in
from hms_app.state.replies import refuse, say

FLAGS: Final = tuple(name for name, field in SERVICE_FORM.items() if field.words is YES_NO)
NEW_SERVICE: Final = {
    "colour": "1",
    "duration_minutes": "30",
    "preparation_minutes": "0",
    "cleanup_minutes": "0",
    "needs_practitioner": "on",
    "notice_hours": "0",
    "ahead_days": "180",
    "latest_change_hours": "24",
    "most_open": "0",
    "wait_warning_minutes": "20",
    "wait_danger_minutes": "40",
}
"""What the empty form says already."""
MOST_NAMED: Final = 3
"""More names than these stand in the list as their number."""


class ServiceItem(EntryItem):
    """A service in its list and its form; `practitioners`, `rooms` and `equipment` are ids as "3,7"."""

    catalogue_item_id: str
    code: str
    department_id: str
    department: str
    colour: str
    length: str
    around: str
    offered_by: str
    places: str
    online: str
    duration_minutes: str
    preparation_minutes: str
    cleanup_minutes: str
    needs_practitioner: str
    needs_room: str
    needs_equipment: str
    practitioners: str
    rooms: str
    equipment: str
    is_bookable_online: str
    needs_approval: str
    notice_hours: str
    ahead_days: str
    latest_change_hours: str
    most_open: str
    wait_warning_minutes: str
    wait_danger_minutes: str


def service_item(row: ServiceRow) -> ServiceItem:
    """A service as texts."""
    fields = {name: text for name, text in form_of(row).fields.items() if name in SERVICE_FORM}
    return {
        **fields,  # type: ignore[typeddict-item]
        **entry_item(row),
        "code": row.code,
        "department": row.department or "",
        "length": f"{row.duration_minutes} min",
        "around": _around(row),
        "offered_by": _named(row, ResourceKind.PRACTITIONER, row.needs_practitioner, "Nobody yet"),
        "places": _named(row, ResourceKind.ROOM, row.needs_room, "Any room"),
        "online": _online(row),
    }


def _started(started: ClinicStarted) -> str:
    """What was made, as a sentence."""
    services = "1 service" if started.services == 1 else f"{started.services} services"
    people = "1 practitioner" if started.practitioners == 1 else f"{started.practitioners} practitioners"
    return f"{services} added; {people} got consulting hours."


def _around(row: ServiceRow) -> str:
    """The time that is kept free before and after a visit."""
    before = f"{row.preparation_minutes} before" if row.preparation_minutes else ""
    after = f"{row.cleanup_minutes} after" if row.cleanup_minutes else ""
    return ", ".join(part for part in (before, after) if part)


def _named(row: ServiceRow, kind: ResourceKind, is_needed: bool, anyone: str) -> str:
    names = [one.name for one in row.chosen(kind)]
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return ", ".join(names) or (anyone if is_needed else "")


def _online(row: ServiceRow) -> str:
    if not row.is_bookable_online:
        return "No"
    return "After approval" if row.needs_approval else "Yes"


def _departments(session: Session, actor: Actor, *, asked: Mapping[str, str]) -> list[Choice]:
    return department_choices(session, actor)


SERVICES: Final = ListKind(
    name="services",
    noun="service",
    read=Permission.SCHEDULING_SERVICE_READ,
    export=Permission.SCHEDULING_SERVICE_READ,
    find=list_services,
    present=lambda row, _actor: service_item(row),
    columns={
        "name": "Name",
        "code": "Code",
        "department": "Department",
        "length": "Duration",
        "around": "Kept free",
        "offered_by": "Offered by",
        "places": "Rooms",
        "online": "Online",
        "status": "Status",
    },
    filters=(Filter("only", "department_id", key_of), CLOSED_TOO),
    rights={"may_edit": Permission.SCHEDULING_SERVICE_EDIT},
    beside=_departments,
)


class ServicesState(EntriesScreen, rx.State):
    """What the screen of services knows."""

    rows: list[ServiceItem] = []
    departments: list[Choice] = []
    practitioners: list[Choice] = []
    rooms: list[Choice] = []
    items: list[Choice] = []
    equipment: list[Choice] = []
    filter_label: str = ""
    listed: ClassVar = SERVICES
    entries: ClassVar = Entries(
        kind="service",
        edit=Permission.SCHEDULING_SERVICE_EDIT,
        get=get_service,
        shown=service_item,
        request=ServiceInput,
        form=SERVICE_FORM,
        add=service.add_service,
        change=service.change_service,
        close=service.close_service,
        reopen=service.reopen_service,
    )

    def _show_beside(self, found: list[Choice]) -> None:
        self.departments = found
        named = {choice["value"]: choice["label"] for choice in found}
        self.filter_label = named.get(self.asked.get("only", ""), "")

    @handles(Permission.SCHEDULING_SERVICE_EDIT)
    async def start_clinic(self, kind: str) -> Any:
        """Make the services and hours that a kind of clinic begins with."""
        if kind not in set(ClinicKind):
            return None
        started = await self._run(start_clinic, kind=ClinicKind(kind))
        refusal, self.problem = self.problem, ""
        if started is None:
            return refuse(refusal)
        await self._fill()
        return say(_started(started))

    @handles(Permission.SCHEDULING_SERVICE_EDIT, supersedes=True)
    async def find_codes(self, text: str) -> None:
        """Catalogue items that fit what somebody types."""
        found = await self._look_up(find_items, text=str(text)[:100]) or []
        self.items = [Choice(value=str(item.id), label=item.code, detail=item.name) for item in found]

    async def _open(self, what: str, form: Mapping[str, Any]) -> None:
        await super()._open(what, NEW_SERVICE if what == NEW else form)

    async def _read_choices(self, form: Mapping[str, Any]) -> None:
        code = form.get("code", "")
        self.items = [Choice(value=form["catalogue_item_id"], label=code, detail="")] if code else []
        offered = await self._run(offering_choices)
        for name in CHOSEN:
            setattr(self, name, getattr(offered, name, []))

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        if self.others:
            return {}  # The form then holds the side that was chosen of each field, under the same names.
        flags = {name: "on" if form.get(name) else "" for name in FLAGS}
        chosen = {name: ticked(form, name) for name in CHOSEN}
        return {
            **named_in(self.departments, form, "department_id"),
            **named_in(self.items, form, "catalogue_item_id"),
            **flags,
            **{name: ",".join(map(str, ids)) for name, ids in chosen.items()},
            **{text_of(name): self._names(name, ids) for name, ids in chosen.items()},
        }

    def _names(self, name: str, ids: list[int]) -> str:
        offered: list[Choice] = getattr(self, name)
        return ", ".join(choice["label"] for choice in offered if choice["value"] in map(str, ids))
