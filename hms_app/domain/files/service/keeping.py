"""Keeping files: received piece by piece, checked, put in place in the transaction that writes their row."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.reading import a_look, in_turn, read_apart
from hms_app.domain.audit import service as audit
from hms_app.domain.files import rules
from hms_app.domain.files.errors import FileRefused, FileTooLarge
from hms_app.domain.files.queries import incoming_dir, path_of, stored_paths, stored_row, waiting_dir
from hms_app.domain.files.rules.contents import media_type_at
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.files.values import ANY_KIND, TYPE_OF, FileKind, FilesAction, FileType, StoredFileRow

STALE_SECONDS: Final = 24 * 3600
"""A file without a row, or one never received whole, is left alone so long: its transaction may still run."""
_PLACED: Final = "placed_files"


class Received:
    """A file that is being received: written to disk as it comes, never beyond its limit, gone at the end.

    Use it as a context manager around the transaction that keeps it. `write` raises FileTooLarge.
    """

    def __init__(self, max_bytes: int) -> None:
        directory = incoming_dir()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = directory / f"{secrets.token_hex(16)}.part"
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)

    @classmethod
    def whole(cls, content: bytes, *, max_bytes: int) -> Self:
        """A content that is in memory already; raises FileTooLarge."""
        if len(content) > max_bytes:
            raise FileTooLarge(max_bytes)
        received = cls(max_bytes)
        received.write(content)
        return received

    @property
    def size(self) -> int:
        """How many bytes have come."""
        return self._size

    @property
    def sha256(self) -> str:
        """The digest of what has come."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Add a piece; raises FileTooLarge as soon as the limit is passed."""
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise FileTooLarge(self._max_bytes)
        self._digest.update(piece)
        self._file.write(piece)

    def finish(self) -> None:
        """Make sure that all that has come is on the disk; nothing more comes."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()


@dataclass(frozen=True)
class CheckedFile:
    """A file that was received, and what it is: only this can be kept."""

    path: Path
    sha256: str
    size: int
    type: FileType


def check_file(received: Received, *, kinds: frozenset[FileKind] = ANY_KIND) -> CheckedFile:
    """Say what a received file is; read in a process of its own, for which no transaction should wait.

    Raises FileRefused for what is of none of `kinds`, is damaged, or takes too much to be read.
    """
    received.finish()
    with in_turn():
        (media_type,) = read_apart(
            media_type_at, str(received.path), sorted(kinds), allowance=a_look(), refusal=FileRefused
        )
    return CheckedFile(received.path, received.sha256, received.size, TYPE_OF[media_type])


def store_file(
    session: Session, actor: Actor, *, checked: CheckedFile, name: str, patient_id: int | None = None
) -> StoredFileRow:
    """Keep a file that was checked; for use cases that have asked who may.

    The file is in place before the commit and taken back when there is none, so that it and its row appear
    together.
    """
    stored = StoredFile(
        storage_key=secrets.token_hex(24),
        sha256=checked.sha256,
        size_bytes=checked.size,
        media_type=checked.type.media_type,
        original_name=rules.clean_name(name, checked.type),
        created_by_user_id=actor.user_id,
    )
    session.add(stored)
    session.flush()
    _place(session, checked.path, path_of(stored.storage_key))
    audit.record(
        session,
        actor,
        FilesAction.FILE_STORED,
        stored,
        patient_id=patient_id,
        after={
            "original_name": stored.original_name,
            "media_type": stored.media_type,
            "size_bytes": stored.size_bytes,
            "sha256": stored.sha256,
        },
    )
    return stored_row(stored)


def sweep_files(session: Session) -> int:
    """Remove what nobody wants any more: parts never received whole, pictures that no form named, and files whose
    row was never committed."""
    stale = clock.now().timestamp() - STALE_SECONDS
    waiting = (*incoming_dir().glob("*.part"), *waiting_dir().glob("*"))
    parts, kept = _old_files(waiting, stale), _old_files(stored_paths(), stale)
    named = col(StoredFile.storage_key).in_([path.name for path in kept])
    known = set(session.exec(select(StoredFile.storage_key).where(named)))
    gone = [*parts, *(path for path in kept if path.name not in known)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _old_files(paths: Iterable[Path], before: float) -> list[Path]:
    return [path for path in paths if path.is_file() and path.stat().st_mtime < before]


def _place(session: Session, source: Path, target: Path) -> None:
    """Move a received file to where it stays; back again when the transaction is not committed."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.replace(target)
    session.info.setdefault(_PLACED, []).append((target, source))
    _sync(target.parent)


def _sync(directory: Path) -> None:
    """Make the directory's entries durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@event.listens_for(Session, "after_commit")
def _keep_placed(session: Session) -> None:
    if session.get_nested_transaction() is None:
        session.info.pop(_PLACED, None)


@event.listens_for(Session, "after_transaction_end")
def _take_back_placed(session: Session, transaction: SessionTransaction) -> None:
    """Files placed by a transaction that ended without a commit go back to where they came from."""
    if transaction.parent is None:
        for target, source in session.info.pop(_PLACED, ()):
            target.replace(source)
