"""The built frontend: made by Reflex with the environment's own node, again only when its sources changed.

It is made in a work directory, which nobody serves from, and then kept under a name made of its sources: a build that
is going on, or was stopped, changes nothing for a hospital that runs from the same checkout.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import psutil

from hms_app.runtime.errors import StartRefused
from hms_app.runtime.kept_builds import KeptBuilds
from hms_app.runtime.paths import ROOT

_LOCK: Final = "reflex.lock"
_SOURCES: Final = (
    "hms_app/pages",
    "hms_app/components",
    "hms_app/state",
    "hms_app/core",
    "hms_app/hms_app.py",
    "hms_app/navigation.py",
    "assets",
    "rxconfig.py",
    "requirements.txt",
)
_NPM_SAYS: Final = re.compile(r"npm error (?!(?:code|errno|syscall|path|dest|file) )(?P<why>\S.*)")
_SERVED: Final = "build/client"
_END_SECONDS: Final = 10
EXPORT: Final = ("-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod")
"""What this Python is given to build the frontend in the work directory."""
_ONE_LINE: Final = "300"
"""Columns enough that no message in the build's log is broken in two."""


def work_directory() -> Path:
    """Where Reflex makes the frontend, with the packages it needs for that."""
    return Path(os.environ.get("REFLEX_WEB_WORKDIR", str(ROOT / ".web")))


def development_directory() -> Path:
    """The same for `run --dev`, which serves from there and builds again at each change."""
    return _beside("dev")


def environment(base: dict[str, str] | None = None) -> dict[str, str]:
    """The process environment in which Reflex finds our node and tells nobody about us."""
    made = dict(os.environ if base is None else base)
    binaries = str(Path(sys.executable).parent)
    if made.get("PATH", "").split(os.pathsep)[0] != binaries:
        made["PATH"] = binaries + os.pathsep + made.get("PATH", os.defpath)
    made["PYTHONPATH"] = str(ROOT)
    made["REFLEX_USE_NPM"] = "1"
    # The committed lock file names no registry: it is the same for who has a mirror and for who has none.
    made["npm_config_omit_lockfile_registry_resolved"] = "true"
    made["REFLEX_TELEMETRY_ENABLED"] = "false"
    made["REFLEX_CHECK_LATEST_VERSION"] = "false"
    made["REFLEX_DIR"] = str(Path(sys.prefix) / "reflex")
    return made


def fingerprint(names: Sequence[str]) -> str:
    """Changes whenever one of these files or a file in one of these directories does."""
    digest = sha256(sys.version.encode())
    for name in names:
        top = ROOT / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_built() -> bool:
    """Whether there is a build of the sources as they are."""
    return _kept().has(_name(fingerprint(_SOURCES)))


@contextmanager
def built(export: Sequence[str] = EXPORT) -> Iterator[Path]:
    """The directory that holds the built frontend, built first if its sources changed, and kept for the block.

    Raises StartRefused when it cannot be built.
    """
    kept, name = _kept(), _name(fingerprint(_SOURCES))
    with kept.held(name) as directory:
        if directory is not None:
            with _only_one(waits=False) as lock:
                if lock is not None:
                    kept.sweep(name)
            yield directory
            return
    with ExitStack() as held:
        with _only_one() as lock:
            name = _name(fingerprint(_SOURCES))
            if not kept.has(name):
                name = _make(kept, lock, export)
            directory = held.enter_context(kept.held(name))
            kept.sweep(name)
        if directory is None:
            raise StartRefused("The built screens were removed by somebody else; start again.")
        yield directory


def _make(kept: KeptBuilds, lock: IO[str] | None, export: Sequence[str]) -> str:
    """Build the frontend and keep it; gives its name."""
    sources = fingerprint(_SOURCES)
    print("Building the screens (about half a minute, only after a change) ...", file=sys.stderr, flush=True)
    log = _beside("log")
    with package_order_kept(ROOT / _LOCK / "package.json"), log.open("w", encoding="utf-8") as output:
        status = _run(export, output, lock)
    web = work_directory()
    if status != 0 or not (web / _SERVED / "index.html").exists():
        raise StartRefused(f"The screens could not be built: {reason_in(log)} The whole story is in {log}.")
    if fingerprint(_SOURCES) != sources:
        raise StartRefused("The sources changed while the screens were built; start again.")
    name = _name(sources)
    kept.put(name, {place: web / place for place in (_SERVED, "backend")})
    return name


def _run(export: Sequence[str], output: IO[str], lock: IO[str] | None) -> int:
    """Let Reflex build; its status. Nothing of it goes on when this process is told to stop."""
    _end_left_build(lock)
    process = subprocess.Popen(
        [sys.executable, *export], cwd=ROOT, env={**environment(), "COLUMNS": _ONE_LINE}, stdin=subprocess.DEVNULL,
        stdout=output, stderr=output, start_new_session=True,
    )  # fmt: skip
    try:
        _note(lock, str(process.pid))
        status = process.wait()
        _note(lock, "")
        return status
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _end_left_build(lock: IO[str] | None) -> None:
    """A starter that was killed left its build running, which would write into this one."""
    left = lock.read().strip() if lock else ""
    for process in psutil.process_iter() if left.isdigit() else ():
        with suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == int(left) and _builds(process):
                process.kill()
                process.wait(timeout=_END_SECONDS)


def _builds(process: psutil.Process) -> bool:
    """Whether it is Reflex's own process, or one that it set to work in the work directory."""
    return "reflex" in process.cmdline() or Path(process.cwd()).is_relative_to(work_directory().resolve())


def _note(lock: IO[str] | None, text: str) -> None:
    if lock:
        lock.truncate(0)
        lock.write(text)
        lock.flush()


def _name(sources: str) -> str:
    """What a build of these sources with the packages of now is called."""
    return sha256(f"{sources} {fingerprint([_LOCK])}".encode()).hexdigest()[:32]


def _kept() -> KeptBuilds:
    return KeptBuilds(_beside("builds"))


def _beside(ending: str) -> Path:
    """A file or directory beside the work directory."""
    web = work_directory()
    return web.with_name(f"{web.name}.{ending}")


@contextmanager
def package_order_kept(package: Path) -> Iterator[None]:
    """The package manager shuffles this file at each run; one that still says the same is put back as it was."""
    before = package.read_bytes()
    try:
        yield
    finally:
        if json.loads(package.read_bytes()) == json.loads(before):
            package.write_bytes(before)


def reason_in(log: Path) -> str:
    """The one line of a failed build's log that says why: the package manager's first word, else the last error."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    npm = [said["why"] for said in map(_NPM_SAYS.match, lines) if said]
    errors = [line for line in lines if "error" in line.lower()]
    return (npm[:1] or errors[-1:] or lines[-1:] or ["no reason was given"])[0].rstrip(".") + "."


@contextmanager
def _only_one(*, waits: bool = True) -> Iterator[IO[str] | None]:
    """Let one process at a time build; gives the lock's file, or None when another builds and nobody waits."""
    try:
        import fcntl
    except ImportError:
        yield None
        return
    with _beside("lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
        except BlockingIOError:
            yield None
            return
        lock.seek(0)
        yield lock
