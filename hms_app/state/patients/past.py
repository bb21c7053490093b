"""What became of a record and who looked at it: two lists with filters and pages in the address."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, TypedDict

import reflex as rx

from hms_app import navigation
from hms_app.core.form_input import NO_DATE
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.patients.queries import list_accesses, list_changes
from hms_app.domain.patients.values import CHANGE_KINDS, AccessRow, ChangeRow, HistoryFilters
from hms_app.navigation import Screen
from hms_app.state.address import query_of, with_query
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.replies import show_address

DAYS: Final = ("from", "to")
FILTERS: Final = ("person", "kind", *DAYS)


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
    rows: list[Any] = []
    has_next: bool = False
    has_previous: bool = False
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    def _items(self, rows: list[Any]) -> list[Any]:
        """What is shown of a page's rows."""
        raise NotImplementedError

    async def _load(self, part: Callable[..., Any]) -> Any:
        patient_id = await self._begin()
        yield
        if patient_id:
            query = query_of(self)  # type: ignore[arg-type]
            asked = self._ask({name: query.get(name, "")[:40] for name in FILTERS}, query.get("at", ""))
            self._show_page(await self._read(part, patient_id, **asked))

    async def _reload(self, part: Callable[..., Any]) -> None:
        """Show what changed on this page."""
        self._show_page(await self._read_again(part, **self._ask(self.filters, self._at)))

    def _ask(self, filters: dict[str, str], at: str) -> dict[str, Any]:
        """What `part` is asked."""
        self.filters, self.filter_key = filters, "&".join(filters.values())
        self.is_filtered, self._at = any(filters.values()), at
        return {"filters": filters_of(filters), "bookmark": at or None}

    def _show_page(self, found: tuple[Page[Any], list[tuple[int, str]]] | None) -> None:
        if found is None:
            return
        page, people = found
        self.rows = self._items(page.rows)
        self._next, self._previous = page.next_bookmark or "", page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)
        self.people = [{"value": str(user_id), "label": name} for user_id, name in people]

    def _clear_page(self) -> None:
        self._next = self._previous = ""
        self.has_next = self.has_previous = False
        self.people = []

    async def _narrow(self, part: Callable[..., Any], screen: Screen, form: dict[str, Any]) -> Any:
        """Show what a form of filters asks for; a day that is none is refused beside its field."""
        chosen = _chosen(form)
        self.problems = {name: NO_DATE for name in DAYS if chosen[name] and _day(chosen[name]) is None}
        return None if self.problems else await self._go(part, screen, **chosen)

    async def _go(self, part: Callable[..., Any], screen: Screen, *, at: str = "", **filters: str) -> Any:
        """Show the changed question, and make it a step of the browser's history."""
        if not self.shown_for:
            return None
        asked = self._ask({**self.filters, **filters}, at)
        self._show_page(await self._run(part, patient_id=int(self.shown_for), **asked))
        address = with_query(screen.address(patient_id=self.shown_for), **self.filters, at=at)
        return show_address(address)


class ChangesState(RecordPastState, rx.State):
    """A page of a record's changes."""

    rows: list[ChangeItem] = []

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def load(self) -> Any:
        """Show the page that the address asks for."""
        async for step in self._load(list_changes):
            yield step

    @handles(Permission.PATIENTS_HISTORY_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page."""
        await self._reload(list_changes)

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def apply(self, form: dict[str, Any]) -> Any:
        """Show what the filters ask for."""
        return await self._narrow(list_changes, navigation.PATIENT_CHANGES, form)

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def next_page(self) -> Any:
        """Go to earlier changes."""
        return await self._go(list_changes, navigation.PATIENT_CHANGES, at=self._next)

    @handles(Permission.PATIENTS_HISTORY_READ)
    async def previous_page(self) -> Any:
        """Go to later changes."""
        return await self._go(list_changes, navigation.PATIENT_CHANGES, at=self._previous)

    def _items(self, rows: list[Any]) -> list[Any]:
        return change_items(rows)

    def _clear(self) -> None:
        self.rows = []
        self._clear_page()


class AccessLogState(RecordPastState, rx.State):
    """A page of who looked at a record."""

    rows: list[AccessItem] = []

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def load(self) -> Any:
        """Show the page that the address asks for."""
        async for step in self._load(list_accesses):
            yield step

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def apply(self, form: dict[str, Any]) -> Any:
        """Show what the filters ask for."""
        return await self._narrow(list_accesses, navigation.PATIENT_ACCESS, form)

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def next_page(self) -> Any:
        """Go to earlier looks."""
        return await self._go(list_accesses, navigation.PATIENT_ACCESS, at=self._next)

    @handles(Permission.PATIENTS_ACCESS_LOG_READ)
    async def previous_page(self) -> Any:
        """Go to later looks."""
        return await self._go(list_accesses, navigation.PATIENT_ACCESS, at=self._previous)

    def _items(self, rows: list[Any]) -> list[Any]:
        return access_items(rows)

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
