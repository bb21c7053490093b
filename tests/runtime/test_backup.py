"""A hospital goes into one archive and comes back whole, keys and files included."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hms_app.config import Settings
from hms_app.runtime.database import connect, open_migrated

ROOT = Path(__file__).parents[2]


def command(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HMS_DATA_DIR": str(data_dir)}
    environment.pop("HMS_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "hms_app.cli", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def hospital(tmp_path: Path) -> Path:
    """A data directory with a row, a key and an uploaded file."""
    settings = Settings(data_dir=tmp_path / "old", database_url=None, secret_key=None)
    with open_migrated(settings) as database, connect(database.owner_url) as connection:
        connection.execute("INSERT INTO clinic_word (word) VALUES ('restored')")
    settings.files_dir.mkdir()
    (settings.files_dir / "scan.pdf").write_bytes(b"%PDF")
    return settings.data_dir


def test_a_backup_is_private_and_restores_into_an_empty_hospital(hospital: Path, tmp_path: Path) -> None:
    archive = tmp_path / "hospital.tar"
    made = command(hospital, "backup", str(archive))
    assert made.returncode == 0, made.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600

    fresh = tmp_path / "new"
    back = command(fresh, "restore", str(archive))
    assert back.returncode == 0, back.stderr
    settings = Settings(data_dir=fresh, database_url=None, secret_key=None)
    with open_migrated(settings) as database, connect(database.app_url) as connection:
        assert connection.execute("SELECT word FROM clinic_word WHERE word = 'restored'").fetchone()
    assert (fresh / "files" / "scan.pdf").read_bytes() == b"%PDF"
    assert (fresh / "secrets" / "master.key").read_bytes() == (
        hospital / "secrets" / "master.key"
    ).read_bytes()


def test_a_hospital_that_is_not_empty_is_never_overwritten(hospital: Path, tmp_path: Path) -> None:
    archive = tmp_path / "hospital.tar"
    assert command(hospital, "backup", str(archive)).returncode == 0
    assert "exists already" in command(hospital, "backup", str(archive)).stderr
    refused = command(hospital, "restore", str(archive))
    assert refused.returncode == 1
    assert "not empty" in refused.stderr


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"no")
    refused = command(tmp_path / "data", "restore", str(tmp_path / "x.tar"))
    assert refused.returncode == 1
    assert "is not a backup" in refused.stderr
