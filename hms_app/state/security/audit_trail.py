"""The audit trail: filters in the address, one entry aside, and whether the chain holds."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple, TypedDict, cast

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.form_input import NO_DATE
from hms_app.core.keys import key_of
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import queries
from hms_app.domain.audit.rules import NOT_SHOWN
from hms_app.domain.audit.values import EntryFilters, EntryRow
from hms_app.domain.security import queries as security_queries
from hms_app.domain.workflows.read_trail import list_trail, open_trail_entry
from hms_app.state.address import with_query
from hms_app.state.base import handles
from hms_app.state.lists.kinds import Filter, ListKind
from hms_app.state.lists.screen import ListScreen
from hms_app.state.replies import call
from hms_app.state.security.users import Found, user_choices

EXPORT: Final = "/exports/audit.csv"
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


def entry_item(row: EntryRow, actor: Actor) -> ShownEntry:
    """A row of the list, with the act in words."""
    return {
        "id": str(row.id),
        "occurred_at": actor.locale.moment(row.occurred_at),
        "actor_name": row.actor_name,
        "act": words_of(row.action),
        "action": row.action,
        "subject": row.subject.replace("_", " "),
        "patient": patient_words(row),
        "ip_address": row.ip_address,
    }


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _trail(session: Session, actor: Actor, *, at: str | None, **narrowed: Any) -> Page[EntryRow]:
    return list_trail(session, actor, filters=filters_of(narrowed, actor.locale), at=at)


class _Beside(NamedTuple):
    head: str
    person: str


def _beside(session: Session, actor: Actor, *, asked: Mapping[str, str]) -> _Beside:
    """The head of the chain, and what the person is called of whom entries are shown."""
    person, user_id = "", key_of(asked["user"])
    if user_id and actor.can(Permission.SECURITY_USER_READ):
        person = security_queries.get_user(session, actor, user_id=user_id).name
    return _Beside(str(queries.chain_head(session)), person)


TRAIL: Final = ListKind(
    name="audit",
    noun="entry",
    nouns="entries",
    read=Permission.AUDIT_ENTRY_READ,
    find=_trail,
    present=entry_item,
    columns={
        "act": "What",
        "actor_name": "Who",
        "occurred_at": "When",
        "subject": "Record",
        "ip_address": "From",
    },
    filters=(
        Filter("user", "user", key_of),
        Filter("action", "action", str),
        Filter("patient", "patient", key_of),
        Filter("from", "from_on", _day, NO_DATE),
        Filter("to", "to_on", _day, NO_DATE),
    ),
    search="",
    rights={
        "may_verify": Permission.AUDIT_CHAIN_VERIFY,
        "may_export": Permission.AUDIT_ENTRY_EXPORT,
        "may_ask_patient": Permission.PATIENTS_PATIENT_READ,
    },
    beside=_beside,
)


class AuditTrailState(ListScreen, rx.State):
    """A page of the trail, one of its entries, and whether the chain holds."""

    listed: ClassVar = TRAIL
    rows: list[ShownEntry] = []
    person_name: str = ""
    people: list[Found] = []
    head: str = ""
    may_verify: bool = False
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
        """Show what the address asks for; no entry stays open."""
        self._close()
        await super().load()

    @handles(Permission.SECURITY_USER_READ, supersedes=True)
    async def find_people(self, text: str) -> None:
        """Search people for the filter."""
        wanted = str(text).strip()[:100]
        page = await self._look_up(security_queries.list_users, text=wanted) if wanted else None
        self.people = user_choices(page)

    @handles(Permission.AUDIT_ENTRY_READ)
    async def open_entry(self, entry_id: str) -> None:
        """Show one entry with its fields before and after."""
        number = key_of(entry_id)
        found = await self._run(_opened, entry_id=number) if number else None
        if found is not None:
            self.entry, self.changes, self.hidden = found
            self.open_id = self.entry["id"]

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
        return call("(there) => window.location.assign(there)", with_query(EXPORT, **self.asked))

    def _show_beside(self, found: _Beside) -> None:
        self.head, self.person_name = found

    def _close(self) -> None:
        self.open_id, self.entry, self.changes, self.hidden = "", {}, [], []


def opened(row: EntryRow, actor: Actor) -> dict[str, str]:
    """The opened entry, ready to read; what is not shown says so."""
    return {
        **cast(dict[str, str], entry_item(row, actor)),
        "reason": row.hides_reason or row.reason,
        "listed": ", ".join(map(str, row.listed)),
        "hash": row.hash,
    }


def patient_words(row: EntryRow) -> str:
    """The number of the patient an entry is about; in words when the reader may not know of them, else empty."""
    return str(row.patient_id or "") or (f"A patient, {NOT_SHOWN}" if row.is_about_somebody else "")


def words_of(action: str) -> str:
    """ "security.second_factor.confirmed" as "Second factor confirmed"."""
    return " ".join(action.split(".")[1:]).replace("_", " ").capitalize() or action


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The fields of an entry with their values before and after."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        {
            "id": name.replace("_", " "),
            "before": _short(before.get(name)),
            "after": _short(after.get(name)),
        }
        for name in names
    ]


def filters_of(narrowed: Mapping[str, Any], locale: HospitalLocale) -> EntryFilters:
    """What the trail is narrowed by; days are the hospital's, the last one included."""
    from_at, to_at = locale.day_bounds(narrowed.get("from_on"), narrowed.get("to_on"))
    return EntryFilters(
        actor_user_id=narrowed.get("user"),
        action=narrowed.get("action", ""),
        patient_id=narrowed.get("patient"),
        from_at=from_at,
        to_at=to_at,
    )


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:MAX_SHOWN]


def _opened(
    session: Session, actor: Actor, *, entry_id: int
) -> tuple[dict[str, str], list[Change], list[str]]:
    row = open_trail_entry(session, actor, entry_id=entry_id)
    return opened(row, actor), changes_of(row.before, row.after), list(row.hidden)


@use_case(Permission.AUDIT_ENTRY_EXPORT, dangerous=True)
def _may_export(session: Session, actor: Actor) -> bool:
    return True
