"""Files and their rows, on a real disk and the real database."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.files import queries, service
from hms_app.domain.files.errors import FileRefused, FileTooLarge
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.files.values import ANY_KIND, IMAGES, FileKind, StoredFileRow
from tests.factories.files import pdf, picture

SYSTEM = Actor.system("a test")
pytestmark = pytest.mark.usefixtures("files_dir", "connection")


def store(
    session: Session,
    content: bytes,
    name: str = "scan",
    kinds: frozenset[FileKind] = ANY_KIND,
    **options: Any,
) -> StoredFileRow:
    with service.Received.whole(content, max_bytes=1_000_000) as received:
        checked = service.check_file(received, kinds=kinds)
        return service.store_file(session, SYSTEM, checked=checked, name=name, **options)


def on_disk(files_dir: Path) -> list[Path]:
    return [path for path in files_dir.rglob("*") if path.is_file()]


def test_a_file_and_its_row_appear_together(files_dir: Path) -> None:
    with db.transaction() as session:
        row = store(session, pdf(), "C:\\me\\letter.pdf")
    assert (row.name, row.media_type, row.size_bytes) == ("letter.pdf", "application/pdf", len(pdf()))
    with db.transaction() as session:
        opened = queries.open_file(session, key=row.key)
    assert opened.path.read_bytes() == pdf()
    assert on_disk(files_dir) == [opened.path]
    assert opened.path.stat().st_mode & 0o077 == 0


def test_a_file_is_recorded_in_the_trail() -> None:
    with db.transaction() as session:
        row = store(session, pdf(), patient_id=None)
    with db.transaction() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "files.file.stored")).one()
    assert entry.subject_id == row.id
    assert entry.after and entry.after["sha256"] == row.sha256
    assert row.key not in str(entry.after)


def test_a_transaction_that_fails_leaves_neither_row_nor_file(files_dir: Path) -> None:
    with pytest.raises(RuntimeError), db.transaction() as session:
        store(session, pdf())
        assert on_disk(files_dir)
        raise RuntimeError
    assert [path for path in on_disk(files_dir) if path.parent.name != "incoming"] == []
    with db.transaction() as session:
        assert session.exec(select(StoredFile)).all() == []


def test_work_that_is_tried_again_finds_its_file_where_it_was(files_dir: Path) -> None:
    with service.Received.whole(picture(), max_bytes=10_000) as received:
        checked = service.check_file(received)
        with pytest.raises(RuntimeError), db.transaction() as session:
            service.store_file(session, SYSTEM, checked=checked, name="a.png")
            raise RuntimeError
        with db.transaction() as session:
            row = service.store_file(session, SYSTEM, checked=checked, name="a.png")
    assert [path.name for path in on_disk(files_dir)] == [row.key]


def test_a_refused_file_leaves_nothing(files_dir: Path) -> None:
    with pytest.raises(FileRefused), db.transaction() as session:
        store(session, b"<html>")
    with pytest.raises(FileRefused), db.transaction() as session:
        store(session, pdf(), kinds=IMAGES)
    assert on_disk(files_dir) == []


def test_reading_stops_at_the_limit(files_dir: Path) -> None:
    with service.Received(10) as received:
        received.write(b"123456789")
        with pytest.raises(FileTooLarge, match="at most 10 bytes"):
            received.write(b"12")
        assert received.path.read_bytes() in (b"", b"123456789")
    assert on_disk(files_dir) == []
    with pytest.raises(FileTooLarge, match="at most 2 MB"):
        service.Received.whole(b"x" * 2_000_001, max_bytes=2_000_000)
    assert on_disk(files_dir) == []


def test_the_same_content_twice_is_two_files() -> None:
    with db.transaction() as session:
        first, second = store(session, pdf()), store(session, pdf())
    assert first.sha256 == second.sha256
    assert first.key != second.key


def test_an_unknown_key_and_a_path_open_nothing(files_dir: Path) -> None:
    (files_dir.parent / "secret").write_text("x")
    with db.transaction() as session:
        for key in ("", "../../secret", "f" * 48):
            with pytest.raises(NotFound):
                queries.open_file(session, key=key)


def test_the_application_can_neither_change_nor_remove_a_row(engine: sa.Engine) -> None:
    for statement in ("UPDATE stored_file SET original_name = 'x'", "DELETE FROM stored_file"):
        with (
            engine.connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        ):
            connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("harm", "word"),
    [
        (lambda path: path.unlink(), "missing"),
        (lambda path: path.write_bytes(path.read_bytes() + b" "), "altered"),
        (lambda path: path.write_bytes(path.read_bytes()[::-1]), "altered"),
        (lambda path: (path.parent / ("0" * 48)).write_bytes(b"x"), "belongs to no row"),
    ],
)
def test_verify_names_what_does_not_fit(harm: Callable[[Path], object], word: str) -> None:
    with db.transaction() as session:
        row = store(session, picture())
        kept = store(session, pdf())
        assert queries.check_files_match_rows(session).ok
        harm(queries.path_of(row.key))
        check = queries.check_files_match_rows(session)
    assert (check.ok, check.checked, len(check.problems)) == (False, 2, 1)
    assert word in check.problems[0]
    assert kept.key not in check.problems[0]


def test_what_a_crash_left_is_swept_when_it_is_old_and_nothing_else(files_dir: Path) -> None:
    with db.transaction() as session:
        row = store(session, pdf())
    orphan, fresh = files_dir / "kept" / "00" / ("0" * 48), files_dir / "kept" / "00" / ("1" * 48)
    part, logo = files_dir / "incoming" / "x.part", files_dir / "logo-1.png"
    unclaimed = files_dir / "waiting" / "1-photo-x"
    old = (clock.now() - dt.timedelta(days=2)).timestamp()
    for path in (orphan, part, logo, unclaimed, fresh):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in (orphan, part, logo, unclaimed, queries.path_of(row.key)):
        os.utime(path, (old, old))
    assert db.in_transaction(service.sweep_files) == 3
    assert set(on_disk(files_dir)) == {queries.path_of(row.key), logo, fresh}
