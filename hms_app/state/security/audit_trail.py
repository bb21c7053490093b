"""The audit trail: filters in the address, one entry aside, and whether the chain holds."""

import datetime as dt
import json
from typing import Any, Final, TypedDict, cast

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page, with_noun
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import queries
from hms_app.domain.audit.rules import NOT_SHOWN
from hms_app.domain.audit.values import EntryFilters, EntryRow
from hms_app.domain.security import queries as security_queries
from hms_app.domain.workflows.read_trail import list_trail, open_trail_entry
from hms_app.state.address import query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import call
from hms_app.state.security.access import Found
from hms_app.state.security.addresses import go_to

ROUTE: Final = navigation.AUDIT_TRAIL.route
EXPORT: Final = "/exports/audit.csv"
FILTERS: Final = ("user", "action", "patient", "from", "to")
MAX_SHOWN: Final = 400


class ShownEntry(TypedDict):
    """One entry in the list."""

    id: str
    occurred_at: str
    actor_name: str
    act: str
    action: str
    subject: str
    patient: str
    ip_address: str


class Change(TypedDict):
    """One field before and after."""

    id: str
    before: str
    after: str


class AuditTrailState(ScreenState, rx.State):
    """A page of the trail and what was asked about it."""

    rows: list[ShownEntry] = []
    count: str = ""
    filters: dict[str, str] = {}
    filter_key: str = ""
    person_name: str = ""
    people: list[Found] = []
    next_page: str = ""
    previous_page: str = ""
    head: str = ""
    may_verify: bool = False
    may_export: bool = False
    is_verified: bool = False
    is_whole: bool = False
    verdict: str = ""
    chain_problems: list[str] = []
    is_verifying: bool = False
    may_ask_patient: bool = False
    open_id: str = ""
    entry: dict[str, str] = {}
    changes: list[Change] = []
    hidden: list[str] = []
    """What of the opened entry is not shown, in sentences."""

    @handles(Permission.AUDIT_ENTRY_READ)
    async def load(self) -> None:
        """Read the page of the trail that the address names."""
        query = query_of(self)
        self.filters = {name: query.get(name, "")[:100] for name in FILTERS}
        self.filter_key = json.dumps(self.filters)
        self._close()
        found = await self._run(_trail, filters=self.filters, bookmark=query.get("page") or None)
        self.is_loading = False
        if found is None:
            self.rows = []
            return
        page, self.head, self.person_name, rights = found
        self.may_verify, self.may_export, self.may_ask_patient = rights
        self.rows = [shown(row) for row in page.rows]
        self.count = with_noun(page.count_label, "entry", "entries")
        self.next_page, self.previous_page = page.next_bookmark or "", page.previous_bookmark or ""

    @handles(Permission.AUDIT_ENTRY_READ)
    async def apply(self, form: dict[str, Any]) -> Any:
        """Put the filters into the address."""
        return go_to(ROUTE, **{name: str(form.get(name, "")).strip() for name in FILTERS})

    @handles(Permission.AUDIT_ENTRY_READ)
    async def show_next(self) -> Any:
        """Go to earlier entries."""
        return go_to(ROUTE, **self.filters, page=self.next_page)

    @handles(Permission.AUDIT_ENTRY_READ)
    async def show_previous(self) -> Any:
        """Go to later entries."""
        return go_to(ROUTE, **self.filters, page=self.previous_page)

    @handles(Permission.SECURITY_USER_READ, supersedes=True)
    async def find_people(self, text: str) -> None:
        """Search people for the filter."""
        wanted = str(text).strip()[:100]
        page = await self._look_up(security_queries.list_users, text=wanted) if wanted else None
        rows = page.rows[:8] if page else []
        self.people = [{"value": row["id"], "label": row["name"], "detail": row["email"]} for row in rows]

    @handles(Permission.AUDIT_ENTRY_READ)
    async def open_entry(self, entry_id: str) -> None:
        """Show one entry with its fields before and after."""
        number = key_of(entry_id)
        row = await self._run(open_trail_entry, entry_id=number) if number else None
        if row is not None:
            self.entry, self.changes, self.hidden = opened(row), changes_of(row), list(row["hidden"])
            self.open_id = row["id"]

    @handles(Permission.AUDIT_ENTRY_READ)
    async def close_entry(self) -> None:
        """Close the entry."""
        self._close()

    @handles(Permission.AUDIT_CHAIN_VERIFY)
    async def verify(self) -> Any:
        """Recompute the whole chain now."""
        self.is_verifying = True
        yield
        status = await self._run(queries.chain_status)
        self.is_verifying = False
        if status is not None:
            self.is_verified, self.is_whole, self.verdict = True, status.ok, status.sentence
            self.head, self.chain_problems = status.head, list(status.problems)

    @handles(Permission.AUDIT_ENTRY_EXPORT)
    async def export(self) -> Any:
        """Download exactly what is filtered; wants the password again."""
        if await self._run(_may_export) is None:
            return None
        return call("(there) => window.location.assign(there)", with_query(EXPORT, **self.filters))

    def _close(self) -> None:
        self.open_id, self.entry, self.changes, self.hidden = "", {}, [], []


def shown(row: EntryRow) -> ShownEntry:
    """A row of the list, with the act in words."""
    return {
        "id": row["id"],
        "occurred_at": row["occurred_at"],
        "actor_name": row["actor_name"],
        "act": words_of(row["action"]),
        "action": row["action"],
        "subject": row["subject"].replace("_", " "),
        "patient": patient_words(row),
        "ip_address": row["ip_address"],
    }


def opened(row: EntryRow) -> dict[str, str]:
    """The opened entry, ready to read; what is not shown says so."""
    return {
        **cast(dict[str, str], shown(row)),
        "reason": row["hides_reason"] or row["reason"],
        "listed": ", ".join(row["listed"]),
        "hash": row["hash"],
    }


def patient_words(row: EntryRow) -> str:
    """The number of the patient an entry is about; in words when the reader may not know of them, else empty."""
    return row["patient_id"] or (f"A patient, {NOT_SHOWN}" if row["is_about_somebody"] else "")


def words_of(action: str) -> str:
    """ "security.second_factor.confirmed" as "Second factor confirmed"."""
    return " ".join(action.split(".")[1:]).replace("_", " ").capitalize() or action


def changes_of(row: EntryRow) -> list[Change]:
    """The fields of an entry with their values before and after."""
    before, after = row["before"], row["after"]
    names = [*before, *(name for name in after if name not in before)]
    return [
        {
            "id": name.replace("_", " "),
            "before": _short(before.get(name)),
            "after": _short(after.get(name)),
        }
        for name in names
    ]


def filters_of(values: dict[str, str], locale: HospitalLocale) -> EntryFilters:
    """The filters of the address; days are the hospital's, the last one included."""
    from_at, to_at = locale.day_bounds(_day(values.get("from", "")), _day(values.get("to", "")))
    return EntryFilters(
        actor_user_id=key_of(values.get("user")),
        action=values.get("action", ""),
        patient_id=key_of(values.get("patient")),
        from_at=from_at,
        to_at=to_at,
    )


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:MAX_SHOWN]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _trail(
    session: Session, actor: Actor, *, filters: dict[str, str], bookmark: str | None
) -> tuple[Page[EntryRow], str, str, tuple[bool, ...]]:
    wanted = filters_of(filters, actor.locale)
    page = list_trail(session, actor, filters=wanted, bookmark=bookmark)
    person = ""
    if wanted.actor_user_id and actor.can(Permission.SECURITY_USER_READ):
        person = security_queries.get_user(session, actor, user_id=wanted.actor_user_id).name
    rights = Permission.AUDIT_CHAIN_VERIFY, Permission.AUDIT_ENTRY_EXPORT, Permission.PATIENTS_PATIENT_READ
    return page, str(queries.chain_head(session)), person, tuple(actor.can(right) for right in rights)


@use_case(Permission.AUDIT_ENTRY_EXPORT, dangerous=True)
def _may_export(session: Session, actor: Actor) -> bool:
    return True
