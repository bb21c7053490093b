"""The single steps of an import: a chunk of rows, the links between them, the list of imports, their reports."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.paging import PAGE_SIZE
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.files.tables import StoredFile
from hms_app.domain.interop import queries, service
from hms_app.domain.interop.rules.keys import content_digest
from hms_app.domain.interop.rules.organizations import PAYERS
from hms_app.domain.interop.rules.specs import ParsedRow
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.service.chunks import load_chunk
from hms_app.domain.interop.service.fhir_links import link_observations
from hms_app.domain.interop.service.patient_lists import LIST, load_list_rows
from hms_app.domain.interop.tables import ImportJob
from hms_app.domain.interop.values import FileCounts, InteropAction, ReadRow
from hms_app.domain.organization.tables import Payer
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import RegistrationInput
from tests.domain.interop import fhir_bundles as make
from tests.factories.imports import importer, make_import, synthea_zip

CHUNK = "interop.import_chunk.loaded"
REPORT = {"files": {"x.csv": FileCounts(read=3, created=3).as_json()}}


@pytest.fixture
def anna(session: Session) -> Actor:
    """Somebody who may read in files, and nothing else."""
    return importer(session)


def _importer(connection: sa.Connection) -> Actor:
    """The same person, committed."""
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        return importer(session)


def _payer_row(line: int, key: str, name: str, **changed: str) -> ParsedRow:
    values: dict[str, Any] = dict.fromkeys(PAYERS.data, "") | {
        "name": name,
        "name_key": name.lower(),
        "kind": "private",
        **changed,
    }
    return ParsedRow(line, key, content_digest(values), values)


def _told(session: Session) -> list[dict[str, Any]]:
    """What the trail says of chunks, without what makes an entry unguessable."""
    audit.write_noted(session)
    found = session.exec(select(AuditEntry.after).where(AuditEntry.action == CHUNK).order_by(sa.text("id")))
    return [{name: value for name, value in (told or {}).items() if name[0] != "_"} for told in found]


def test_a_chunk_takes_over_what_is_new_or_changed_and_says_how_much(session: Session, anna: Actor) -> None:
    rows = [_payer_row(2, "a", "Aetna"), _payer_row(3, "b", "Cigna")]
    first = load_chunk(session, anna, spec=PAYERS, rows=rows)
    assert (first.counts.created, first.counts.updated, first.counts.unchanged) == (2, 0, 0)
    rows = [_payer_row(2, "a", "Aetna"), _payer_row(3, "b", "Cigna", city="Bonn")]
    second = load_chunk(session, anna, spec=PAYERS, rows=rows)
    assert (second.counts.created, second.counts.updated, second.counts.unchanged) == (0, 1, 1)
    assert dict(session.execute(sa.select(Payer.name, Payer.city)).all()) == {"Aetna": "", "Cigna": "Bonn"}  # type: ignore[call-overload]
    assert _told(session) == [
        {"file": "payers", "first_line": 2, "last_line": 3, "created": 2, "updated": 0},
        {"file": "payers", "first_line": 2, "last_line": 3, "created": 0, "updated": 1},
    ]


def test_a_chunk_that_changes_nothing_leaves_no_entry(session: Session, anna: Actor) -> None:
    rows = [_payer_row(2, "a", "Aetna")]
    load_chunk(session, anna, spec=PAYERS, rows=rows)
    again = load_chunk(session, anna, spec=PAYERS, rows=rows)
    assert (again.counts.unchanged, len(_told(session))) == (1, 1)


def _linked(session: Session) -> set[str]:
    found = session.execute(
        sa.text(
            "SELECT c.source_key, p.source_key FROM observation c JOIN observation p ON p.id = c.panel_id"
        )
    )
    return {" to ".join(key.rpartition("/")[2] for key in pair) for pair in found}


def test_links_are_made_and_taken_away_until_they_are_as_the_file_says(
    connection: sa.Connection, tmp_path: Path
) -> None:
    actor = _importer(connection)
    observations = [make.observation(key) for key in ("panel", "x1", "x2")]
    import_fhir(make.write(tmp_path, a=make.bundle(make.patient(), *observations)), actor)
    with db.transaction() as session:
        keys = dict(
            session.execute(
                sa.text("SELECT regexp_replace(source_key, '.*/', ''), source_key FROM observation")
            ).all()
        )
        before = len(_told(session))

    def link(*children: str) -> tuple[int, set[str]]:
        """How many links differed, and who is linked now."""
        links = [(keys["panel"], [keys[child] for child in children])]
        with db.transaction() as session:
            changed = link_observations(session, actor, kind="panel-members", links=links)
            return changed, _linked(session)

    assert link("x1", "x2") == (2, {"x1 to panel", "x2 to panel"})
    assert link("x1") == (1, {"x1 to panel"})
    assert link("x1") == (0, {"x1 to panel"})
    with db.transaction() as session:
        assert _told(session)[before:] == [{"linked": 2}, {"linked": 1}]


def _read_row(line: int, key: str, name: str, **changed: Any) -> ReadRow:
    shown = {"family_name": name, "birth": "1980-02-03", "sex_at_birth": "female", **changed}
    request = RegistrationInput.from_form({**shown, "key": key})
    return ReadRow(line, key, f"digest of {shown}", request, shown)


def _of_lists(session: Session) -> list[tuple[str, str | None]]:
    found = session.exec(select(Patient).where(Patient.source_system == LIST).order_by(sa.text("id")))
    return [(patient.family_name, patient.source_key) for patient in found]


def test_rows_of_a_list_are_registered_each_on_its_own_and_known_by_their_source(
    session: Session, anna: Actor
) -> None:
    one, two = "a" * 32, "b" * 32
    rows = [
        _read_row(2, one, "Okafor"),
        ReadRow(3, "c" * 32, "", None, {}, "the date of birth cannot be read"),
        _read_row(4, two, "Silva"),
    ]
    result = load_list_rows(session, anna, rows=rows)
    assert (result.created, result.unchanged) == (2, 0)
    assert result.refused == [(3, "the date of birth cannot be read")]
    assert _of_lists(session) == [("Okafor", one), ("Silva", two)]
    session.execute(sa.text("DELETE FROM command"))  # As the nightly job does.
    again = load_list_rows(session, anna, rows=[rows[0], _read_row(4, two, "Silva", given_names="Ana")])
    assert (again.created, again.unchanged) == (0, 1)
    assert [line for line, _ in again.refused] == [4]
    assert "says something else now" in again.refused[0][1]
    assert _of_lists(session) == [("Okafor", one), ("Silva", two)]
    assert _told(session) == [{"created": 2, "first_line": 2, "last_line": 4}]


def test_imports_are_listed_newest_first_in_pages_without_their_reports(
    connection: sa.Connection, files_dir: Path
) -> None:
    actor = _importer(connection)
    made = [make_import(actor, synthea_zip(), f"{number}.zip").id for number in range(2)]
    with db.transaction() as session:
        job = session.get_one(ImportJob, made[0])
        file = session.get_one(StoredFile, job.file_id)
        for number in range(PAGE_SIZE):
            copy = StoredFile(**file.model_dump(exclude={"id", "storage_key"}), storage_key=f"{number:048}")
            session.add(copy)
            session.flush()
            session.add(ImportJob(**job.model_dump(exclude={"id", "file_id"}), file_id=copy.key))
        session.flush()
        session.execute(sa.update(ImportJob).values(report=REPORT))
        audit.record(session, actor, InteropAction.JOB_ADDED, "tests")
    with db.transaction() as session:
        page = queries.list_imports(session, actor)
        further = queries.list_imports(session, actor, at=page.next_bookmark)
        seen = [row.id for row in (*page.rows, *further.rows)]
        assert (len(page.rows), seen[-2:], further.next_bookmark) == (PAGE_SIZE, made[::-1], None)
        assert seen == sorted(seen, reverse=True)
        assert {row.lines for row in (*page.rows, *further.rows)} == {()}
        assert queries.get_import(session, actor, job_id=made[0]).lines[0].read == 3


def test_progress_is_read_without_the_report_and_a_download_of_the_report_is_noted(
    connection: sa.Connection, files_dir: Path
) -> None:
    actor = _importer(connection)
    job = make_import(actor, synthea_zip(), "a.zip")
    with db.transaction() as session:
        row = session.get_one(ImportJob, job.id)
        row.report, row.place, row.done, row.total = REPORT, "x.csv", 3, 9
        audit.record(session, actor, InteropAction.JOB_STARTED, "tests")
    with db.transaction() as session:
        shown = queries.get_progress(session, actor, job_id=job.id)
        assert (shown.file_name, shown.place, shown.done, shown.total) == ("a.zip", "x.csv", 3, 9)
        assert (shown.lines, audit.noted(session)) == ((), [])
        report = service.note_report_export(session, actor, job_id=job.id)
        assert report == replace(shown, lines=report.lines)
        assert report.lines[0].read == 3
    with db.transaction() as session:
        entry = session.exec(
            select(AuditEntry).where(AuditEntry.action == "interop.import_report.exported")
        ).one()
        assert (entry.subject_type, entry.subject_id, entry.actor_user_id) == (
            "import_job",
            job.id,
            actor.user_id,
        )


def test_an_import_that_is_not_there_has_neither_progress_nor_report(
    session: Session, actor_with: Callable[..., Actor]
) -> None:
    reader = actor_with(Permission.INTEROP_IMPORT_RUN)
    for read in (queries.get_progress, service.note_report_export):
        with pytest.raises(NotFound, match="no such import"):
            read(session, reader, job_id=404)
    assert audit.noted(session) == []
