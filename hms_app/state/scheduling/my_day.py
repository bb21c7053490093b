"""A doctor's or nurse's day: the next patient, the queue, and the free gaps of today."""

from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.scheduling.queries.gaps import free_gaps
from hms_app.domain.scheduling.queries.queues import own_queues
from hms_app.domain.scheduling.service.places import call_next
from hms_app.domain.scheduling.values.queues import DeskFilters, PlaceRow
from hms_app.state.address import query_of, with_query
from hms_app.state.base import handles
from hms_app.state.replies import refuse, say, show_address
from hms_app.state.scheduling.day import DayScreen

_WORK: Final = Permission.SCHEDULING_QUEUE_WORK
ALL: Final = "all"


class MyDayState(DayScreen, rx.State):
    """What the queue screen of somebody who sees patients knows."""

    works: ClassVar = _WORK
    place: ClassVar = "my day"
    queue: str = ""
    """The queue that is called from; "all" stands for all of one's own."""
    queue_label: str = ""
    room: str = ""
    gaps: list[str] = []
    has_own: bool = False
    _own: tuple[int, ...] = ()
    _seen_by: int | None = None

    @handles(_WORK)
    async def load(self) -> None:
        """Show the queue that the address names, else one's own."""
        own, self.gaps, self._seen_by = await self._run(_mine) or ([], [], None)
        self._own = tuple(own)
        self.has_own = bool(own)
        query = query_of(self)
        self.queue = query.get("queue", "") or (ALL if own else "")
        self.room = query.get("room", "") or self.room
        await self._show_day(self._run)
        self._name_queue()

    @handles(_WORK)
    async def choose_queue(self, queue: str) -> Any:
        """Look at another queue."""
        self.queue = str(queue)
        await self._show_day(self._run)
        self._name_queue()
        return show_address(with_query("/my-day", queue=self.queue))

    @handles(_WORK)
    async def choose_room(self, room: str) -> None:
        """Say in which room one is; who is called is sent there."""
        self.room = str(room)

    @handles(_WORK)
    async def call(self) -> Any:
        """Call the next person, from the first of one's own queues in which somebody waits."""
        called: PlaceRow | None = None
        room_id = key_of(self.room)
        for queue_id in self._queues() or ():
            called = await self._run(call_next, queue_id=queue_id, room_id=room_id)
            if called is not None:
                break
        refusal, self.problem = self.problem, ""
        await self._show_day(self._reread)
        return (
            say(f"Number {called.label} was called.")
            if called
            else refuse(refusal or "Choose a queue first.")
        )

    def _filters(self) -> DeskFilters:
        return DeskFilters(queue_ids=self._queues() or (), seen_by=self._seen_by)

    def _queues(self) -> tuple[int, ...] | None:
        if self.queue == ALL:
            return self._own
        queue_id = key_of(self.queue)
        return (queue_id,) if queue_id else None

    def _name_queue(self) -> None:
        named = {choice["value"]: choice["label"] for choice in self.queues}
        self.queue_label = "All of mine" if self.queue == ALL else named.get(self.queue, "")


def _mine(session: Session, actor: Actor) -> tuple[list[int], list[str], int | None]:
    gaps = [
        f"{actor.locale.time(gap.start)}–{actor.locale.time(gap.end)}" for gap in free_gaps(session, actor)
    ]
    return own_queues(session, actor), gaps, actor.practitioner_id
