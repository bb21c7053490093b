"""Tables of texts as files that spreadsheet programs open."""

import csv
import io
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Final

from hms_app.domain.audit.rules import defused

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What a table may be written as, and what such a file is."""
_HELD_IN_MEMORY: Final = 4 * 2**20
_READ_AT_ONCE: Final = 64 * 1024
_BYTE_ORDER_MARK: Final = "\ufeff"
"""Tells Excel that the text is UTF-8."""


def written(rows: Iterable[list[str]], file_type: str, *, title: str) -> Iterator[bytes]:
    """The rows as a file of one of `MEDIA_TYPES`, in parts."""
    return csv_lines(rows) if file_type == "csv" else xlsx_parts(rows, title=title)


def csv_lines(rows: Iterable[list[str]]) -> Iterator[bytes]:
    """The rows as UTF-8 CSV, line by line; cells that look like formulas are defused."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    for row in rows:
        writer.writerow([defused(cell) for cell in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def xlsx_parts(rows: Iterable[list[str]], *, title: str) -> Iterator[bytes]:
    """The rows as an Excel workbook of one sheet, in parts; every cell is a text, none is ever a formula.

    Control characters, which a workbook cannot hold, are left out.

    The rows are streamed through a temporary file: an export of a million takes no more memory than one of ten.
    """
    from openpyxl import Workbook  # Large: who exports no workbook does without it.

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    try:
        for row in rows:
            sheet.append([_text_cell(sheet, text) for text in row])
    except BaseException:
        sheet.close()  # Else the library complains of a sheet that was never finished.
        raise
    with SpooledTemporaryFile(max_size=_HELD_IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while part := file.read(_READ_AT_ONCE):
            yield part


def _text_cell(sheet: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
