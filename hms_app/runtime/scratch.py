"""Files that are needed for a moment only: beside the hospital's own, and gone at the end, however that comes."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import psutil

from hms_app.config import get_settings


def scratch_file() -> IO[bytes]:
    """An empty file without a name, on the disk of the data directory; the system takes it away with its handle."""
    return TemporaryFile(dir=_place())


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """An empty directory below the data directory, gone at the end; after a crash `sweep_scratch` takes it away."""
    directory = _place() / f"{os.getpid()}-{secrets.token_hex(8)}"
    directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def sweep_scratch() -> int:
    """Remove what processes that are no more left behind; says how many things there were."""
    left = [path for path in _place().iterdir() if not _is_in_use(path)]
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def _is_in_use(path: Path) -> bool:
    owner = path.name.partition("-")[0]
    return owner.isdecimal() and len(owner) < 10 and psutil.pid_exists(int(owner))


def _place() -> Path:
    place = get_settings().data_dir / "scratch"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place
