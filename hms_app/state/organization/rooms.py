"""The rooms: a page of them, and the form in the drawer."""

from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx

from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import Choice, RoomRequest, RoomRow
from hms_app.domain.organization.values.forms import ROOM_FORM
from hms_app.state.organization.department_choices import department_choices, named_in
from hms_app.state.organization.lists import Entries, ListScreen


class RoomsState(ListScreen, rx.State):
    """What the screen of rooms knows."""

    rows: list[RoomRow] = []
    departments: list[Choice] = []
    filter_label: str = ""
    entries: ClassVar = Entries(
        kind="room",
        read=Permission.ORGANIZATION_ROOM_READ,
        edit=Permission.ORGANIZATION_ROOM_EDIT,
        find_page=queries.list_rooms,
        get=queries.get_room,
        request=RoomRequest,
        form=ROOM_FORM,
        add=service.add_room,
        change=service.change_room,
        close=service.close_room,
        reopen=service.reopen_room,
        narrow=lambda choice: {"department_id": key_of(choice)},
    )

    async def _read_beside(self) -> None:
        self.departments = await self._run(department_choices) or []
        named = {choice["value"]: choice["label"] for choice in self.departments}
        self.filter_label = named.get(self.filter_by, "")

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        return named_in(self.departments, form, "department_id")
