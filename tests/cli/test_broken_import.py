"""An import whose process is killed, and two imports at once: the hospital ends with the same rows."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlmodel import SQLModel

from hms_app.cli import bench
from hms_app.cli.benches import sample
from hms_app.config import Settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.interop.service import import_synthea
from hms_app.runtime.database import Database, connect
from hms_app.runtime.paths import ROOT

HANGS_ON = ("patient_identifier", "patient_search_key", "allergy_reaction", "name_word")
"""Tables whose rows have no key of their own in the files."""
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twice the sample's people: about nine thousand rows."""
    directory: Path = tmp_path_factory.mktemp("export")
    sample.enlarge(directory, copies=2)
    return directory


@pytest.fixture(scope="module")
def undisturbed(settings: Settings, database: Database, export: Path) -> dict[str, object]:
    """What is there after an import that nothing happened to."""
    with bench.scratch_database(settings, "import_undisturbed") as url:
        engine = db.make_engine(url, pool_size=2)
        db.bind(engine)
        try:
            import_synthea(export, Actor.system("a test"))
        finally:
            db.bind(None)
            engine.dispose()
        return rows_of(url)


class Importer:
    """`hms.py import synthea` and `hms.py verify` on a database of their own."""

    def __init__(self, url: str, settings: Settings, export: Path) -> None:
        assert settings.secret_key is not None
        self.url = url
        self._export = export
        self._environment = os.environ | {
            "HMS_DATABASE_URL": url,
            "HMS_DATA_DIR": str(settings.data_dir),
            "HMS_SECRET_KEY": settings.secret_key.get_secret_value(),
        }

    def start(self) -> "subprocess.Popen[str]":
        """Start an import."""
        return self._start("import", "synthea", str(self._export), "--json")

    def verify(self) -> None:
        """Check the records."""
        process = self._start("verify")
        said, _ = process.communicate()
        assert process.returncode == 0, said

    def _start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "hms_app.cli", *arguments]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def importer(settings: Settings, database: Database, export: Path) -> Iterator[Importer]:
    """An importer of the export into an empty hospital."""
    with bench.scratch_database(settings, "import_disturbed") as url:
        yield Importer(url, settings, export)


@contextmanager
def held_up_at(table: str, url: str) -> Iterator["psycopg.Connection[tuple[int]]"]:
    """Nobody can write into the table while this lasts."""
    with connect(url) as connection, connection.transaction():
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(table)))
        yield connection


def wait_for_waiting(connection: "psycopg.Connection[tuple[int]]", count: int) -> None:
    """Go on once so many transactions wait for a lock."""
    for _ in range(1200):
        row = connection.execute(WAITS).fetchone()
        if row and row[0] >= count:
            return
        threading.Event().wait(0.05)
    raise AssertionError("The import never came to the table that is held.")


def rows_of(url: str) -> dict[str, object]:
    """Every imported row by its key in the files, whatever its number here; and how many hang on them."""
    tables = {name: table for name, table in SQLModel.metadata.tables.items() if "source_key" in table.c}
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        found: dict[str, object] = {}
        for name, table in tables.items():
            columns = [table.c[column] for column in ("source_key", "source_hash") if column in table.c]
            found[name] = sorted(connection.execute(sa.select(*columns)), key=str)
        for name in HANGS_ON:
            found[name] = connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar()
    engine.dispose()
    return found


def finished(process: "subprocess.Popen[str]") -> dict[str, dict[str, int]]:
    """The report's counts of each file."""
    said, complaint = process.communicate()
    assert process.returncode == 0, complaint
    report = json.loads(said)
    assert report["problems"] == []
    return {name: counts for name, counts in report["files"].items() if counts["read"]}


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    importer: Importer, undisturbed: dict[str, object]
) -> None:
    with held_up_at("procedure", importer.url) as connection:
        killed = importer.start()
        wait_for_waiting(connection, 1)
        killed.kill()
        killed.communicate()
        assert killed.returncode == -signal.SIGKILL
    again = finished(importer.start())
    assert again["patients"]["unchanged"] == again["patients"]["read"]
    assert again["procedures"]["created"] == again["procedures"]["read"]
    assert rows_of(importer.url) == undisturbed
    importer.verify()


def test_two_imports_at_once_read_every_row_once(importer: Importer, undisturbed: dict[str, object]) -> None:
    with held_up_at("procedure", importer.url) as connection:
        both = [importer.start(), importer.start()]
        wait_for_waiting(connection, 2)
    first, second = (finished(process) for process in both)
    for name, counts in first.items():
        created = counts["created"] + second[name]["created"]
        assert created == counts["read"] == second[name]["read"], name
    assert rows_of(importer.url) == undisturbed
    importer.verify()
