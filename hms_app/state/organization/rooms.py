"""The rooms: a page of them, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import Choice, RoomInput
from hms_app.domain.organization.values.forms import ROOM_FORM
from hms_app.state.lists.entries import Entries, EntriesScreen
from hms_app.state.lists.kinds import CLOSED_TOO, Filter, ListKind
from hms_app.state.organization.department_choices import department_choices, named_in
from hms_app.state.organization.rows import RoomItem, room_item


def _departments(session: Session, actor: Actor, *, asked: Mapping[str, str]) -> list[Choice]:
    return department_choices(session, actor)


ROOMS: Final = ListKind(
    name="rooms",
    noun="room",
    read=Permission.ORGANIZATION_ROOM_READ,
    export=Permission.ORGANIZATION_ROOM_READ,
    find=queries.list_rooms,
    present=lambda row, _actor: room_item(row),
    columns={"name": "Name", "department": "Department", "kind_label": "Kind", "status": "Status"},
    filters=(Filter("only", "department_id", key_of), CLOSED_TOO),
    rights={"may_edit": Permission.ORGANIZATION_ROOM_EDIT},
    beside=_departments,
)


class RoomsState(EntriesScreen, rx.State):
    """What the screen of rooms knows."""

    rows: list[RoomItem] = []
    departments: list[Choice] = []
    filter_label: str = ""
    listed: ClassVar = ROOMS
    entries: ClassVar = Entries(
        kind="room",
        edit=Permission.ORGANIZATION_ROOM_EDIT,
        get=queries.get_room,
        shown=room_item,
        request=RoomInput,
        form=ROOM_FORM,
        add=service.add_room,
        change=service.change_room,
        close=service.close_room,
        reopen=service.reopen_room,
    )

    def _show_beside(self, found: list[Choice]) -> None:
        self.departments = found
        named = {choice["value"]: choice["label"] for choice in found}
        self.filter_label = named.get(self.asked.get("only", ""), "")

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        return named_in(self.departments, form, "department_id")
