"""The waiting room's board: numbers and rooms, and nobody's name."""

from typing import Any, Final, TypedDict

import reflex as rx

from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.board import read_board
from hms_app.domain.scheduling.queries.choices import DayChoices, day_choices
from hms_app.domain.scheduling.values.queues import Board, BoardCall
from hms_app.state.address import id_in_path
from hms_app.state.base import ScreenState, handles

_READ: Final = Permission.SCHEDULING_QUEUE_READ


class CallItem(TypedDict):
    """A number and where it is to go."""

    id: str
    label: str
    room: str


class BoardState(ScreenState, rx.State):
    """What a board shows; it knows no names, so that none can be sent to it."""

    title: str = ""
    called: list[CallItem] = []
    inside: list[CallItem] = []
    waiting: list[CallItem] = []
    delays: list[str] = []

    @handles(_READ)
    async def load(self) -> None:
        """Show the board that the address names."""
        await self._show(self._run)

    @handles(_READ, passive=True)
    async def refresh(self) -> None:
        """Show who is called now."""
        await self._show(self._reread)

    async def _show(self, run: Any) -> None:
        shown: Board | None = await run(read_board, **self._whose())
        self.is_loading = False
        if shown is None:
            return
        self.title = shown.title
        self.called = [_item(call) for call in shown.called]
        self.inside = [_item(call) for call in shown.inside]
        self.waiting = [_item(call) for call in shown.waiting]
        self.delays = [f"{one.practitioner}: about {one.minutes} minutes late" for one in shown.delays]

    def _whose(self) -> dict[str, int]:
        kind = "department" if "/department/" in self.router.url.path else "queue"
        try:
            return {f"{kind}_id": id_in_path(self, place=2, what=kind)}
        except NotFound:
            return {f"{kind}_id": 0}


class BoardsState(ScreenState, rx.State):
    """The boards that can be opened on a second screen."""

    queues: list[Choice] = []
    departments: list[Choice] = []

    @handles(_READ)
    async def load(self) -> None:
        """List them."""
        offered: DayChoices | None = await self._run(day_choices)
        self.is_loading = False
        if offered is not None:
            self.queues, self.departments = offered.queues, offered.departments

    @handles(_READ, passive=True)
    async def refresh(self) -> None:
        """Show those that are new."""
        offered: DayChoices | None = await self._reread(day_choices)
        if offered is not None:
            self.queues, self.departments = offered.queues, offered.departments


def _item(call: BoardCall) -> CallItem:
    return {"id": call.key, "label": call.label, "room": call.room}
