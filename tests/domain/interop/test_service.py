"""A Synthea export read into a real database, as it comes and as it should not come."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import queries as audit
from hms_app.domain.interop.errors import ImportColumnMissing, ImportDirectoryMissing, ImportFileMissing
from hms_app.domain.interop.rules import clinical
from hms_app.domain.interop.rules.files import FILES
from hms_app.domain.interop.service import import_synthea
from hms_app.domain.interop.values import FileCounts, ImportReport, Problem, Progress
from hms_app.runtime.paths import ROOT

SAMPLE = ROOT / "hms_app" / "demo_data" / "synthea"
IMPORTER = Actor.system("import")
ROWS = {
    "organizations": 63,
    "payers": 10,
    "providers": 166,
    "patients": 27,
    "payer_transitions": 1051,
    "encounters": 604,
    "conditions": 438,
    "allergies": 40,
    "medications": 663,
    "observations": 990,
    "procedures": 249,
    "immunizations": 29,
    "careplans": 49,
    "devices": 3,
    "supplies": 72,
    "imaging_studies": 1,
}
TABLES = {spec.stem: spec.table for spec in FILES}

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of the sample that may be changed."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "export"))


def _edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("\n".join(change(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")


def _count(connection: sa.Connection, table: str) -> int:
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def _reasons(report: ImportReport, file: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in report.problems if problem.file == file]


def _untouched(report: ImportReport) -> bool:
    return all(counts.unchanged == counts.read for counts in report.files.values())


def test_every_row_of_the_sample_is_taken_over(connection: sa.Connection) -> None:
    report = import_synthea(SAMPLE, IMPORTER)
    assert {name: vars(counts) for name, counts in report.files.items()} == {
        name: vars(FileCounts(read=rows, created=rows)) for name, rows in ROWS.items()
    }
    assert report.problems == []
    for name in set(ROWS) - {"payer_transitions"}:
        assert _count(connection, TABLES[name]) == ROWS[name], name
    assert _count(connection, "coverage WHERE rank = 'primary'") == ROWS["payer_transitions"]
    assert _count(connection, "coverage WHERE rank = 'secondary'") == 7


def test_every_row_hangs_on_the_patient_the_file_names(connection: sa.Connection) -> None:
    import_synthea(SAMPLE, IMPORTER)
    for spec in FILES:
        if "patient_id" not in {reference.target for reference in spec.references}:
            continue
        header, *lines = (SAMPLE / f"{spec.stem}.csv").read_text(encoding="utf-8").splitlines()
        place = header.split(",").index("PATIENT")
        expected = sorted(line.split(",")[place] for line in lines)
        found = connection.execute(
            sa.text(
                f"SELECT p.source_key FROM {spec.table} t JOIN patient p ON p.id = t.patient_id"
                " WHERE t.source_key NOT LIKE '%-secondary'"
            )
        ).scalars()
        assert sorted(found) == expected, spec.stem


def test_a_second_run_creates_and_changes_nothing(connection: sa.Connection) -> None:
    import_synthea(SAMPLE, IMPORTER)
    before = {table: _count(connection, table) for table in (*TABLES.values(), "patient_search_key")}
    assert _untouched(import_synthea(SAMPLE, IMPORTER))
    assert {table: _count(connection, table) for table in before} == before


def test_names_lose_their_digits_and_the_identifiers_keep_them(connection: sa.Connection) -> None:
    import_synthea(SAMPLE, IMPORTER)
    row = connection.execute(
        sa.text("SELECT id, given_names, family_name FROM patient WHERE source_key LIKE '3edac2e3-%'")
    ).one()
    assert (row.given_names, row.family_name) == ("Maynard", "Mosciski")
    identifiers = connection.execute(
        sa.text("SELECT type, value FROM patient_identifier WHERE patient_id = :id ORDER BY type"),
        {"id": row.id},
    ).all()
    assert identifiers == [("ssn", "999-17-5017"), ("synthea-name", "Maynard46 Mosciski958")]
    assert not _count(connection, "patient WHERE given_names ~ '[0-9]' OR family_name ~ '[0-9]'")
    assert not _count(connection, "practitioner WHERE family_name ~ '[0-9]'")


def test_an_import_leaves_its_trace_in_the_audit_trail(connection: sa.Connection) -> None:
    import_synthea(SAMPLE, IMPORTER)
    actions = connection.execute(
        sa.text("SELECT action, count(*) FROM audit_entry WHERE action LIKE 'interop.%' GROUP BY action")
    ).all()
    assert dict(tuple(row) for row in actions) == {
        "interop.import.started": 1,
        "interop.import_chunk.loaded": len(FILES),
        "interop.import.finished": 1,
    }
    with db.transaction() as session:
        assert all(check(session).ok for check in audit.CHECKS)


def test_who_may_not_import_changes_nothing(
    connection: sa.Connection, actor_with: Callable[..., Actor]
) -> None:
    with pytest.raises(NotPermitted):
        import_synthea(SAMPLE, actor_with(Permission.PATIENTS_PATIENT_READ))
    assert _count(connection, "organization") == 0


def test_other_spellings_of_the_same_files_are_the_same_rows(export: Path) -> None:
    import_synthea(SAMPLE, IMPORTER)
    for path in export.glob("*.csv"):
        rows = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        turned = [",".join([*reversed(row), "extra"]) for row in rows]
        path.write_bytes(("\ufeff" + "\r\n".join(turned) + "\r\n").encode())
    assert _untouched(import_synthea(export, IMPORTER))


def test_files_without_rows_are_no_problem(export: Path) -> None:
    for path in export.glob("*.csv"):
        path.write_bytes(b"" if path.stem == "supplies" else path.read_bytes().splitlines(keepends=True)[0])
    report = import_synthea(export, IMPORTER)
    assert report.problems == []
    assert all(vars(counts) == vars(FileCounts()) for counts in report.files.values())


def test_bad_rows_are_named_and_left_out_whole(export: Path, connection: sa.Connection) -> None:
    def spoil(lines: list[str]) -> list[str]:
        lines[1] = lines[1].replace("2014-10-06", "2014-13-06")
        lines[2] = lines[2] + ",one more"
        lines[4] = lines[4].replace("1976-07-25", "1970-07-25")
        return [*lines, lines[5]]

    _edit(export / "patients.csv", spoil)
    report = import_synthea(export, IMPORTER)
    assert _reasons(report, "patients") == [
        (2, "BIRTHDATE is not a date: 2014-13-06"),
        (3, "the row has 26 values, the header 25"),
        (5, "DEATHDATE is before BIRTHDATE"),
        (29, "Id occurs a second time in this file: 3a2fa41c-32a1-ca99-ecd8-fdacae38fc3e"),
    ]
    assert vars(report.files["patients"]) == vars(FileCounts(read=28, created=24, rejected=4))
    patient = "3edac2e3-d223-6fae-d515-daf96ef6bc76"
    lost = (SAMPLE / "encounters.csv").read_text(encoding="utf-8").count(f",{patient},")
    refused = [reason for _, reason in _reasons(report, "encounters") if patient in reason]
    assert refused == [f"PATIENT refers to no patient: {patient}"] * lost
    for counts in report.files.values():
        assert counts.created + counts.updated + counts.unchanged + counts.rejected == counts.read
    assert len(report.problems) == sum(counts.rejected for counts in report.files.values())
    assert not _count(connection, "patient_identifier WHERE value = '999-17-5017'")


def test_a_row_of_another_patients_encounter_is_refused(export: Path) -> None:
    def swap(lines: list[str]) -> list[str]:
        first, second = lines[1].split(","), lines[2].split(",")
        first[2] = second[2]
        return [lines[0], ",".join(first), *lines[2:]]

    _edit(export / "conditions.csv", swap)
    report = import_synthea(export, IMPORTER)
    encounter = "57f2562b-445c-f11c-ba40-edc55af3c84f"
    assert report.problems == [Problem("conditions", 2, f"ENCOUNTER belongs to another patient: {encounter}")]


def test_what_only_the_database_can_refuse_costs_one_row_only(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unchecked(value: str | None, limit: str | None) -> None:
        return None

    monkeypatch.setattr(clinical, "ensure_order", unchecked)
    _edit(
        export / "conditions.csv",
        lambda lines: [
            *lines[:100],
            lines[100][:11] + "1900-01-01" + "," + lines[100].split(",", 2)[2],
            *lines[101:],
        ],
    )
    report = import_synthea(export, IMPORTER)
    assert report.problems == [Problem("conditions", 101, "It cannot end before it began.")]
    assert report.files["conditions"].created == ROWS["conditions"] - 1


def test_a_changed_row_is_updated_and_no_other(export: Path, connection: sa.Connection) -> None:
    import_synthea(SAMPLE, IMPORTER)

    def move(lines: list[str]) -> list[str]:
        lines[1] = lines[1].replace("Mosciski958", "Müller7").replace("999-17-5017", "999-00-0001")
        return lines

    _edit(export / "patients.csv", move)
    _edit(
        export / "conditions.csv",
        lambda lines: [lines[0], lines[1], lines[2].replace(",,", ",2012-01-01,", 1), *lines[3:]],
    )
    report = import_synthea(export, IMPORTER)
    changed = {name: counts.updated for name, counts in report.files.items() if counts.updated}
    assert changed == {"patients": 1, "conditions": 1}
    assert all(counts.created == 0 for counts in report.files.values())
    ended = sa.text(
        "SELECT status, ended_at::date::text FROM condition WHERE code = '232353008' AND ended_at = '2012-01-01Z'"
    )
    assert connection.execute(ended).all() == [("ended", "2012-01-01")]
    keys = "patient_search_key k JOIN patient p ON k.patient_id = p.id AND p.source_key ~ '^3edac2e3' WHERE k.key = "
    assert _count(connection, keys + "'n:muller'") and not _count(connection, keys + "'n:mosciski'")
    assert _count(connection, "patient_identifier WHERE value = '999-00-0001'") == 1
    assert not _count(connection, "patient_identifier WHERE value = '999-17-5017'")


def test_a_run_that_broke_half_way_goes_on_where_it_stopped(connection: sa.Connection) -> None:
    class Killed(Exception):
        pass

    def kill(step: Progress) -> None:
        if step.file == "observations" and step.rows_read >= 300:
            raise Killed

    with pytest.raises(Killed):
        import_synthea(SAMPLE, IMPORTER, on_progress=kill, chunk_rows=100)
    assert _count(connection, "observation") == 300
    report = import_synthea(SAMPLE, IMPORTER, chunk_rows=100)
    assert vars(report.files["observations"]) == vars(FileCounts(read=990, created=690, unchanged=300))
    assert report.files["supplies"].created == ROWS["supplies"]
    assert report.problems == []


def test_the_size_of_chunks_makes_no_difference() -> None:
    import_synthea(SAMPLE, IMPORTER, chunk_rows=7)
    assert _untouched(import_synthea(SAMPLE, IMPORTER))


def test_two_patients_with_one_social_security_number_are_both_taken_over(
    export: Path, connection: sa.Connection
) -> None:
    _edit(
        export / "patients.csv", lambda lines: [line.replace("999-50-8136", "999-17-5017") for line in lines]
    )
    report = import_synthea(export, IMPORTER)
    assert report.files["patients"].created == ROWS["patients"]
    issuers = connection.execute(
        sa.text("SELECT issuer FROM patient_identifier WHERE value = '999-17-5017' ORDER BY length(issuer)")
    ).scalars()
    assert list(issuers) == [
        "US Social Security Administration",
        "US Social Security Administration, record 9d188916-8390-282b-3ec2-73fce6e08649",
    ]


def test_a_missing_file_or_column_stops_before_anything_is_written(
    export: Path, connection: sa.Connection
) -> None:
    with pytest.raises(ImportDirectoryMissing):
        import_synthea(export / "nowhere", IMPORTER)
    _edit(export / "supplies.csv", lambda lines: [lines[0].replace("QUANTITY", "AMOUNT"), *lines[1:]])
    with pytest.raises(
        ImportColumnMissing, match=r"supplies\.csv lacks the column QUANTITY; nothing was read\."
    ):
        import_synthea(export, IMPORTER)
    (export / "devices.csv").unlink()
    with pytest.raises(ImportFileMissing, match=r"devices\.csv is missing in .*; nothing was read\."):
        import_synthea(export, IMPORTER)
    assert _count(connection, "organization") == 0
    assert _count(connection, "audit_entry WHERE action LIKE 'interop.%'") == 0


def test_progress_reaches_the_end() -> None:
    steps: list[Progress] = []
    import_synthea(SAMPLE, IMPORTER, on_progress=steps.append)
    assert [step.bytes_read for step in steps] == sorted(step.bytes_read for step in steps)
    assert steps[-1].bytes_read == steps[-1].bytes_total
