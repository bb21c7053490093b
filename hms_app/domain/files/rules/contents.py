"""What a file is, told from its bytes alone.

A content is taken when it begins as one known type, can be opened as that type, and is not also something else: a
page, a script or an archive hidden behind a picture's head would be run by whoever opens it differently.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from hms_app.domain.files.errors import FileRefused
from hms_app.domain.files.rules import archives, imported, pictures, portable, texts
from hms_app.domain.files.values import DICOM, FILE_TYPES, IMPORTED, PDF, FileKind, FileType

HEAD_BYTES: Final = 512
CHUNK_BYTES: Final = 1 << 20
_HIDDEN: Final = (b"<script", b"<html", b"<!doctype html", b"<?php", b"<iframe")
"""What makes a browser or a server run a file that claims to be none of theirs."""
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa")
_ARCHIVE_END: Final = b"PK\x05\x06"
_ARCHIVE_END_BYTES: Final = 22 + 65_535
_DICOM_AT: Final = 128


def media_type_at(path: str, kinds: list[str]) -> Iterator[str]:
    """The media type of the file at `path`: what a reader in a process of its own is asked."""
    with open(path, "rb") as file:
        yield type_of_content(file, kinds=frozenset(map(FileKind, kinds))).media_type


def type_of_content(file: BinaryIO, *, kinds: frozenset[FileKind]) -> FileType:
    """The type of a seekable file of one of `kinds`; raises FileRefused with a sentence that says why not."""
    head = _read(file, 0, HEAD_BYTES)
    if not head:
        raise FileRefused("This file is empty.")
    if head.startswith(_PROGRAMS):
        raise FileRefused("This file is a program. Programs are not kept here.")
    if kinds <= IMPORTED:
        return imported.open_imported(file, head)
    found, open_really = _claimed(head)
    if found is not None and found.kind not in kinds:
        raise FileRefused(f"This is a {found.words} file. {_wanted(kinds)}")
    if found is None and FileKind.TEXT not in kinds:
        raise FileRefused(f"This file is of no kind that can be kept here. {_wanted(kinds)}")
    taken = open_really(file)
    if taken.kind not in kinds:
        raise FileRefused(f"This is a {taken.words} file. {_wanted(kinds)}")
    if taken.kind is not FileKind.OFFICE:
        _ensure_nothing_hidden(file, taken)
    return taken


def _claimed(head: bytes) -> tuple[FileType | None, Callable[[BinaryIO], FileType]]:
    """What the first bytes promise, and how to see whether it is true; None for what can only be text."""
    if head.startswith(b"%PDF-"):
        return PDF, portable.open_pdf
    picture = pictures.claimed(head)
    if picture is not None:
        return picture, lambda file: pictures.open_picture(file, picture)
    if head.startswith(b"PK\x03\x04"):
        return None, archives.open_office
    if head[_DICOM_AT : _DICOM_AT + 4] == b"DICM":
        return DICOM, _open_dicom
    return None, texts.open_text


def _open_dicom(file: BinaryIO) -> FileType:
    """A DICOM file whose preamble is empty: one that is not begins as a program or picture of its own."""
    if _read(file, 0, _DICOM_AT).strip(b"\0"):
        raise FileRefused(
            "This DICOM file begins with something else. Export it again from the imaging system."
        )
    return DICOM


def _ensure_nothing_hidden(file: BinaryIO, taken: FileType) -> None:
    marks = _HIDDEN if taken is PDF else (*_HIDDEN, b"%pdf-")
    overlap = max(map(len, marks)) - 1
    file.seek(0)
    kept = b""
    while chunk := file.read(CHUNK_BYTES):
        window = kept + chunk.lower()
        if any(mark in window for mark in marks):
            raise FileRefused(
                f"This {taken.words} file carries a web page, a script or another file inside. It was not kept."
            )
        kept = window[-overlap:]
    size = file.seek(0, 2)
    if _ARCHIVE_END in _read(file, max(0, size - _ARCHIVE_END_BYTES), _ARCHIVE_END_BYTES):
        raise FileRefused(f"This {taken.words} file carries an archive inside. It was not kept.")


def _read(file: BinaryIO, start: int, count: int) -> bytes:
    file.seek(start)
    return file.read(count)


def _wanted(kinds: frozenset[FileKind]) -> str:
    words = [file_type.words for file_type in FILE_TYPES if file_type.kind in kinds]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return f"Choose a file of one of these kinds: {listed}."
