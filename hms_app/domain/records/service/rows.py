"""What every change of a row begins and ends with: the lock, the version, the save, the trail's entry.

Whoever calls these has asked who may.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from sqlmodel import Session, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.table import Sourced
from hms_app.domain.audit import service as audit
from hms_app.domain.records.errors import Conflict, EnteredInError
from hms_app.domain.records.queries import saved_version
from hms_app.domain.records.rules import given_reason
from hms_app.domain.records.tables import Retractable, Versioned
from hms_app.domain.records.values import RowForm

Held = TypeVar("Held", bound=Any)

_OF_THE_ROW: Final = frozenset({"id", "patient_id", *Versioned.model_fields, *Retractable.model_fields})
_OF_THE_SOURCE: Final = frozenset(Sourced.model_fields)


@dataclass(frozen=True)
class RowKind(Generic[Held]):
    """A kind of rows that people change one by one: where they stand, what one is called, how its form shows one.

    Without a form whoever saves second is told that somebody else saved first, and no more.
    """

    table: type[Held]
    what: str
    form: Callable[[Session, Actor, int], RowForm] | None = None


def locked_row(
    session: Session, actor: Actor, kind: RowKind[Held], row_id: int, *, version: int | None = None
) -> Held:
    """A row, held until the commit; `version` is the one that was on screen, None for an act that needs none.

    Raises NotFound, EnteredInError, and Conflict, which carries the present version, when it is not `version`.
    """
    table: Any = kind.table
    row: Any = session.exec(
        select(table).where(table.id == row_id).with_for_update().execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound(kind.what)
    if version is not None and row.version != version:
        raise conflict(session, actor, kind, row)
    if isinstance(row, Retractable) and row.entered_in_error_at is not None:
        raise EnteredInError(kind.what)
    return row  # type: ignore[no-any-return]


def conflict(session: Session, actor: Actor, kind: RowKind[Any], row: Any) -> Conflict:
    """The refusal of whoever saves second, with the version that is saved now."""
    if kind.form is None:
        return Conflict(kind.what)
    form = kind.form(session, actor, row.key)
    return Conflict(
        kind.what,
        saved_version(
            session, actor, table=row.__tablename__, row_id=row.key, version=row.version, form=form
        ),
    )


def add_row(session: Session, actor: Actor, row: Any, action: StrEnum) -> None:
    """Write a new row with what follows from it and who wrote it, and say so in the trail."""
    if isinstance(row, Retractable):
        row.recorded_at, row.recorded_by_user_id = clock.now(), actor.user_id
    _derive(row)
    session.add(row)
    session.flush()
    record_row(session, actor, action, row, after=row)


def save_row(
    session: Session,
    actor: Actor,
    row: Any,
    action: StrEnum,
    *,
    reason: str | None = None,
    beside: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
    **values: Any,
) -> dict[str, Any]:
    """Write what differs, if anything does, raise the version, and say so in the trail; returns the new values.

    `beside` is what was changed in rows that hang on this one, before and after: it counts as the row's own.
    """
    before = _told(row)
    for name, value in values.items():
        setattr(row, name, value)
    old, new = audit.changes({**before, **beside[0]}, {**_told(row), **beside[1]})
    if new:
        _derive(row)
        row.version += 1
        session.add(row)
        session.flush()
        record_row(session, actor, action, row, before=old, after=new, reason=reason)
    return new


def retract_row(session: Session, actor: Actor, row: Any, action: StrEnum, *, reason: str) -> None:
    """Mark the row as entered in error, with who says so, when and why."""
    reason = given_reason(reason)
    row.entered_in_error_at = clock.now()
    row.entered_in_error_by_user_id = actor.user_id
    row.entered_in_error_reason = reason
    row.version += 1
    session.flush()
    record_row(session, actor, action, row, before=content_of(row), reason=reason)


def record_row(session: Session, actor: Actor, action: StrEnum, row: Any, **entry: Any) -> None:
    """The trail's entry about a row; one about a patient stands under that patient."""
    kept: dict[str, Any] = {
        name: content_of(value) if value is row else value for name, value in entry.items()
    }
    audit.record(session, actor, action, row, patient_id=row.under_patient(), **kept)


def content_of(row: Any) -> dict[str, Any]:
    """What a row says, without what is only about the row itself."""
    left_out = _OF_THE_ROW | _OF_THE_SOURCE
    return {name: value for name, value in _told(row).items() if name not in left_out and value}


def _told(row: Any) -> Mapping[str, Any]:
    """The row for the trail: what only follows from it is no news."""
    unsaid = {"version", *row.derived()}
    return {name: value for name, value in audit.snapshot(row).items() if name not in unsaid}


def _derive(row: Any) -> None:
    for name, value in row.derived().items():
        setattr(row, name, value)
