"""Where kept files lie, what their rows say, and whether both agree."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from hms_app.config import get_settings
from hms_app.core.errors import NotFound
from hms_app.domain.audit.values import Check
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.files.values import OpenedFile, StoredFileRow

_CHUNK_BYTES: Final = 1 << 20
_BATCH: Final = 500


def incoming_dir() -> Path:
    """Where files are while they are received."""
    return get_settings().files_dir / "incoming"


def waiting_dir() -> Path:
    """Where pictures are until the form that they belong to is sent."""
    return get_settings().files_dir / "waiting"


def path_of(key: str) -> Path:
    """Where the file named `key` is kept."""
    return _kept_dir() / key[:2] / key


def stored_paths() -> Iterator[Path]:
    """Every file that is kept on disk."""
    return _kept_dir().glob("??/*")


def open_file(session: Session, *, key: str) -> OpenedFile:
    """A kept file by its key, for use cases that have asked who may; raises NotFound when row or file is missing."""
    stored = session.exec(select(StoredFile).where(StoredFile.storage_key == key)).first()
    if stored is None or not path_of(stored.storage_key).is_file():
        raise NotFound("file")
    return OpenedFile(stored_row(stored), path_of(stored.storage_key))


def stored_row(stored: StoredFile) -> StoredFileRow:
    """A kept file as others see it."""
    return StoredFileRow(
        id=stored.key,
        key=stored.storage_key,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        media_type=stored.media_type,
        name=stored.original_name,
        created_at=stored.created_at,
    )


def check_files_match_rows(session: Session) -> Check:
    """Every row has its file, unaltered, and every file has its row."""
    problems: list[str] = []
    known: set[str] = set()
    statement = select(StoredFile).order_by(col(StoredFile.id)).execution_options(yield_per=_BATCH)
    for stored in session.exec(statement):
        known.add(stored.storage_key)
        problems += _problems_of(stored)
    orphans = [path.name for path in stored_paths() if path.name not in known]
    problems += [f"File {name} on disk belongs to no row." for name in sorted(orphans)]
    return Check(
        "files: every row has its file, unaltered, and every file its row", not problems, len(known), problems
    )


def _problems_of(stored: StoredFile) -> list[str]:
    path = path_of(stored.storage_key)
    if not path.is_file():
        return [f"stored_file {stored.id}: its file {stored.storage_key} is missing."]
    if path.stat().st_size != stored.size_bytes or _sha256_of(path) != stored.sha256:
        return [f"stored_file {stored.id}: its file {stored.storage_key} was altered."]
    return []


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _kept_dir() -> Path:
    return get_settings().files_dir / "kept"


CHECKS: Final[list[Callable[[Session], Check]]] = [check_files_match_rows]
