"""The patient's own record."""

from typing import Any, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import (
    get_overview,
    get_patient_banner,
    list_timeline,
    list_vital_sign_series,
)
from hms_app.domain.patients.queries import list_accesses, list_patient_notices
from hms_app.domain.patients.values import Banner, HistoryFilters, PatientNoticeRow
from hms_app.state.base import ScreenState, handles
from hms_app.state.clinical.timeline_rows import TimelineItem, last_day_of, timeline_items
from hms_app.state.clinical.vital_sign_rows import VitalChart, vital_chart
from hms_app.state.patients.past import AccessItem, access_items
from hms_app.state.patients.record_rows import (
    NO_BANNER,
    NO_OVERVIEW,
    BannerView,
    OverviewView,
    banner_view,
    overview_view,
)


class NoticeItem(TypedDict):
    """Something the patient is told, with its day."""

    id: str
    words: str
    day: str


OwnEntries = tuple[list[TimelineItem], str]
OwnRecord = tuple[Banner, OverviewView, OwnEntries, list[VitalChart], list[AccessItem], list[NoticeItem]]


class MyRecordState(ScreenState, rx.State):
    """What the hospital knows about the person signed in."""

    banner: BannerView = NO_BANNER
    allergies: list[str] = []
    overview: OverviewView = NO_OVERVIEW
    rows: list[TimelineItem] = []
    charts: list[VitalChart] = []
    has_more: bool = False
    is_fetching: bool = False
    notices: list[NoticeItem] = []
    """What changed lately in who opens the record."""
    looks: list[AccessItem] = []
    """Who looked at the record lately, by day and person."""
    _next: str = ""

    @handles(Permission.PORTAL_RECORD_READ)
    async def load(self) -> None:
        """Show one's own record; there is no other that this could show."""
        found = await self._run(_own_record)
        self.is_loading = False
        if found is None:
            self.banner, self.allergies, self.overview = NO_BANNER, [], NO_OVERVIEW
            self.rows, self._next, self.charts, self.looks, self.notices = [], "", [], [], []
        else:
            banner, self.overview, (self.rows, self._next), self.charts, self.looks, self.notices = found
            self.banner, self.allergies = banner_view(banner, knows_allergies=True), list(banner.allergies)
        self.has_more = bool(self._next)

    @handles(Permission.PORTAL_RECORD_READ)
    async def show_more(self) -> Any:
        """Add the entries before the oldest one shown."""
        if not self._next:
            return
        self.is_fetching = True
        yield
        found = await self._run(_own_entries, place=self._next, last_day=last_day_of(self.rows))
        self.is_fetching = False
        if found is not None:
            rows, self._next = found
            self.rows = [*self.rows, *rows]
            self.has_more = bool(self._next)


def _own_record(session: Session, actor: Actor) -> OwnRecord:
    patient_id = _own_id(actor)
    banner = get_patient_banner(session, actor, patient_id=patient_id)
    overview = overview_view(get_overview(session, actor, patient_id=patient_id))
    series = list_vital_sign_series(session, actor, patient_id=patient_id)
    looks, _ = list_accesses(session, actor, patient_id=patient_id, filters=HistoryFilters())
    charts = [vital_chart(one, actor.locale) for one in series]
    notices = [_notice(row) for row in list_patient_notices(session, actor)]
    return banner, overview, _own_entries(session, actor), charts, access_items(looks.rows), notices


def _own_entries(session: Session, actor: Actor, *, place: str = "", last_day: str = "") -> OwnEntries:
    page = list_timeline(session, actor, patient_id=_own_id(actor), bookmark=place or None)
    return timeline_items(page.rows, after_day=last_day, locale=actor.locale), page.next_bookmark or ""


def _notice(row: PatientNoticeRow) -> NoticeItem:
    return {"id": str(row.id), "words": row.words, "day": row.day}


def _own_id(actor: Actor) -> int:
    if actor.patient_id is None:
        raise DomainError("Your sign-in is not linked to a patient record yet. Ask at the reception.")
    return actor.patient_id
