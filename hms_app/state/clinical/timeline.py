"""The timeline of one patient: kinds in the address, earlier entries on demand."""

from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.paging import PAGE_SIZE
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import list_timeline, timeline_counts
from hms_app.domain.clinical.values import TimelineKind
from hms_app.state.address import query_of, with_query
from hms_app.state.base import handles
from hms_app.state.clinical.timeline_rows import (
    KindChip,
    TimelineItem,
    kind_chips,
    last_day_of,
    timeline_items,
)
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.replies import show_address

KINDS: Final = tuple(kind.value for kind in TimelineKind)


class TimelineState(RecordScreenState, rx.State):
    """The entries on screen, and which kinds are chosen (none: all)."""

    rows: list[TimelineItem] = []
    kinds: list[KindChip] = []
    total: str = ""
    chosen: list[str] = []
    has_more: bool = False
    is_fetching: bool = False
    _next: str = ""

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def load(self) -> Any:
        """Show what the address asks for, from the newest entry on."""
        wanted = query_of(self).get("kinds", "").split(",")
        self.chosen = [kind for kind in KINDS if kind in wanted]
        patient_id = await self._begin()
        yield
        if patient_id:
            self._show(await self._read(_first_entries, patient_id, chosen=list(self.chosen)))

    @handles(Permission.CLINICAL_ENCOUNTER_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed among the newest entries; whoever went on to earlier ones keeps their place."""
        if len(self.rows) <= PAGE_SIZE:
            self._show(await self._read_again(_first_entries, chosen=list(self.chosen)))

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def toggle(self, kind: str) -> Any:
        """Add a kind to those shown, or take it away; "" shows all."""
        if not self.shown_for:
            return None
        self.chosen = [known for known in KINDS if (known == kind) != (known in self.chosen)] if kind else []
        self._show(await self._run(_first_entries, patient_id=int(self.shown_for), chosen=list(self.chosen)))
        path = navigation.PATIENT_TIMELINE.address(patient_id=self.shown_for)
        return show_address(with_query(path, kinds=",".join(self.chosen)))

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def show_more(self) -> Any:
        """Add the entries before the oldest one shown."""
        if not (self.shown_for and self._next):
            return
        self.is_fetching = True
        yield
        found = await self._run(
            _entries,
            patient_id=int(self.shown_for),
            chosen=list(self.chosen),
            place=self._next,
            last_day=last_day_of(self.rows),
        )
        self.is_fetching = False
        if found is not None:
            rows, self._next = found
            self.rows = [*self.rows, *rows]
            self.has_more = bool(self._next)

    def _show(self, found: Any) -> None:
        if found is not None:
            self.rows, self._next, self.kinds, self.total = found
            self.has_more = bool(self._next)

    def _clear(self) -> None:
        self.rows, self.kinds, self.total, self._next = [], [], "", ""
        self.has_more = self.is_fetching = False


def _first_entries(
    session: Session, actor: Actor, *, patient_id: int, chosen: list[str]
) -> tuple[list[TimelineItem], str, list[KindChip], str]:
    rows, place = _entries(session, actor, patient_id=patient_id, chosen=chosen)
    counts = timeline_counts(session, actor, patient_id=patient_id)
    return rows, place, *kind_chips(counts, actor.locale)


def _entries(
    session: Session, actor: Actor, *, patient_id: int, chosen: list[str], place: str = "", last_day: str = ""
) -> tuple[list[TimelineItem], str]:
    kinds = [TimelineKind(kind) for kind in chosen] or None
    page = list_timeline(session, actor, patient_id=patient_id, kinds=kinds, bookmark=place or None)
    return timeline_items(page.rows, after_day=last_day, locale=actor.locale), page.next_bookmark or ""
