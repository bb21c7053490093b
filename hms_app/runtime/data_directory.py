"""The data directory: it can be written, and one running hospital at a time has it."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES
from pathlib import Path
from typing import Final

from hms_app.runtime.errors import StartRefused

_LOCK: Final = "server.lock"
_TRIES: Final = 5
_PAUSE: Final = 0.05
"""Seconds: whoever only asks who has the directory holds the lock for much less."""


def ensure_writable(directory: Path) -> None:
    """Make the directory if it is missing; raises StartRefused when nothing can be written there."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(EACCES, os.strerror(EACCES))
    except OSError as error:
        raise StartRefused(f"The data directory {directory} cannot be used: {error.strerror}.") from error


@contextmanager
def sole_server(directory: Path, url: str) -> Iterator[None]:
    """Serve from this directory alone; raises StartRefused while another process does.

    The lock is held by the open file, so that it ends with the process, however that ends.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    ensure_writable(directory)
    with (directory / _LOCK).open("a+", encoding="utf-8") as lock:
        for patience in range(_TRIES - 1, -1, -1):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                lock.seek(0)
                if not patience:
                    raise StartRefused(
                        f"The hospital in {directory} is running already at {lock.read()}; stop that one first, or"
                        " choose another HMS_DATA_DIR."
                    ) from error
                time.sleep(_PAUSE)
        lock.truncate(0)
        lock.write(f"{url} (process {os.getpid()})")
        lock.flush()
        yield


def served_at(directory: Path) -> str | None:
    """The address of the hospital that is running in this directory; None when none is, or nobody can tell."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        with (directory / _LOCK).open("r+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read().partition(" ")[0] or None
    except OSError:
        return None
    return None
