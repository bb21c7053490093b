"""Reading CSV files as they come: a row at a time, with the physical line each one starts on."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hms_app.domain.interop.errors import ImportColumnMissing, ImportFileUnreadable
from hms_app.domain.interop.values import Columns, Problem, Row

LINE_LIMIT: Final = 1_000_000
"""Bytes of the longest line that is read; a longer one is rejected."""
QUOTED_LINES_LIMIT: Final = 500
"""Lines a quoted field may run over before its opening quote is taken for a stray one."""
BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Unreadable:
    """A line that cannot be taken for a row, and why."""

    reason: str


class CsvFile:
    """One CSV file, read in a stream; it may start with a byte order mark and end its lines in any usual way.

    Raises `ImportFileUnreadable` or `ImportColumnMissing` when opened on a file whose header does not serve.
    A file without any line is a file without rows.
    """

    def __init__(self, path: Path, columns: Columns) -> None:
        self.path = path
        self.stem = path.stem
        self.bytes_read = 0
        self._width, self._places = _read_header(path, columns)

    def rows(self) -> Iterator[Row | Problem]:
        """Every row after the header, or what is wrong with it."""
        self.bytes_read = 0
        records = _records(self._lines())
        next(records, None)
        for line, content in records:
            if isinstance(content, Unreadable):
                yield Problem(self.stem, line, content.reason)
            else:
                yield self._row(line, content)

    def _row(self, line: int, text: str) -> Row | Problem:
        if "\0" in text:
            return Problem(self.stem, line, "the row contains a NUL character")
        cells = _split(text)
        if cells is None:
            return Problem(self.stem, line, "the row's quotes do not match")
        if len(cells) != self._width:
            return Problem(self.stem, line, f"the row has {len(cells)} values, the header {self._width}")
        return Row(line, {name: cells[place].strip() for name, place in self._places})

    def _lines(self) -> Iterator[tuple[int, str | Unreadable]]:
        for number, raw, complete in _physical_lines(self.path):
            self.bytes_read += len(raw)
            if not complete:
                yield number, Unreadable("the line is longer than a million bytes")
                continue
            try:
                yield number, raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                yield number, Unreadable("the line is not UTF-8 text")


def _physical_lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    number, started = 0, False
    with path.open("rb") as file:
        if file.read(len(BOM)) != BOM:
            file.seek(0)
        while raw := file.readline(LINE_LIMIT):
            ended = raw.endswith(b"\n") or len(raw) < LINE_LIMIT
            if not started:
                number += 1
                yield number, raw, ended
            started = not ended


def _records(lines: Iterator[tuple[int, str | Unreadable]]) -> Iterator[tuple[int, str | Unreadable]]:
    """Join the lines of a quoted field that runs over several; blank lines are no records."""
    waiting: list[tuple[int, str | Unreadable]] = []
    while True:
        first = waiting.pop(0) if waiting else next(lines, None)
        if first is None:
            return
        number, text = first
        if isinstance(text, Unreadable):
            yield number, text
        elif text.count('"') % 2:
            joined = _join_quoted(text, waiting, lines)
            yield number, joined if joined is not None else Unreadable("a quoted value is never closed")
        elif text.strip():
            yield number, text


def _join_quoted(
    text: str, waiting: list[tuple[int, str | Unreadable]], lines: Iterator[tuple[int, str | Unreadable]]
) -> str | None:
    """The whole record that starts with `text`; None, with every line still waiting, when its quote never closes."""
    parts, taken = [text], 0
    while taken < QUOTED_LINES_LIMIT:
        if taken == len(waiting):
            following = next(lines, None)
            if following is None:
                return None
            waiting.append(following)
        content = waiting[taken][1]
        if isinstance(content, Unreadable):
            return None
        taken += 1
        parts.append(content)
        if content.count('"') % 2:
            del waiting[:taken]
            return "\n".join(parts)
    return None


def _split(text: str) -> list[str] | None:
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader((text,), strict=True))
    except csv.Error:
        return None


def _read_header(path: Path, columns: Columns) -> tuple[int, list[tuple[str, int]]]:
    try:
        first = next(_physical_lines(path), None)
        header = first[1].decode("utf-8").rstrip("\r\n") if first else None
    except OSError as error:
        raise ImportFileUnreadable(path.name, (error.strerror or "it cannot be opened").lower()) from error
    except UnicodeDecodeError as error:
        raise ImportFileUnreadable(path.name, "its first line is not UTF-8 text") from error
    if header is None:
        return 0, []
    cells = [columns.canonical(cell) for cell in _split(header) or []]
    missing = [name for name in columns.required if name not in cells]
    if missing:
        raise ImportColumnMissing(path.name, missing)
    wanted = [name for name in (*columns.required, *columns.optional) if name in cells]
    repeated = [name for name in wanted if cells.count(name) > 1]
    if repeated:
        raise ImportFileUnreadable(path.name, f"it has the column {repeated[0]} twice")
    return len(cells), [(name, cells.index(name)) for name in wanted]
