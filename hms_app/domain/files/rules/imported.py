"""Files that an import reads: archives, spreadsheets, JSON and tables of text. They are kept, and shown to nobody."""

import codecs
import re
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO, Final

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.values import CSV, JSON, NDJSON, XLSX, ZIP, FileType

MOST_ENTRIES: Final = 5_000
MOST_UNPACKED_BYTES: Final = 2 << 30
MOST_TIMES_PACKED: Final = 200
"""Tables and resources pack twenty to fifty times; what packs better still says nothing."""
UNPACKED_ANYWAY: Final = 10 << 20
"""Bytes that any archive may hold, however well it packs."""
MOST_SHEET_BYTES: Final = 400_000_000
"""What a spreadsheet may hold when unpacked: a list of some hundred thousand people."""
_CHUNK_BYTES: Final = 1 << 20
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_DRIVE: Final = re.compile(r"^[A-Za-z]:")
_DAMAGED: Final = "This archive is damaged or was cut off. Pack it again, then try once more."
_UNKNOWN: Final = (
    "This file is of no kind that can be read in. Choose a ZIP archive, FHIR in JSON or NDJSON, or a list as CSV"
    " or Excel (XLSX)."
)


def open_imported(file: BinaryIO, head: bytes) -> FileType:
    """The type of a file to be read in; raises FileRefused for what cannot be, and for archives that do harm."""
    if head.startswith(b"PK\x03\x04"):
        return _open_archive(file)
    if head.startswith((b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"GIF8", b"PK")):
        raise FileRefused(_UNKNOWN)
    return _open_text(file)


def is_harmless_name(name: str) -> bool:
    """Whether an archive's entry stays inside the place it is unpacked to."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not (path.is_absolute() or ".." in path.parts or _DRIVE.match(name) or "\0" in name)


def most_unpacked_bytes(packed: int) -> int:
    """How many bytes may come out of an archive of so many."""
    return min(MOST_UNPACKED_BYTES, max(UNPACKED_ANYWAY, packed * MOST_TIMES_PACKED))


def _open_archive(file: BinaryIO) -> FileType:
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError):
        raise FileRefused(_DAMAGED) from None
    _ensure_harmless(entries, packed=file.seek(0, 2))
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        return ZIP
    if "xl/workbook.xml" not in names:
        raise FileRefused(_UNKNOWN)
    if any("vbaproject" in name.lower() for name in names):
        raise FileRefused("This spreadsheet contains macros. Save it as XLSX without them, or as CSV.")
    if sum(entry.file_size for entry in entries) > MOST_SHEET_BYTES:
        raise FileRefused("This spreadsheet is too large when unpacked. Save the list as CSV.")
    return XLSX


def _ensure_harmless(entries: list[zipfile.ZipInfo], *, packed: int) -> None:
    if not entries:
        raise FileRefused("This archive is empty.")
    if len(entries) > MOST_ENTRIES:
        raise FileRefused(f"This archive has too many files. Pack at most {MOST_ENTRIES:,} into one.")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED_BYTES:
        raise FileRefused("This archive is too large when unpacked. Import it in parts of at most 2 GB.")
    if unpacked > most_unpacked_bytes(packed):
        raise FileRefused(
            f"This archive holds more than {MOST_TIMES_PACKED} times its own size. Send its files one by one."
        )
    for entry in entries:
        if not is_harmless_name(entry.filename) or stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused("A file of this archive would be unpacked elsewhere. The archive was not kept.")
        if entry.flag_bits & 1:
            raise FileRefused("This archive has a password. Pack it again without one.")


def _open_text(file: BinaryIO) -> FileType:
    """JSON by its first character; else a table of text in a usual encoding."""
    file.seek(0)
    start = file.read(_CHUNK_BYTES)
    encoding = text_encoding(file)
    text = start.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    if _CONTROL.search(text):
        raise FileRefused(_UNKNOWN)
    if text.startswith("<"):
        raise FileRefused("This file is XML or a web page. FHIR is read as JSON or NDJSON.")
    if not text.startswith(("{", "[")):
        return CSV
    first_line = text.partition("\n")[0].rstrip()
    return NDJSON if first_line.endswith("}") and "\n" in text.rstrip() else JSON


def text_encoding(file: BinaryIO) -> str:
    """UTF-8, UTF-16 by its mark, or the Western European encoding of older spreadsheet programs."""
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while piece := file.read(_CHUNK_BYTES):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
