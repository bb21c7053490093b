"""Office documents: archives that hold exactly what such a document holds, and no macros."""

import zipfile
import zlib
from typing import BinaryIO, Final

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.values import DOCX, ODT, FileType

MOST_UNPACKED_BYTES: Final = 200_000_000
MOST_PARTS: Final = 5_000
_MACROS: Final = ("vbaproject.bin", "basic/", "scripts/", "activex/", "oleobject")
_DAMAGED: Final = "This file is an archive that cannot be opened. Archives are not kept here."


def open_office(file: BinaryIO) -> FileType:
    """Tell DOCX and ODT from other archives by their parts; raises FileRefused for others and for macros."""
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            _ensure_harmless(parts)
            found = _office_type(archive)
            size = file.seek(0, 2)
            if archive.start_dir > size or archive.comment or min(part.header_offset for part in parts) != 0:
                raise FileRefused(_DAMAGED)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        raise FileRefused(_DAMAGED) from None
    if found is None:
        raise FileRefused("This file is an archive. Unpack it, and choose the document itself.")
    return found


def _ensure_harmless(parts: list[zipfile.ZipInfo]) -> None:
    if not parts:
        raise FileRefused(_DAMAGED)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise FileRefused("This document is too large when unpacked. Save it as a PDF.")
    if any(mark in part.filename.lower() for part in parts for mark in _MACROS):
        raise FileRefused("This document contains macros or embedded programs. Save it as a PDF.")


def _office_type(archive: zipfile.ZipFile) -> FileType | None:
    names = set(archive.namelist())
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        declared = archive.open("[Content_Types].xml").read(200_000)
        if b"macroEnabled" in declared:
            raise FileRefused("This document contains macros or embedded programs. Save it as a PDF.")
        return DOCX if b"wordprocessingml.document.main" in declared else None
    if {"mimetype", "content.xml"} <= names:
        return ODT if archive.open("mimetype").read(100).strip() == ODT.media_type.encode() else None
    return None
