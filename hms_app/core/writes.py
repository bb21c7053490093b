"""What a statement writes, heard at the driver's own cursor: below it there is no road to the database."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg import sql
from sqlmodel import SQLModel

from hms_app.core import beginning

SOMETHING: Final = "*"
"""Stands for what cannot be told from the statement's text."""
_STARTS: Final = r"(?:^|[();]|\bAS)\s*"
_NAME: Final = r"(?:ONLY\s+)?(?:\"?public\"?\.)?\"?(?P<{}>\w+(?:\.\w+)?)\"?"
_WRITES: Final = re.compile(
    _STARTS
    + r"(?:(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?)\s+"
    + _NAME.format("changed")
    + r"|COPY\s+"
    + _NAME.format("copied")
    + r"\s*(?:\([^)]*\))?\s+FROM\b)",
    re.IGNORECASE,
)
_IS_ONE_WRITE: Final = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE)\b[^;]*$", re.IGNORECASE)
"""Of such a statement the number of rows is that of the rows it changed."""
_UNTOLD: Final = re.compile(r"(?:^|;)\s*(?:DO|CALL)\b", re.IGNORECASE)


def tables_written(statement: str) -> frozenset[str]:
    """The names of the tables that a statement inserts into, updates or deletes from, wherever in it that stands."""
    return _of_short(statement) if len(statement) <= beginning.LONG else _found(statement)


def _found(statement: str) -> frozenset[str]:
    code = beginning.code_of(statement)
    names = {(match["changed"] or match["copied"]).lower() for match in _WRITES.finditer(code)}
    return frozenset(names | ({SOMETHING} if _UNTOLD.search(code) else set()))


_of_short: Final = lru_cache(maxsize=2048)(_found)


def wants_audit(table: str) -> bool:
    """Whether a write to this table must be told in the trail: one of ours that declares nothing else.

    Other tables are temporary ones and the queue's.
    """
    known = SQLModel.metadata.tables.get(table)
    return table == SOMETHING or (known is not None and "unaudited" not in known.info)


class HeardCursor(psycopg.Cursor[Any]):
    """A cursor that tells of what it writes to whoever listens on its connection; before that, a transaction begins."""

    def execute(self, query: Any, *arguments: Any, **options: Any) -> "HeardCursor":
        """As psycopg's own."""
        beginning.begin_for(self.connection, _text_of(self, query))
        super().execute(query, *arguments, **options)
        _tell(self, query, self.rowcount)
        return self

    def executemany(self, query: Any, *arguments: Any, **options: Any) -> None:
        """As psycopg's own."""
        beginning.begin_for(self.connection, _text_of(self, query))
        super().executemany(query, *arguments, **options)
        _tell(self, query, self.rowcount)

    def stream(self, query: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        """As psycopg's own."""
        beginning.begin_now(self.connection)
        _tell(self, query)
        return super().stream(query, *arguments, **options)

    def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        """As psycopg's own."""
        beginning.begin_now(self.connection)
        _tell(self, statement)
        return super().copy(statement, *arguments, **options)


class KeptCursor(psycopg.ServerCursor[Any]):
    """A cursor that the server keeps: it lives in a transaction."""

    def execute(self, *arguments: Any, **options: Any) -> "KeptCursor":
        """As psycopg's own."""
        beginning.begin_now(self.connection)
        super().execute(*arguments, **options)
        return self


def use_kept_cursors(driver: Any, _record: Any) -> None:
    """Give a new connection of the driver our cursors that the server keeps."""
    driver.server_cursor_factory = KeptCursor


Note = Callable[[frozenset[str]], None]
_LISTENERS: Final[WeakKeyDictionary[Any, list[Note]]] = WeakKeyDictionary()
"""For each connection of the driver, the innermost listener last."""


def listen(connection: Any, note: Note) -> Callable[[], None]:
    """Call `note` with the tables' names whenever rows are written over the driver's connection.

    Answers what ends it; while several listen, the last one that began is told.
    """
    listening = _LISTENERS.setdefault(connection, [])
    listening.append(note)

    def stop() -> None:
        if note in listening:
            listening.remove(note)

    return stop


def _tell(cursor: HeardCursor, query: Any, rows: int = -1) -> None:
    """Tell the listener, unless `rows`, which the statement says it changed, are none; -1 says nothing."""
    listening = _LISTENERS.get(cursor.connection)
    if not listening:
        return
    statement = _text_of(cursor, query)
    if rows == 0 and _IS_ONE_WRITE.match(statement):
        return
    if tables := tables_written(statement):
        listening[-1](tables)


def _text_of(cursor: HeardCursor, query: Any) -> str:
    if isinstance(query, bytes):
        return query.decode()
    return query.as_string(cursor) if isinstance(query, sql.Composable) else str(query)
