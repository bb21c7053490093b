"""PostgreSQL's own programs, run as its own user and away from the terminal's signals."""

import os
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from hms_app.runtime.errors import StartRefused

_STARTING: Final = threading.Lock()
"""Held while a program starts. A worker forked just then by another thread would inherit the pipe by which Python is
told how the start went, and keep who waits for that waiting as long as it lives."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_STARTING.acquire, after_in_parent=_STARTING.release, after_in_child=_STARTING.release
    )


def run_program(program: Path, *arguments: str, user: tuple[int, int] | None, log: Path) -> None:
    """Run a program to its end; raises StartRefused with its reason, which may stand in the server's `log` only."""
    owner, group = user or (None, None)
    with tempfile.TemporaryFile() as output:
        # A file, not a pipe: the server keeps what it inherits open for as long as it lives.
        try:
            with _STARTING:
                process = subprocess.Popen(
                    [str(program), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                    user=owner,
                    group=group,
                    extra_groups=None if owner is None else [],
                    umask=0o077,
                    start_new_session=True,
                )
        except OSError as error:
            raise StartRefused(f"PostgreSQL's {program.name} cannot be run: {error.strerror}.") from error
        try:
            status = process.wait()
        finally:
            # Whoever is told to stop meanwhile must know afterwards whether there is a server to stop.
            process.wait()
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status != 0:
        raise StartRefused(f"The embedded database failed ({program.name}): {_reason(said, log)}")


def _reason(said: str, log: Path) -> str:
    """The worst line of what the program said and of the log's end; else the program's last word."""
    told = _lines(said)
    with suppress(OSError):
        told = _lines(log.read_text(encoding="utf-8", errors="replace"))[-20:] + told
    worst = [line for line in told if any(mark in line for mark in ("FATAL", "PANIC", "error:"))]
    return (worst or told or ["no reason was given"])[-1].rstrip(".") + f"; see {log}."


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
