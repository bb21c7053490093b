"""Plain lists as they come: CSV of any usual delimiter and encoding, and Excel workbooks."""

import csv
import datetime as dt
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, TextIO

from hms_app.domain.files.rules.imported import text_encoding
from hms_app.domain.files.values import XLSX
from hms_app.domain.interop.errors import ListUnreadable
from hms_app.domain.interop.values.lists import MOST_COLUMNS

MOST_ROWS: Final = 100_000
MOST_EMPTY: Final = 20_000
"""Empty lines in a row that a workbook may have: a single cell at its very end makes a million of them."""
MOST_LINES: Final = 1_100_000
"""Lines that are gone through, blank ones included: a sheet has 1,048,576 at most."""
LONGEST_CELL: Final = 2_000
LONGEST_LINE: Final = 1_000_000
_DELIMITERS: Final = (",", ";", "\t", "|")
_SNIFFED_LINES: Final = 20
_DAMAGED: Final = "This workbook cannot be opened. Save it again as XLSX, or as CSV."
_BROKEN_BOOK: Final = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
)


class Line(NamedTuple):
    """A row of the list: the line it starts on, and its cells."""

    number: int
    cells: list[str]


class ListFile:
    """A list, opened at its heading. Raises ListUnreadable."""

    def __init__(self, path: Path, media_type: str) -> None:
        self.path, self._is_book = path, media_type == XLSX.media_type
        first = next(self._lines(), None)
        if first is None:
            raise ListUnreadable("This list is empty.")
        self.header = first.cells
        if len(self.header) > MOST_COLUMNS:
            raise ListUnreadable(
                f"This list has more than {MOST_COLUMNS} columns. Leave out those not needed."
            )

    def count(self) -> int:
        """How many rows there are; raises ListUnreadable beyond the limit."""
        return sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Line]:
        """Every row below the heading that is not blank; raises ListUnreadable beyond the limit."""
        for count, line in enumerate(islice(self._lines(), 1, None), 1):
            if count > MOST_ROWS:
                raise ListUnreadable(f"This list has more than {MOST_ROWS:,} rows. Import it in parts.")
            yield line

    def first(self, count: int) -> list[Line]:
        """The first rows, for a look at them."""
        return list(islice(self._lines(), 1, count + 1))

    def _lines(self) -> Iterator[Line]:
        for line in self._of_book() if self._is_book else self._of_text():
            if line.number > MOST_LINES:
                raise ListUnreadable(f"This list has more than {MOST_LINES:,} lines. Import it in parts.")
            if any(line.cells):
                yield line

    def _of_text(self) -> Iterator[Line]:
        with self.path.open("rb") as binary:
            encoding = text_encoding(binary)
        with self.path.open(encoding=encoding, errors="replace", newline="") as file:
            delimiter = delimiter_of(list(islice(_bearable(file), _SNIFFED_LINES)))
            file.seek(0)
            reader = csv.reader(_bearable(file), delimiter=delimiter)
            begins = 1
            try:
                for cells in reader:
                    yield Line(begins, [_clipped(cell) for cell in cells])
                    begins = reader.line_num + 1
            except csv.Error:
                raise ListUnreadable(
                    f"The list cannot be read from line {begins} on: a quoted value is never closed."
                ) from None

    def _of_book(self) -> Iterator[Line]:
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            # Opened here: the library would judge a path by its ending, and kept files have none.
            with self.path.open("rb") as file:
                yield from _sheet_lines(file)
        except (*_BROKEN_BOOK, InvalidFileException, IndexError, AttributeError):
            raise ListUnreadable(_DAMAGED) from None


def _sheet_lines(file: BinaryIO) -> Iterator[Line]:
    """The lines of a workbook's first sheet."""
    from openpyxl import load_workbook  # Large: who reads no workbook does without it.

    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        last = 0
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), 1):
            if any(cell is not None for cell in row):
                last = number
            elif number - last > MOST_EMPTY:
                raise ListUnreadable(
                    f"Below line {last} more than {MOST_EMPTY:,} lines of this list are empty. Delete what stands below"
                    " it, or save the list as CSV."
                )
            yield Line(number, _without_blanks_behind([_clipped(_as_text(cell)) for cell in row]))
    finally:
        book.close()


def _bearable(file: TextIO) -> Iterator[str]:
    """The lines of a text without NUL characters; raises ListUnreadable at one that never seems to end."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise ListUnreadable(f"Line {number} of this list is longer than a million characters.")
        yield line.replace("\0", "")


def head_at(path: str, media_type: str, rows: int) -> Iterator[list[Any]]:
    """What a reader is asked for a look: the heading, then the first rows, each as its line number and cells."""
    opened = ListFile(Path(path), media_type)
    yield [0, opened.header]
    yield from map(list, opened.first(rows))


def whole_at(path: str, media_type: str) -> Iterator[Any]:
    """What a reader is asked for an import: how many rows there are, then each as its line number and cells."""
    opened = ListFile(Path(path), media_type)
    yield opened.count()
    yield from map(list, opened.rows())


def delimiter_of(lines: list[str]) -> str:
    """What parts the cells: what gives the same number of them on most lines, and the most of them."""

    def likeness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            return 0, 0
        width = widths[0] if widths else 0
        return (sum(one == width for one in widths), width) if width > 1 else (0, 0)

    return max(_DELIMITERS, key=likeness)


def _as_text(value: Any) -> str:
    """A cell of a workbook as people read it: days without midnight, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _clipped(text: str) -> str:
    return text.strip()[:LONGEST_CELL]


def _without_blanks_behind(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells
