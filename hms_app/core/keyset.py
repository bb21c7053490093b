"""One keyset pager for every list: where a page begins, and how what was read becomes a page with its neighbours."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.paging import (
    COUNT_CAP,
    PAGE_SIZE,
    AddressDamaged,
    Page,
    bookmark,
    capped_label,
    read_bookmark,
)

Found = TypeVar("Found")
Kind = type[str] | type[int] | type[dt.date] | type[Decimal]

_READ: Final[Mapping[Kind, Callable[[Any], Any]]] = {
    str: str,
    int: int,
    dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
    Decimal: Decimal,
}
_WRITTEN: Final[Mapping[Kind, Callable[[Any], str | int]]] = {
    str: str,
    int: int,
    dt.date: dt.date.isoformat,
    dt.datetime: dt.datetime.isoformat,
    Decimal: str,
}
"""How a sort value stands in a bookmark, and is read from it."""


@dataclass(frozen=True)
class Place:
    """Where a page begins: the sort values of the row beside it; none at the start of the list."""

    values: tuple[Any, ...] = ()
    is_back: bool = False

    def __bool__(self) -> bool:
        return bool(self.values)


@dataclass(frozen=True)
class Keyset:
    """By what a list is sorted, the last of it unique. `of` names list and sort: places of others are refused.

    One that `grows` has no way back: its pages are added below each other.
    """

    of: str
    kinds: tuple[Kind, ...]
    grows: bool = False

    def place(self, at: str | None) -> Place:
        """Where the bookmark leads; raises AddressDamaged."""
        if not at:
            return Place()
        is_back, (of, *values) = read_bookmark(at, str, *(int if kind is int else str for kind in self.kinds))
        if of != self.of or (is_back and self.grows):
            raise AddressDamaged
        return Place(tuple(map(_read, self.kinds, values)), is_back)

    def mark(self, values: Sequence[Any], *, backwards: bool = False) -> str:
        """The bookmark at a row with these sort values."""
        texts = (_WRITTEN[kind](value) for kind, value in zip(self.kinds, values, strict=True))
        return bookmark(self.of, *texts, backwards=backwards)

    def cut(
        self,
        found: Sequence[Found],
        place: Place,
        *,
        values_of: Callable[[Found], Sequence[Any]],
        size: int = PAGE_SIZE,
        label: str = "",
    ) -> Page[Found]:
        """A page of what was read in the direction of `place`: one row more than `size` tells that there are others."""
        has_more, rows = len(found) > size, list(found[:size])
        if place.is_back:
            rows.reverse()
        has_next, has_previous = (
            (True, has_more) if place.is_back else (has_more, bool(place) and not self.grows)
        )
        return Page(
            rows,
            self.mark(values_of(rows[-1])) if rows and has_next else None,
            self.mark(values_of(rows[0]), backwards=True) if rows and has_previous else None,
            label,
        )


def read_page(
    session: Session,
    statement: Any,
    keyset: Keyset,
    columns: Sequence[Any],
    at: str | None,
    *,
    is_down: bool = False,
    label: str = "",
) -> Page[tuple[Any, ...]]:
    """The page of a statement that the bookmark leads to, sorted by `columns`, each row as the statement selects it."""
    place = keyset.place(at)
    downwards = is_down != place.is_back
    keys = [column.label(f"key_{number}") for number, column in enumerate(columns)]
    wanted = statement.add_columns(*keys).limit(PAGE_SIZE + 1)
    if place:
        there = sa.tuple_(*map(_literal, columns, place.values))
        here = sa.tuple_(*columns)
        wanted = wanted.where(here < there if downwards else here > there)
    wanted = wanted.order_by(*(column.desc() if downwards else column for column in columns))
    found = session.execute(wanted).all()
    page = keyset.cut(found, place, values_of=lambda row: row[-len(keys) :], label=label)
    return page.map(lambda row: tuple(row[: -len(keys)]))


def count_label(session: Session, statement: Any, key: Any) -> str:
    """How many rows a statement finds, counted no further than the cap, as people read it."""
    capped = statement.with_only_columns(key).limit(COUNT_CAP + 1).subquery()
    return capped_label(session.connection().scalar(sa.select(sa.func.count()).select_from(capped)) or 0)


def _read(kind: Kind, text: Any) -> Any:
    try:
        return _READ[kind](text)
    except (ValueError, InvalidOperation):
        raise AddressDamaged from None


def _literal(column: Any, value: Any) -> Any:
    return sa.literal(value, column.type)
