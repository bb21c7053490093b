"""Which files are kept, and the rows that others see of them."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, NamedTuple

from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import OPEN, describe

LONGEST_NAME: Final = 200


class FilesAction(StrEnum):
    """What the audit trail says about files."""

    FILE_STORED = "files.file.stored"


describe(
    FilesAction,
    {OPEN: ("media_type", "size_bytes"), Permission.CLINICAL_DOCUMENT_READ: ("original_name", "sha256")},
)


class FileKind(StrEnum):
    """What a file is, as far as those who take files care."""

    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"
    OFFICE = "office"
    DICOM = "dicom"
    ARCHIVE = "archive"
    RESOURCES = "resources"
    TABLE = "table"


class FileType(NamedTuple):
    """A type of file that can be kept: its kind, its media type, the endings its name may have (the first is usual)."""

    kind: FileKind
    media_type: str
    endings: tuple[str, ...]
    words: str


PDF: Final = FileType(FileKind.PDF, "application/pdf", ("pdf",), "PDF")
JPEG: Final = FileType(FileKind.IMAGE, "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), "JPEG")
PNG: Final = FileType(FileKind.IMAGE, "image/png", ("png",), "PNG")
GIF: Final = FileType(FileKind.IMAGE, "image/gif", ("gif",), "GIF")
WEBP: Final = FileType(FileKind.IMAGE, "image/webp", ("webp",), "WebP")
TIFF: Final = FileType(FileKind.IMAGE, "image/tiff", ("tiff", "tif"), "TIFF")
TEXT: Final = FileType(FileKind.TEXT, "text/plain", ("txt", "text", "csv", "md", "log"), "plain text")
DOCX: Final = FileType(
    FileKind.OFFICE,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ("docx",),
    "Word",
)
ODT: Final = FileType(
    FileKind.OFFICE, "application/vnd.oasis.opendocument.text", ("odt",), "OpenDocument text"
)
DICOM: Final = FileType(FileKind.DICOM, "application/dicom", ("dcm", "dicom"), "DICOM")
ZIP: Final = FileType(FileKind.ARCHIVE, "application/zip", ("zip",), "ZIP archive")
JSON: Final = FileType(FileKind.RESOURCES, "application/json", ("json",), "JSON")
NDJSON: Final = FileType(FileKind.RESOURCES, "application/x-ndjson", ("ndjson",), "NDJSON")
CSV: Final = FileType(FileKind.TABLE, "text/csv", ("csv", "tsv", "txt"), "CSV")
XLSX: Final = FileType(
    FileKind.TABLE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), "Excel"
)

FILE_TYPES: Final = (PDF, JPEG, PNG, GIF, WEBP, TIFF, TEXT, DOCX, ODT, DICOM)
IMPORTED_TYPES: Final = (ZIP, JSON, NDJSON, CSV, XLSX)
TYPE_OF: Final = {file_type.media_type: file_type for file_type in (*FILE_TYPES, *IMPORTED_TYPES)}
ANY_KIND: Final = frozenset(file_type.kind for file_type in FILE_TYPES)
IMPORTED: Final = frozenset(file_type.kind for file_type in IMPORTED_TYPES)
"""Files that are read by an import and shown to nobody."""
IMAGES: Final = frozenset({FileKind.IMAGE})
SHOWN_IN_PAGE: Final = frozenset({PDF, JPEG, PNG, GIF, WEBP})
"""Types that a browser shows by itself, without running anything that is in them."""


class PictureShape(NamedTuple):
    """How a picture is drawn anew: at most so many pixels wide and high, in this format."""

    edge: int
    as_format: Literal["JPEG", "PNG"]
    media_type: str


class PictureUse(StrEnum):
    """What a picture that somebody sends is for."""

    PHOTO = "photo"
    LOGO = "logo"

    @property
    def field(self) -> str:
        """The form field that names it."""
        return self.value

    @property
    def shape(self) -> PictureShape:
        """How it is kept; a logo may be transparent."""
        return _SHAPES[self]


_SHAPES: Final = {
    PictureUse.PHOTO: PictureShape(512, "JPEG", JPEG.media_type),
    PictureUse.LOGO: PictureShape(512, "PNG", PNG.media_type),
}


@dataclass(frozen=True)
class StoredFileRow:
    """A file that is kept; `key` names it where others refer to it."""

    id: int
    key: str
    sha256: str
    size_bytes: int
    media_type: str
    name: str
    created_at: dt.datetime


@dataclass(frozen=True)
class OpenedFile:
    """A kept file and where it lies on disk, for a route that serves it."""

    row: StoredFileRow
    path: Path
