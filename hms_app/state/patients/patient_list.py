"""The patient list: search as you type, filters, columns, sort and keyset pages.

All but the search and the place in the list is what the address says, so that a list can be linked, kept and walked
back. What is searched for can be a patient's name: it stays with this tab.
"""

from typing import Any, Final, TypedDict
from urllib.parse import urlencode

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.paging import with_noun
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import search_terms
from hms_app.domain.clinical.rules import plain_display
from hms_app.domain.clinical.values import TermKind
from hms_app.domain.organization import queries as organization
from hms_app.domain.patients.values import FIRST_COLUMNS
from hms_app.domain.security import queries as security
from hms_app.domain.security import service as views
from hms_app.domain.security.values import SavedViewInput, SavedViewRow
from hms_app.domain.workflows.find_patients import (
    NARROWED_BY,
    FoundPatients,
    PatientQuestion,
    find_patients,
)
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.patients.rows import PatientItem, patient_item
from hms_app.state.replies import say, show_address

ROUTE: Final = navigation.PATIENT_LIST.route
AGES: Final[dict[str, tuple[str, str]]] = {
    "0-1": ("0", "1"),
    "2-11": ("2", "11"),
    "12-17": ("12", "17"),
    "18-39": ("18", "39"),
    "40-64": ("40", "64"),
    "65-": ("65", ""),
}
"""Age bands in completed years, both ends included."""
_FOUND_AT_ONCE: Final = 8
_OPENED_BY: Final = {
    "department": Permission.ORGANIZATION_DEPARTMENT_READ,
    "practitioner": Permission.ORGANIZATION_PRACTITIONER_READ,
    "payer": Permission.ORGANIZATION_PAYER_READ,
}
"""What choosing one of the house's own things wants besides the filter's permission."""


class Choice(TypedDict):
    """One choice of a filter."""

    value: str
    label: str
    detail: str


class View(TypedDict):
    """A kept view."""

    id: str
    name: str
    href: str


class PatientListState(ScreenState, rx.State):
    """One page of patients and the question it answers."""

    rows: list[PatientItem] = []
    count: str = ""
    has_next: bool = False
    has_previous: bool = False
    is_narrowed: bool = False
    asked: dict[str, str] = dict.fromkeys(PatientQuestion.names(), "")
    q_key: str = ""
    age_band: str = ""
    age_words: str = ""
    names: dict[str, str] = {}
    columns: list[str] = list(FIRST_COLUMNS)
    filters: list[str] = []
    may_export: bool = False
    is_filtering: bool = False
    is_keeping: bool = False
    departments: list[Choice] = []
    payers: list[Choice] = []
    practitioners: list[Choice] = []
    conditions: list[Choice] = []
    views: list[View] = []
    _at: str = ""
    _next: str = ""
    _previous: str = ""

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def load(self) -> None:
        """Show what the address asks for, among what this tab searches."""
        wanted = query_of(self)
        self._ask(PatientQuestion.read({**wanted, "text": self.asked["text"]}))
        self._at = wanted.get("at", "")
        self.q_key = "opened" if self.q_key != "opened" else "open"
        await self._fill()
        offered = await self._run(_offered)
        if offered is not None:
            self.filters, self.may_export, kept = offered
            self.views = [_view(row) for row in kept]

    @handles(Permission.PATIENTS_PATIENT_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed on this page."""
        found = await self._reread(find_patients, question=self._question(), bookmark=self._at or None)
        if found is not None:
            self._show(found)

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def search(self, text: str) -> None:
        """Narrow the list while somebody types."""
        self._ask(PatientQuestion.read({**self.asked, "text": text}))
        self._at = ""
        await self._fill(is_typed=True)

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def narrow(self, part: str, value: str) -> Any:
        """Set one part of the question ("sex", "sort", "payer" ...); "" for any."""
        return await self._go({**self.asked, str(part): value})

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def sort_by(self, sort: str) -> Any:
        """Sort by a column ("name") or downwards ("-name")."""
        return await self._go({**self.asked, "sort": sort})

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def narrow_age(self, band: str) -> Any:
        """Only patients in an age band; "" for all."""
        youngest, oldest = AGES.get(str(band), ("", ""))
        return await self._go({**self.asked, "age_from": youngest, "age_to": oldest})

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def toggle_column(self, name: str) -> Any:
        """Show a column, or leave it out."""
        chosen = [*self.columns, name] if name not in self.columns else [c for c in self.columns if c != name]
        return await self._go({**self.asked, "columns": ".".join(chosen)})

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def clear(self) -> Any:
        """Show every patient again, in the same columns."""
        self.q_key = "cleared" if self.q_key != "cleared" else "clear"
        return await self._go({"columns": self.asked["columns"], "sort": self.asked["sort"]})

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def open_filters(self) -> None:
        """Offer every filter in a drawer."""
        self.practitioners, self.conditions = [], []
        found = await self._run(_choices)
        if found is not None:
            self.departments, self.payers = found
            self.is_filtering = True

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def close_filters(self) -> None:
        """Close the drawer."""
        self.is_filtering = False

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def apply_filters(self, form: dict[str, Any]) -> Any:
        """Use what was chosen in the drawer."""
        self.is_filtering = False
        chosen = {name: str(form.get(name) or "") for name in PatientQuestion.names() if name in form}
        return await self._go({**self.asked, **chosen})

    @handles(Permission.ORGANIZATION_PRACTITIONER_READ, supersedes=True)
    async def find_practitioners(self, text: str) -> None:
        """Search practitioners for the filter."""
        wanted = str(text).strip()[:100]
        page = await self._look_up(organization.list_practitioners, text=wanted) if wanted else None
        self.practitioners = [
            {"value": str(row.id), "label": row.name, "detail": row.specialty}
            for row in (page.rows[:_FOUND_AT_ONCE] if page else [])
        ]

    @handles(Permission.CLINICAL_CONDITION_READ, supersedes=True)
    async def find_conditions(self, text: str) -> None:
        """Search the conditions that records of this hospital name, for the filter."""
        found = await self._look_up(search_terms, kind=TermKind.CONDITION, text=str(text)[:100])
        self.conditions = [
            {
                "value": term.code,
                "label": plain_display(term.display),
                "detail": f"{term.code_system} {term.code}",
            }
            for term in found or []
            if term.code
        ]

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def open_keeping(self) -> None:
        """Ask for the name under which this view is kept."""
        self.problem, self.problems, self.is_keeping = "", {}, True

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def close_keeping(self) -> None:
        """Close that dialog."""
        self.is_keeping = False

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def keep_view(self, form: dict[str, Any]) -> Any:
        """Keep the filters, sort and columns under a name."""
        query = urlencode({name: text for name, text in self._question().address().items() if text})
        kept = await self._run(_keep_view, name=str(form.get("name", "")), query=query)
        if kept is None:
            return None
        self.views, self.is_keeping = [_view(row) for row in kept], False
        return say("View kept.")

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def forget_view(self, view_id: str) -> None:
        """Remove one of one's own views."""
        kept = await self._run(_forget_view, view_id=number_from(view_id))
        if kept is not None:
            self.views = [_view(row) for row in kept]

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def next_page(self) -> Any:
        """The page after this one."""
        return await self._go(self.asked, at=self._next)

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def previous_page(self) -> Any:
        """The page before this one."""
        return await self._go(self.asked, at=self._previous)

    async def _go(self, asked: dict[str, Any], at: str = "") -> Any:
        """Show the changed question now, and make it a step of the browser's history."""
        self._ask(PatientQuestion.read(asked))
        self._at = at
        await self._fill()
        return show_address(with_query(ROUTE, **self._question().address(), at=at))

    def _ask(self, question: PatientQuestion) -> None:
        self.asked = {name: str(getattr(question, name)) for name in question.names()}
        ages = question.age_from, question.age_to
        self.age_band = next(
            (band for band, both in AGES.items() if both == ages), "other" if any(ages) else ""
        )
        self.age_words = _age_words(*ages)

    def _question(self) -> PatientQuestion:
        return PatientQuestion.read(self.asked)

    async def _fill(self, *, is_typed: bool = False) -> None:
        question = self._question()
        found: FoundPatients | None = await self._run(
            find_patients, question=question, bookmark=self._at or None, is_typed=is_typed
        )
        self.is_loading, self.is_narrowed = False, question.is_narrowed
        if found is None:
            self.rows, self.count, self._next, self._previous = [], "", "", ""
            self.has_next = self.has_previous = False
        else:
            self._show(found)

    def _show(self, found: FoundPatients) -> None:
        rows = [patient_item(row, found.texts.get(row.id, {})) for row in found.page.rows]
        if rows != self.rows:
            self.rows = rows
        self.columns, self.names = list(found.columns), dict(found.names)
        self.count = with_noun(found.page.count_label, "patient")
        self._next, self._previous = found.page.next_bookmark or "", found.page.previous_bookmark or ""
        self.has_next, self.has_previous = bool(self._next), bool(self._previous)


def _age_words(youngest: str, oldest: str) -> str:
    if not oldest:
        return f"{youngest} years and older" if youngest else ""
    return f"{youngest} to {oldest} years" if youngest not in ("", "0") else f"under {int(oldest) + 1} years"


def _view(row: SavedViewRow) -> View:
    return {
        "id": row["id"],
        "name": row["name"],
        "href": f"{ROUTE}?{row['query']}" if row["query"] else ROUTE,
    }


def _offered(session: Session, actor: Actor) -> tuple[list[str], bool, list[SavedViewRow]]:
    """The filters somebody may use, whether the list may be downloaded, and the views kept of it."""
    filters = [
        name
        for name, permission in NARROWED_BY.items()
        if actor.can(permission) and (name not in _OPENED_BY or actor.can(_OPENED_BY[name]))
    ]
    kept = security.list_saved_views(session, actor, screen=ROUTE)
    return filters, actor.can(Permission.PATIENTS_LIST_EXPORT), kept


def _choices(session: Session, actor: Actor) -> tuple[list[Choice], list[Choice]]:
    """The departments and payers somebody may choose from."""
    departments: list[Choice] = []
    payers: list[Choice] = []
    if actor.can(Permission.ORGANIZATION_DEPARTMENT_READ):
        found = organization.list_departments(session, actor, shows_closed=True).rows
        departments = [{"value": str(row.id), "label": row.name, "detail": ""} for row in found]
    if actor.can(Permission.ORGANIZATION_PAYER_READ):
        payers = [
            {"value": str(row.id), "label": row.name, "detail": ""}
            for row in organization.list_payers(session, actor, shows_closed=True).rows
        ]
    return departments, payers


def _keep_view(session: Session, actor: Actor, *, name: str, query: str) -> list[SavedViewRow]:
    request = SavedViewInput.from_form({"screen": ROUTE, "name": name, "query": query})
    views.save_view(session, actor, request=request)
    return security.list_saved_views(session, actor, screen=ROUTE)


def _forget_view(session: Session, actor: Actor, *, view_id: int) -> list[SavedViewRow]:
    views.forget_view(session, actor, view_id=view_id)
    return security.list_saved_views(session, actor, screen=ROUTE)
