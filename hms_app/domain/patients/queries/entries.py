"""A record's entries in the trail: its changes, the looks at it, and the lists that showed the patient."""

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.paging import PAGE_SIZE, Page
from hms_app.domain.audit.queries import NEWEST_FIRST, key_of_entry, next_entries
from hms_app.domain.audit.tables import IS_CHANGE, IS_LOOK, AuditEntry, AuditShown
from hms_app.domain.audit.values import PatientEntries

NEWEST: Final = 2_000
"""So many of a record's newest entries are asked for the people to filter by."""
_ENTRY = sa.inspect(AuditEntry).local_table
_SHOWN = sa.inspect(AuditShown).local_table


def entries_of_patient(
    session: Session, filters: PatientEntries, *, bookmark: str | None = None, size: int = PAGE_SIZE
) -> Page[Mapping[str, Any]]:
    """A page of what was done to one patient's record, or of who looked at it, newest first.

    For a caller that has checked who asks. Looks at the record, lists that showed the patient, and changes have an
    index each, so that many of one never slow down the few of another.
    """
    place = NEWEST_FIRST.place(bookmark)
    parts = [
        next_entries(statement, entry_id, place, size).subquery()
        for statement, entry_id in _of_patient(filters)
    ]
    together = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    statement = next_entries(sa.select(together), together.c.id, place, size)
    found = [dict(entry) for entry in session.connection().execute(statement).mappings()]
    return NEWEST_FIRST.cut(found, place, values_of=key_of_entry, size=size)


def people_of_patient(session: Session, filters: PatientEntries) -> list[tuple[int, str]]:
    """Who is among the newest entries of this kind: user id and name, by name."""
    parts = [
        statement.with_only_columns(_ENTRY.c.actor_user_id, _ENTRY.c.actor_name)
        .where(_ENTRY.c.actor_user_id.is_not(None))
        .order_by(entry_id.desc())
        .limit(NEWEST)
        .subquery()
        for statement, entry_id in _of_patient(filters)
    ]
    newest = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    statement = sa.select(newest.c.actor_user_id, sa.func.max(newest.c.actor_name)).group_by(
        newest.c.actor_user_id
    )
    people = [(int(user_id), str(name)) for user_id, name in session.connection().execute(statement)]
    return sorted(people, key=lambda person: person[1])


def _of_patient(filters: PatientEntries) -> list[tuple[sa.Select[Any], sa.ColumnElement[int]]]:
    """The entries about the patient, and of looks the lists that showed them; each with what it is sorted by."""
    kind = sa.text(IS_LOOK if filters.looks else IS_CHANGE)
    about = sa.select(_ENTRY).where(_ENTRY.c.patient_id == filters.patient_id, kind)
    lists = sa.select(_ENTRY).join(_SHOWN, _SHOWN.c.entry_id == _ENTRY.c.id)
    lists = lists.where(_SHOWN.c.patient_id == filters.patient_id)
    found: list[tuple[sa.Select[Any], sa.ColumnElement[int]]] = [(_narrowed(about, filters), _ENTRY.c.id)]
    if filters.looks:
        found.append((_narrowed(lists, filters), _SHOWN.c.entry_id))
    return found


def _narrowed(statement: sa.Select[Any], filters: PatientEntries) -> sa.Select[Any]:
    if filters.actor_user_id is not None:
        statement = statement.where(_ENTRY.c.actor_user_id == filters.actor_user_id)
    if filters.actions:
        prefixes = [_ENTRY.c.action.startswith(prefix, autoescape=True) for prefix in filters.actions]
        statement = statement.where(sa.or_(*prefixes))
    if filters.from_at is not None:
        statement = statement.where(_ENTRY.c.occurred_at >= filters.from_at)
    if filters.to_at is not None:
        statement = statement.where(_ENTRY.c.occurred_at < filters.to_at)
    return statement
