"""The visits of one patient, and what happened in the one that is looked at."""

from typing import Any, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_visit, list_visits
from hms_app.domain.clinical.values import VisitRow
from hms_app.state.address import number_from, query_of
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.patients.record_rows import STATUS_TONES, TimelineItem, timeline_items


class VisitItem(TypedDict):
    """A visit in the list."""

    id: str
    kind: str
    title: str
    when: str
    who: str
    where: str
    reason: str
    counts: str
    status: str
    tone: str


NO_VISIT: Final[VisitItem] = {
    "id": "",
    "kind": "",
    "title": "",
    "when": "",
    "who": "",
    "where": "",
    "reason": "",
    "counts": "",
    "status": "",
    "tone": "",
}


class VisitsState(RecordScreenState, rx.State):
    """The visits on screen, and the one that is open beside them."""

    rows: list[VisitItem] = []
    has_more: bool = False
    is_fetching: bool = False
    shown: VisitItem = NO_VISIT
    entries: list[TimelineItem] = []
    _next: str = ""

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def load(self) -> Any:
        """Show the visits of the patient the address names, from the newest on; `open` in it looks at one."""
        wanted = query_of(self).get("open", "")
        patient_id = await self._begin()
        yield
        if patient_id:
            page: Page[VisitRow] | None = await self._read(list_visits, patient_id)
            if page is not None:
                self._show(page)
                await self._look(wanted)

    @handles(Permission.CLINICAL_ENCOUNTER_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed among the newest visits; whoever went on to earlier ones keeps their place."""
        page: Page[VisitRow] | None = None
        if len(self.rows) <= PAGE_SIZE:
            page = await self._read_again(list_visits)
        if page is not None:
            self._show(page)

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def look(self, visit_id: str) -> None:
        """Look at what happened in a visit; "" closes it."""
        await self._look(str(visit_id))

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def show_more(self) -> Any:
        """Add the visits before the oldest one shown."""
        if not (self.shown_for and self._next):
            return
        self.is_fetching = True
        yield
        page: Page[VisitRow] | None = await self._run(
            list_visits, patient_id=int(self.shown_for), bookmark=self._next
        )
        self.is_fetching = False
        if page is not None:
            self.rows = [*self.rows, *(_item(row) for row in page.rows)]
            self._next = page.next_bookmark or ""
            self.has_more = bool(self._next)

    async def _look(self, visit_id: str) -> None:
        self.shown, self.entries = NO_VISIT, []
        if not visit_id:
            return
        found = await self._run(_visit_with_entries, visit_id=number_from(visit_id))
        self.problem = ""
        if found is not None and str(found[0].patient_id) == self.shown_for:
            self.shown, self.entries = _item(found[0]), found[1]

    def _show(self, page: Page[VisitRow]) -> None:
        self.rows, self._next = [_item(row) for row in page.rows], page.next_bookmark or ""
        self.has_more = bool(self._next)

    def _clear(self) -> None:
        self.rows, self._next, self.has_more, self.is_fetching = [], "", False, False
        self.shown, self.entries = NO_VISIT, []


def _visit_with_entries(
    session: Session, actor: Actor, *, visit_id: int
) -> tuple[VisitRow, list[TimelineItem]]:
    visit = get_visit(session, actor, visit_id=visit_id)
    return visit, timeline_items(visit.entries, after_day="", locale=actor.locale)


def _item(row: VisitRow) -> VisitItem:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "title": row.title or row.kind,
        "when": row.when,
        "who": row.who,
        "where": row.where,
        "reason": row.reason,
        "counts": row.counts,
        "status": row.status.capitalize(),
        "tone": STATUS_TONES.get(row.status, "neutral"),
    }
