"""A hospital goes into one archive and comes back whole, keys and files included."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hms_app.cli.run import HeadKeeper
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


def in_trail(data_dir: Path, *statements: str) -> str:
    """Do this to the hospital's database as its owner; answers where its trail ends."""
    settings = Settings(data_dir=data_dir, database_url=None, secret_key=None)
    with open_migrated(settings) as database, connect(database.owner_url) as connection:
        for statement in statements:
            connection.execute(statement)
        found = connection.execute("SELECT last_id || ':' || last_hash FROM audit_chain_head").fetchone()
        HeadKeeper(settings, database.app_url).keep()
    return str(found[0]) if found else ""


ENTRY = (
    "INSERT INTO audit_entry (occurred_at, actor_name, ip_address, action, subject_type, previous_hash, hash)"
    " VALUES (clock_timestamp(), 'x', '', 'x', 'x', '', '')"
)


@pytest.mark.timeout(600)
def test_a_hospital_goes_on_from_its_backup_and_what_was_kept_later_is_void(tmp_path: Path) -> None:
    old, archive = tmp_path / "old", tmp_path / "hospital.tar"
    in_trail(old, ENTRY, ENTRY)
    made = command(old, "backup", str(archive))
    head = in_trail(old)
    assert f"Its audit trail has the entry {head}" in made.stdout
    lost = in_trail(old, ENTRY, ENTRY)
    heads = (old / "secrets" / "audit-heads").read_bytes()

    fresh = tmp_path / "new"
    (fresh / "secrets").mkdir(parents=True)
    (fresh / "secrets" / "audit-heads").write_bytes(
        heads
    )  # Saved from the broken machine: newer than the archive's.
    assert command(fresh, "restore", str(archive)).returncode == 0
    good = command(fresh, "verify", "--kept", head)
    assert good.returncode == 0, good.stdout
    assert "ok   audit heads kept by the launcher (" in good.stdout
    assert command(fresh, "verify", "--kept", lost).returncode == 1
    in_trail(fresh, ENTRY)
    assert command(fresh, "verify").returncode == 0


@pytest.mark.timeout(600)
def test_a_database_put_back_behind_the_applications_back_fails_until_somebody_says_why(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "hospital"
    in_trail(data_dir, ENTRY, ENTRY)
    head = in_trail(data_dir, ENTRY, ENTRY)
    assert command(data_dir, "verify", "--head").stdout.strip() == head
    in_trail(
        data_dir,
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_refuse_change",
        "DELETE FROM audit_entry WHERE id > 3",
        "UPDATE audit_chain_head SET last_id = 3, last_hash = (SELECT hash FROM audit_entry WHERE id = 3)",
        "ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_refuse_change",
    )
    found = command(data_dir, "verify")
    assert found.returncode == 1
    assert f"The trail was cut: audit entry {head.partition(':')[0]}, kept on " in found.stdout
    accepted = command(data_dir, "verify", "--accept-restored", "a disk failed")
    assert accepted.returncode == 0, accepted.stdout
    again = command(data_dir, "verify", "--accept-restored", "a disk failed")
    assert again.returncode == 1
    assert "there is nothing to accept" in again.stderr
