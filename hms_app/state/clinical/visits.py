"""The visits of one patient, and what happened in the one that is looked at."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_visit, list_visits
from hms_app.domain.clinical.values import VisitRow
from hms_app.state.address import number_from, query_of
from hms_app.state.base import handles
from hms_app.state.clinical.timeline_rows import TimelineItem, timeline_items
from hms_app.state.clinical.visit_rows import NO_VISIT, VisitItem, visit_item
from hms_app.state.lists.kinds import ListKind
from hms_app.state.patients.record_list import GrowingRecordList


def _shown(row: VisitRow, actor: Actor) -> Mapping[str, Any]:
    return visit_item(row, actor.locale)


VISITS: Final = ListKind(
    name="visits",
    noun="visit",
    read=Permission.CLINICAL_ENCOUNTER_READ,
    find=list_visits,
    present=_shown,
    columns={
        "title": "Visit",
        "when": "When",
        "who": "With",
        "reason": "Reason",
        "counts": "What happened",
    },
    search="",
)


class VisitsState(GrowingRecordList, rx.State):
    """The visits on screen, and the one that is open beside them."""

    listed: ClassVar = VISITS
    rows: list[VisitItem] = []
    shown: VisitItem = NO_VISIT
    entries: list[TimelineItem] = []

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def load(self) -> Any:
        """Show the visits of the patient the address names, from the newest on; `open` in it looks at one."""
        async for step in super().load():
            yield step
        if self.shown_for:
            await self._look(query_of(self).get("open", ""))

    @handles(Permission.CLINICAL_ENCOUNTER_READ)
    async def look(self, visit_id: str) -> None:
        """Look at what happened in a visit; "" closes it."""
        await self._look(str(visit_id))

    async def _look(self, visit_id: str) -> None:
        self.shown, self.entries = NO_VISIT, []
        if not visit_id:
            return
        found = await self._run(_visit_with_entries, visit_id=number_from(visit_id))
        self.problem = ""
        if found is not None and found[0] == self.shown_for:
            _, self.shown, self.entries = found

    def _clear(self) -> None:
        super()._clear()
        self.shown, self.entries = NO_VISIT, []


def _visit_with_entries(
    session: Session, actor: Actor, *, visit_id: int
) -> tuple[str, VisitItem, list[TimelineItem]]:
    visit, locale = get_visit(session, actor, visit_id=visit_id), actor.locale
    entries = timeline_items(visit.entries, after_day="", locale=locale)
    return str(visit.patient_id), visit_item(visit, locale), entries
