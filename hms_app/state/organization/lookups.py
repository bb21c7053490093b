"""The hospital's own things to filter lists by, searched for as somebody types; those that are closed, too."""

from collections.abc import Callable
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.organization import queries
from hms_app.domain.organization.values import DepartmentRow, PayerRow, PractitionerRow
from hms_app.state.lists.kinds import Choice, Lookup

OFFERED_AT_ONCE: Final = 20


def department_lookup(*wants: Permission) -> Lookup:
    """A filter by a department; `wants` are rights that what it tells takes besides."""
    return _lookup("department", queries.list_departments, queries.get_department, _department,
                   Permission.ORGANIZATION_DEPARTMENT_READ, *wants)  # fmt: skip


def practitioner_lookup(*wants: Permission) -> Lookup:
    """A filter by a practitioner."""
    return _lookup("practitioner", queries.list_practitioners, queries.get_practitioner, _practitioner,
                   Permission.ORGANIZATION_PRACTITIONER_READ, *wants)  # fmt: skip


def payer_lookup(*wants: Permission) -> Lookup:
    """A filter by a payer."""
    return _lookup("payer", queries.list_payers, queries.get_payer, _payer,
                   Permission.ORGANIZATION_PAYER_READ, *wants)  # fmt: skip


def _lookup(
    name: str,
    find: Callable[..., Any],
    get: Callable[..., Any],
    choice: Callable[[Any], Choice],
    *wants: Permission,
) -> Lookup:
    def search(session: Session, actor: Actor, text: str) -> list[Choice]:
        found = find(session, actor, text=text, shows_closed=True)
        return [choice(row) for row in found.rows[:OFFERED_AT_ONCE]]

    def one(session: Session, actor: Actor, key: int) -> Choice:
        return choice(get(session, actor, **{f"{name}_id": key}))

    return Lookup(name, name, key_of, wants=wants, search=search, get=one)


def _department(row: DepartmentRow) -> Choice:
    return Choice(value=str(row.id), label=row.name, detail=row.code)


def _practitioner(row: PractitionerRow) -> Choice:
    return Choice(value=str(row.id), label=row.name, detail=row.specialty)


def _payer(row: PayerRow) -> Choice:
    return Choice(value=str(row.id), label=row.name, detail="")
