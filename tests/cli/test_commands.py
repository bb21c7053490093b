"""Commands as operators type them, on a hospital of their own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from hms_app.cli import bench as bench_command
from hms_app.cli.benches import figures, import_fhir, import_synthea, sample
from hms_app.cli.verify import CHECKS, run_checks
from hms_app.config import Settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.interop import service
from hms_app.domain.interop.rules.files import FILES
from hms_app.runtime.database import Database, connect
from hms_app.runtime.paths import ROOT

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run `hms.py ARGUMENTS` on a hospital in a directory that goes away."""
    names = ("HMS_DATABASE_URL", "HMS_APP_DATABASE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment["HMS_DATA_DIR"] = str(tmp_path_factory.mktemp("commands"))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "hms_app.cli", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.timeout(180)
def test_an_import_reports_as_json_and_the_records_verify(command: Command) -> None:
    done = command("import", "synthea", str(sample.SAMPLE), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {"files", "problems", "problem_count", "remarks", "remark_count"}
    assert set(report["files"]) == {spec.stem for spec in FILES}
    assert report["files"]["patients"] == {
        "read": 27,
        "created": 27,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    verified = command("verify", "--json")
    outcome = json.loads(verified.stdout)
    assert (verified.returncode, outcome["ok"]) == (0, True), outcome
    assert all(set(check) == {"name", "ok", "checked", "problems"} for check in outcome["checks"])
    assert len(outcome["checks"]) == sum(len(checks) for checks in CHECKS)


@pytest.mark.timeout(180)
def test_a_bad_row_is_told_and_does_not_fail_the_command(command: Command, tmp_path: Path) -> None:
    export = shutil.copytree(sample.SAMPLE, tmp_path / "export")
    supplies = export / "supplies.csv"
    lines = supplies.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].rsplit(",", 1)[0] + ",many"
    supplies.write_text("\n".join(lines), encoding="utf-8")
    done = command("import", "synthea", str(export))
    assert done.returncode == 0, done.stderr
    assert "supplies.csv, line 4: QUANTITY is not a number: many" in done.stdout


@pytest.mark.timeout(180)
def test_a_missing_file_or_column_is_one_sentence_and_status_2(command: Command, tmp_path: Path) -> None:
    export = shutil.copytree(sample.SAMPLE, tmp_path / "export")
    (export / "patients.csv").write_text("Id,BIRTHDATE\n", encoding="utf-8")
    done = command("import", "synthea", str(export), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr.strip().splitlines()[-1].startswith("hms: patients.csv lacks the columns DEATHDATE, SSN")
    )
    (export / "patients.csv").unlink()
    done = command("import", "synthea", str(export))
    assert (done.returncode, done.stdout) == (2, "")
    assert "patients.csv is missing in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(180)
def test_fhir_bundles_are_imported_beside_an_export_and_all_verifies(command: Command) -> None:
    bundles = ROOT / "hms_app" / "demo_data" / "fhir"
    done = command("import", "fhir", str(bundles), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {
        "resources",
        "not_read",
        "not_kept",
        "problems",
        "problem_count",
        "remarks",
        "remark_count",
    }
    assert report["resources"]["Patient"] == {
        "read": 16,
        "created": 16,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    assert report["not_read"]["Claim"] == 155
    again = command("import", "fhir", str(bundles))
    assert "Not read: 155 Claim, 131 ExplanationOfBenefit, 5 Goal." in again.stdout
    assert command("verify").returncode == 0


def test_a_directory_without_fhir_files_is_one_sentence(command: Command, tmp_path: Path) -> None:
    done = command("import", "fhir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "There are no FHIR files (.json, .ndjson)" in done.stderr


def test_a_bench_that_does_not_exist_is_one_sentence(command: Command) -> None:
    done = command("bench", "coffee")
    assert done.returncode == 1
    assert "There is no bench coffee; choose one of patient-search" in done.stderr


def test_verify_names_what_is_wrong(connection: sa.Connection) -> None:
    service.import_synthea(sample.SAMPLE, Actor.system("import"))
    assert all(check.ok for check in run_checks())
    connection.execute(
        sa.text("DELETE FROM patient_search_key WHERE key = (SELECT min(key) FROM patient_search_key)")
    )
    failed = [check for check in run_checks() if not check.ok]
    assert [check.name for check in failed] == ["patients: search keys match patients"]
    assert failed[0].problems


@pytest.mark.timeout(180)
def test_the_import_bench_measures_in_a_database_that_is_gone_afterwards(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_synthea, "COPIES", 2)
    with bench_command.scratch_database(settings, "bench_test") as url:
        found = import_synthea.run(url)
    assert found["created"] == found["rows"] == 239 + 2 * 4216
    assert found["created_by_second_run"] == 0
    with connect(database.owner_url) as owner:
        assert not owner.execute("SELECT 1 FROM pg_database WHERE datname = 'bench_test'").fetchall()
        assert not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = 'bench_test_app'").fetchall()


@pytest.mark.timeout(180)
def test_the_fhir_bench_reads_as_many_people_as_it_has_copies(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_fhir, "COPIES", 2)
    with bench_command.scratch_database(settings, "bench_test") as url:
        found = import_fhir.run(url)
    assert (found["bundles"], found["created_by_second_run"]) == (2 + 2 * 16, 0)
    assert found["created"] == 2 * 102 + 2 * 1231


def test_an_enlarged_sample_is_of_other_people(tmp_path: Path, connection: sa.Connection) -> None:
    sample.enlarge(tmp_path, copies=3)
    report = service.import_synthea(tmp_path, Actor.system("import"))
    assert report.problems == []
    assert report.files["patients"].created == 81
    with db.transaction() as session:
        names = (
            session.connection()
            .execute(sa.text("SELECT count(DISTINCT name_sort) FROM patient"))
            .scalar_one()
        )
    assert names >= 75


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    values = [float(number) for number in range(1, 101)]
    assert figures.percentile(values, 0.5) == 50
    assert figures.percentile(values, 0.95) == 95
    assert figures.percentile([3.0], 0.95) == 3.0
    assert figures.goal(2, 3) == {"value": 2, "limit": 3, "met": True}


@pytest.mark.timeout(180)
def test_a_demo_hospital_is_made_ready_without_being_started(tmp_path: Path) -> None:
    environment = {**os.environ, "HMS_DATA_DIR": str(tmp_path)}
    for _ in ("first", "again"):
        prepare = [sys.executable, "-m", "hms_app.cli", "demo", "--prepare"]
        done = subprocess.run(prepare, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    verify = [sys.executable, "-m", "hms_app.cli", "verify", "--json"]
    environment["HMS_DATA_DIR"] = str(tmp_path / "demo")
    told = subprocess.run(verify, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    patients = next(check for check in json.loads(told.stdout)["checks"] if "search keys" in check["name"])
    assert patients["checked"] > 0
