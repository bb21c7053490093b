"""The patient's own record."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.workflows.own_record import get_own_record, list_own_timeline, list_own_vital_signs
from hms_app.state.base import ScreenState, handles
from hms_app.state.patients.rows import (
    NO_BANNER,
    NO_OVERVIEW,
    BannerView,
    Overview,
    TimelineItem,
    VitalChart,
    banner_view,
    overview_of,
    timeline_items,
    vital_chart,
)


class MyRecordState(ScreenState, rx.State):
    """What the hospital knows about the person signed in."""

    banner: BannerView = NO_BANNER
    allergies: list[str] = []
    overview: Overview = NO_OVERVIEW
    rows: list[TimelineItem] = []
    charts: list[VitalChart] = []
    has_more: bool = False
    is_fetching: bool = False
    _next: str = ""

    @handles(Permission.PORTAL_RECORD_READ)
    async def load(self) -> None:
        """Show one's own record; there is no other that this could show."""
        found = await self._run(_own_record)
        self.is_loading = False
        if found is None:
            self.banner, self.allergies, self.overview = NO_BANNER, [], NO_OVERVIEW
            self.rows, self._next, self.charts = [], "", []
        else:
            (self.banner, self.allergies), self.overview, (self.rows, self._next), self.charts = found
        self.has_more = bool(self._next)

    @handles(Permission.PORTAL_RECORD_READ)
    async def show_more(self) -> Any:
        """Add the entries before the oldest one shown."""
        if not self._next:
            return
        self.is_fetching = True
        yield
        last_day = next((row["day"] for row in reversed(self.rows) if row["day"]), "")
        found = await self._run(_own_entries, place=self._next, last_day=last_day)
        self.is_fetching = False
        if found is not None:
            rows, self._next = found
            self.rows = [*self.rows, *rows]
            self.has_more = bool(self._next)


def _own_record(session: Session, actor: Actor) -> tuple[Any, Overview, Any, list[VitalChart]]:
    banner, overview = get_own_record(session, actor)
    charts = [vital_chart(series, actor.locale) for series in list_own_vital_signs(session, actor) if series.points]
    return banner_view(banner), overview_of(overview), _own_entries(session, actor), charts


def _own_entries(
    session: Session, actor: Actor, *, place: str = "", last_day: str = ""
) -> tuple[list[TimelineItem], str]:
    page = list_own_timeline(session, actor, bookmark=place or None)
    return timeline_items(page.rows, after_day=last_day, locale=actor.locale), page.next_bookmark or ""
