"""What became of a record and who looked at it: two lists with filters and pages in the address."""

import datetime as dt
from typing import Any, Final, TypedDict

import reflex as rx

from hms_app import navigation
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.patients.queries import list_accesses, list_changes
from hms_app.domain.patients.values import CHANGE_KINDS, AccessRow, ChangeRow, HistoryFilters
from hms_app.navigation import Screen
from hms_app.state.address import query_of, with_query
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.replies import go

FILTERS: Final = ("person", "kind", "from", "to")


class Choice(TypedDict):
    """A choice of a list."""

    value: str
    label: str


class FieldItem(TypedDict):
    """A field before and after."""

    id: str
    label: str
    before: str
    after: str


class ChangeItem(TypedDict):
    """A change in the list; `day` is empty on all but the first of a day."""

    id: str
    day: str
    time: str
    person: str
    act: str
    reason: str
    hidden: str
    fields: list[FieldItem]


class AccessItem(TypedDict):
    """What one person saw on one day; `day` is empty on all but the first of a day."""

    id: str
    day: str
    person: str
    roles: str
    times: str
    parts: str


class RecordPastState(RecordScreenState, mixin=True):
    """A list of a record's past: the filters of the address, the people to choose from, the neighbouring pages."""

    filters: dict[str, str] = dict.fromkeys(FILTERS, "")
    filter_key: str = ""
    is_filtered: bool = False
    people: list[Choice] = []
    has_next: bool = False
    has_previous: bool = False
    _next: str = ""
    _previous: str = ""

    def _asked(self) -> tuple[HistoryFilters, str]:
        """What the address asks for, and the place of the page."""
        query = query_of(self)  # type: ignore[arg-type]
        self.filters = {name: query.get(name, "")[:40] for name in FILTERS}
        self.filter_key = "&".join(self.filters.values())
        self.is_filtered = any(self.filters.values())
        return filters_of(self.filters), query.get("at", "")

    def _show_page(self, page: Page[Any], people: list[tuple[int, str]]) -> None:
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.people = [{"value": str(user_id), "label": name} for user_id, name in people]

    def _clear_page(self) -> None:
        self._next = self._previous = ""
        self.has_next = self.has_previous = False
        self.people = []

    def _go(self, screen: Screen, at: str = "", **filters: str) -> Any:
        """Make a changed question a step of the browser's history."""
        wanted = {**self.filters, **filters}
        return go(with_query(screen.address(patient_id=self.shown_for), **wanted, at=at))


class ChangesState(RecordPastState, rx.State):
    """A page of a record's changes."""

    rows: list[ChangeItem] = []

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def load(self) -> Any:
        """Show the page that the address asks for."""
        patient_id = await self._begin()
        yield
        if patient_id:
            filters, at = self._asked()
            self._show(await self._read(list_changes, patient_id, filters=filters, bookmark=at or None))

    @handles(Permission.PATIENTS_HISTORY_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page."""
        filters, at = self._asked()
        self._show(await self._read_again(list_changes, filters=filters, bookmark=at or None))

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def apply(self, form: dict[str, Any]) -> Any:
        """Put the filters into the address."""
        return self._go(navigation.PATIENT_CHANGES, **_chosen(form))

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def next_page(self) -> Any:
        """Go to earlier changes."""
        return self._go(navigation.PATIENT_CHANGES, at=self._next)

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def previous_page(self) -> Any:
        """Go to later changes."""
        return self._go(navigation.PATIENT_CHANGES, at=self._previous)

    def _show(self, found: Any) -> None:
        if found is not None:
            self.rows = change_items(found[0].rows)
            self._show_page(*found)

    def _clear(self) -> None:
        self.rows = []
        self._clear_page()


class AccessLogState(RecordPastState, rx.State):
    """A page of who looked at a record."""

    rows: list[AccessItem] = []

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def load(self) -> Any:
        """Show the page that the address asks for."""
        patient_id = await self._begin()
        yield
        if patient_id:
            filters, at = self._asked()
            found = await self._read(list_accesses, patient_id, filters=filters, bookmark=at or None)
            if found is not None:
                self.rows = access_items(found[0].rows)
                self._show_page(*found)

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def apply(self, form: dict[str, Any]) -> Any:
        """Put the filters into the address."""
        return self._go(navigation.PATIENT_ACCESS, **_chosen(form))

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def next_page(self) -> Any:
        """Go to earlier looks."""
        return self._go(navigation.PATIENT_ACCESS, at=self._next)

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def previous_page(self) -> Any:
        """Go to later looks."""
        return self._go(navigation.PATIENT_ACCESS, at=self._previous)

    def _clear(self) -> None:
        self.rows = []
        self._clear_page()


def filters_of(values: dict[str, str]) -> HistoryFilters:
    """The filters of an address; what is none there is left out."""
    person = values.get("person", "")
    is_number = person.isascii() and person.isdecimal() and len(person) < 19
    return HistoryFilters(
        user_id=int(person) if is_number else None,
        kind=values.get("kind", "") if values.get("kind", "") in CHANGE_KINDS else "",
        from_on=_day(values.get("from", "")),
        to_on=_day(values.get("to", "")),
    )


def change_items(rows: list[ChangeRow]) -> list[ChangeItem]:
    """Changes with a heading on the first of each day."""
    items: list[ChangeItem] = []
    day = ""
    for row in rows:
        items.append(
            {
                "id": str(row.id),
                "day": "" if row.day == day else row.day,
                "time": row.time,
                "person": row.person,
                "act": row.act,
                "reason": row.reason,
                "hidden": " ".join(row.hidden),
                "fields": [
                    {"id": str(place), "label": field.label, "before": field.before, "after": field.after}
                    for place, field in enumerate(row.fields)
                ],
            }
        )
        day = row.day
    return items


def access_items(rows: list[AccessRow]) -> list[AccessItem]:
    """Looks with a heading on the first of each day."""
    items: list[AccessItem] = []
    day = ""
    for row in rows:
        items.append(
            {
                "id": row.id,
                "day": "" if row.day == day else row.day,
                "person": row.person,
                "roles": row.roles,
                "times": row.times,
                "parts": row.parts[:1].upper() + row.parts[1:],
            }
        )
        day = row.day
    return items


def _chosen(form: dict[str, Any]) -> dict[str, str]:
    return {name: str(form.get(name, "")).strip()[:40] for name in FILTERS}


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if dt.date(1900, 1, 1) <= day <= dt.date(9000, 1, 1) else None
