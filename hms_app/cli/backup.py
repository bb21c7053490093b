"""`backup` and `restore`: the database and the uploaded files in one archive."""

import os
import shutil
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer
from sqlalchemy.engine import make_url

from hms_app.config import Settings, get_settings
from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.domain.audit import queries as trail
from hms_app.domain.audit.service import record
from hms_app.domain.audit.values import AuditAction
from hms_app.runtime.database import Database, connect, migrate, open_database
from hms_app.runtime.dumps import dump, load
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.kept_heads import FILE_NAME, KeptHeads

_DUMP: Final = "database.dump"
_FILES: Final = "files"
_KEY: Final = "master.key"
OPERATOR: Final = Actor.system("hms.py restore")


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(file: Annotated[Path, typer.Argument(help="The archive to write.")]) -> None:
    """Write the hospital into one archive; it may be running. The archive holds secrets: keep it safe."""
    settings = get_settings()
    if file.exists():
        raise StartRefused(f"{file} exists already; choose another name.")
    with open_database(settings) as database, TemporaryDirectory() as directory:
        head = _end_of_trail(database)
        dumped = Path(directory) / _DUMP
        dump(database.owner_url, dumped)
        unfinished = file.with_name(file.name + ".part")
        try:
            _write(unfinished, settings, dumped)
            unfinished.replace(file)
        except OSError as error:
            raise StartRefused(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                unfinished.unlink()
    typer.echo(
        f"The hospital is in {file}. It holds patients' data and keys: keep it as safe as the hospital."
    )
    if head:
        typer.echo(f"Its audit trail has the entry {head}; keep that elsewhere, for verify --kept.")


def restore(file: Annotated[Path, typer.Argument(help="The archive to read.")]) -> None:
    """Bring an archive back into an empty hospital."""
    settings = get_settings()
    if not file.is_file():
        raise StartRefused(f"There is no file {file}.")
    with TemporaryDirectory() as directory:
        unpacked = Path(directory)
        try:
            _unpack(file, unpacked)
        except (tarfile.TarError, OSError) as error:
            raise StartRefused(f"{file} is not a backup of this application.") from error
        if not (unpacked / _DUMP).is_file():
            raise StartRefused(f"{file} is not a backup of this application.")
        _bring_back_key(settings, unpacked / _KEY)
        with open_database(settings) as database:
            _ensure_empty(database)
            load(database.owner_url, unpacked / _DUMP)
            migrate(database.owner_url, role=make_url(database.app_url).username)
            if (unpacked / _FILES).is_dir():
                shutil.copytree(unpacked / _FILES, settings.files_dir, dirs_exist_ok=True)
            _go_on_with_trail(settings, database, unpacked / FILE_NAME, archive=file.name)
    typer.echo("The hospital is back. Start it with: python3 hms.py run")


def _write(target: Path, settings: Settings, dumped: Path) -> None:
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w") as archive:
            archive.add(dumped, _DUMP)
            _add_if_there(archive, settings.files_dir, _FILES)
            for name in (_KEY, FILE_NAME):
                _add_if_there(archive, settings.data_dir / "secrets" / name, name)


def _unpack(file: Path, target: Path) -> None:
    """Files only, and none outside `target`: the early releases of Python 3.11 have no filter that sees to it."""
    with tarfile.open(file) as archive:
        for member in filter(tarfile.TarInfo.isfile, archive):
            path = (target / member.name).resolve()
            if not path.is_relative_to(target.resolve()):
                raise tarfile.TarError(f"{member.name} leads out of the archive")
            path.parent.mkdir(parents=True, exist_ok=True)
            archive.makefile(member, path)
            path.chmod(0o600)


def _ensure_empty(database: Database) -> None:
    with connect(database.owner_url) as connection:
        if connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone():
            raise StartRefused(
                "The database is not empty; restore into a new HMS_DATA_DIR or an empty database."
            )


def _end_of_trail(database: Database) -> str:
    """The trail's newest entry, as `verify --kept` takes it; empty for a database without one."""
    with connect(database.owner_url) as connection:
        if connection.execute("SELECT to_regclass('public.audit_chain_head')").fetchone() == (None,):
            return ""
        row = connection.execute(
            "SELECT last_id, last_hash FROM audit_chain_head WHERE last_id > 0"
        ).fetchone()
    return f"{row[0]}:{row[1]}" if row else ""


def _go_on_with_trail(settings: Settings, database: Database, kept: Path, *, archive: str) -> None:
    """Say in the trail that it goes on from an earlier state, and let the heads of what came later be void.

    What this directory kept by itself is newer than what the archive brings.
    """
    _write_secret(settings, FILE_NAME, kept)
    engine = db.make_engine(database.app_url, pool_size=1)
    db.bind(engine)
    try:
        with db.transaction() as session:
            head = trail.chain_head(session)
            told = {"head": str(head), "archive": archive}
            record(session, OPERATOR, AuditAction.TRAIL_RESTORED, "audit_trail", after=told)
    finally:
        db.bind(None)
        engine.dispose()
    at = clock.now().isoformat(timespec="seconds")
    KeptHeads.of(settings).begin_anew(at, head.last_id, head.last_hash)


def _bring_back_key(settings: Settings, kept: Path) -> None:
    """What the archive's secrets are encrypted with must be the key from now on."""
    target = settings.data_dir / "secrets" / _KEY
    if not kept.is_file() or settings.secret_key is not None:
        return
    if target.exists() and target.read_bytes() != kept.read_bytes():
        raise StartRefused(
            "This data directory has keys of its own already; restore into a new HMS_DATA_DIR."
        )
    _write_secret(settings, _KEY, kept)


def _write_secret(settings: Settings, name: str, kept: Path) -> None:
    """Put what the archive holds among the secrets, unless something of this name is there."""
    target = settings.data_dir / "secrets" / name
    if not kept.is_file() or target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(kept.read_bytes())


def _add_if_there(archive: tarfile.TarFile, path: Path, name: str) -> None:
    if path.exists():
        archive.add(path, name)
