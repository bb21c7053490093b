"""PDF: its head, and the way from its end to its table of objects."""

import re
from typing import BinaryIO, Final

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.values import PDF, FileType

_TAIL_BYTES: Final = 2048
_END: Final = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
_TABLE: Final = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_VERSION: Final = re.compile(rb"%PDF-[12]\.\d")
_DAMAGED: Final = "This PDF is damaged or was cut off. Save it again, then try once more."


def open_pdf(file: BinaryIO) -> FileType:
    """Follow the file's end to its table of objects, as a viewer would; raises FileRefused when there is none."""
    size = file.seek(0, 2)
    file.seek(0)
    if not _VERSION.match(file.read(16)):
        raise FileRefused(_DAMAGED)
    file.seek(max(0, size - _TAIL_BYTES))
    ends = _END.findall(file.read(_TAIL_BYTES))
    if not ends or int(ends[-1]) >= size:
        raise FileRefused(_DAMAGED)
    file.seek(int(ends[-1]))
    if not _TABLE.match(file.read(64)):
        raise FileRefused(_DAMAGED)
    return PDF
