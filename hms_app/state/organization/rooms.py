"""The rooms: a page of them, and the form in the drawer."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries, service
from hms_app.domain.organization.values import Choice, ListRequest, RoomRequest, RoomRow
from hms_app.state.base import handles
from hms_app.state.organization.lists import NEW, ListScreen, as_number


class RoomsState(ListScreen, rx.State):
    """What the screen of rooms knows."""

    rows: list[RoomRow] = []
    departments: list[Choice] = []
    filter_label: str = ""

    @handles(Permission.ORGANIZATION_ROOM_READ)
    async def load(self) -> None:
        """Read the page that the URL asks for."""
        request = self._request()
        page = await self._filled(_read_page, request=request, only=self.filter_by)
        if page is not None:
            self.rows = page.rows
        self.departments = await self._run(_department_choices) or []
        named = {choice["value"]: choice["label"] for choice in self.departments}
        self.filter_label = named.get(self.filter_by, "")

    @handles(Permission.ORGANIZATION_ROOM_EDIT)
    async def edit(self, room_id: str) -> Any:
        """Open the form on the room as it is now."""
        row = await self._run(queries.get_room, room_id=as_number(room_id))
        if row is None:
            return rx.toast.error(self.problem)
        self._open(row["id"], row)
        return None

    @handles(Permission.ORGANIZATION_ROOM_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Add the room or save its changes; a refusal stands beside its field."""
        self.is_saving = True
        yield
        row = await self._saved(
            service.add_room, service.change_room, "room", lambda: RoomRequest.from_form(form)
        )
        self.is_saving = False
        if row is None:
            return
        was_new = self.opened == NEW
        self.opened = ""
        yield rx.toast.success(f"{row['name']} was {'added' if was_new else 'saved'}.")
        yield type(self).load

    @handles(Permission.ORGANIZATION_ROOM_EDIT)
    async def switch_off(self, room_id: str, version: str) -> Any:
        """Close the room."""
        return await self._switch(service.close_room, room_id, version)

    @handles(Permission.ORGANIZATION_ROOM_EDIT)
    async def switch_on(self, room_id: str, version: str) -> Any:
        """Open the room again."""
        return await self._switch(service.reopen_room, room_id, version)

    async def _switch(self, use_case: Any, room_id: str, version: str) -> Any:
        await self._run(use_case, room_id=as_number(room_id), version=as_number(version))
        refusal, self.problem = self.problem, ""
        return rx.toast.error(refusal) if refusal else type(self).load


def _read_page(
    session: Session, actor: Actor, *, request: ListRequest, only: str
) -> tuple[bool, Page[RoomRow]]:
    page = queries.list_rooms(session, actor, request=request, department_id=as_number(only) or None)
    return actor.can(Permission.ORGANIZATION_ROOM_EDIT), page


def _department_choices(session: Session, actor: Actor) -> list[Choice]:
    return (
        queries.department_choices(session, actor)
        if actor.can(Permission.ORGANIZATION_DEPARTMENT_READ)
        else []
    )
