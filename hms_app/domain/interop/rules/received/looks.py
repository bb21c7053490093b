"""What a file holds that somebody sent to be read in."""

from collections.abc import Iterator
from pathlib import Path

from hms_app.core.errors import DomainError
from hms_app.domain.files.rules.contents import type_of_content
from hms_app.domain.files.values import IMPORTED, XLSX, FileKind
from hms_app.domain.interop.rules.received.archives import kind_of_archive, unpack
from hms_app.domain.interop.rules.received.lists import ListFile
from hms_app.domain.interop.values import ImportKind


def kind_at(path: str, tables: list[str]) -> Iterator[list[str]]:
    """What a reader is asked of a file that came: its media type and its kind of import; `tables` are Synthea's.

    Raises FileRefused, ImportArchiveUnsuitable and ListUnreadable, each at the field `file`.
    """
    with open(path, "rb") as file:
        found = type_of_content(file, kinds=IMPORTED)
    if found.kind is FileKind.RESOURCES:
        yield [found.media_type, ImportKind.FHIR]
    elif found.kind is FileKind.ARCHIVE:
        yield [found.media_type, kind_of_archive(Path(path), tables)]
    else:
        _ensure_list(Path(path), found.media_type)
        yield [found.media_type, ImportKind.PATIENT_LIST]


def unpacked_at(path: str, kind: str, into: str, tables: list[str]) -> Iterator[int]:
    """What a reader is asked for an import: unpack the archive into a directory."""
    unpack(Path(path), ImportKind(kind), Path(into), tables)
    yield 1


def _ensure_list(path: Path, media_type: str) -> None:
    opened = ListFile(path, media_type)
    if not opened.first(1) or len(opened.header) < 2:
        sheet = "The first sheet" if media_type == XLSX.media_type else "The file"
        raise DomainError(f"{sheet} is no list: a heading and at least one row are needed.", field="file")
