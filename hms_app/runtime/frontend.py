"""The built frontend: made by Reflex with the environment's own node, again only when its sources changed."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from hms_app.runtime.errors import StartRefused
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
_ONE_LINE: Final = "300"
"""Columns enough that no message in the build's log is broken in two."""


def web_directory() -> Path:
    """Where Reflex keeps the frontend's sources and its build."""
    return Path(os.environ.get("REFLEX_WEB_WORKDIR", str(ROOT / ".web")))


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
    """Whether the build belongs to the sources as they are."""
    try:
        noted = json.loads(_stamp().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    same = noted == {"sources": fingerprint(_SOURCES), "lock": fingerprint([_LOCK])}
    return same and (_build() / "client" / "index.html").exists()


def ensure_built() -> None:
    """Build the frontend if its sources changed; raises StartRefused when that fails."""
    if is_built():
        return
    with _only_one():
        if not is_built():
            _make()


def forget_build() -> None:
    """Say that the build is about to be replaced by another kind."""
    _stamp().unlink(missing_ok=True)


def _make() -> None:
    sources = fingerprint(_SOURCES)
    print("Building the screens (about half a minute, only after a change) ...", file=sys.stderr, flush=True)
    log = web_directory().parent / ".web.log"
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
    with package_order_kept(ROOT / _LOCK / "package.json"), log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**environment(), "COLUMNS": _ONE_LINE}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
    if status != 0 or not (_build() / "client").is_dir():
        raise StartRefused(f"The screens could not be built: {reason_in(log)} The whole story is in {log}.")
    # The build itself may bring the lock file up to date.
    _stamp().write_text(json.dumps({"sources": sources, "lock": fingerprint([_LOCK])}), encoding="utf-8")


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


def _build() -> Path:
    return web_directory() / "build"


def _stamp() -> Path:
    return web_directory() / "hms-built.json"


@contextmanager
def _only_one() -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        yield
        return
    with (web_directory().parent / ".web.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
