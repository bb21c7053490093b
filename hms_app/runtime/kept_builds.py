"""Finished builds of the screens, each in a directory that is named by what it was made of and put in place whole.

Who serves a build holds a shared lock on its directory, which ends with the last process that serves it, however that
ends. A build that nobody holds and nobody wants any more is removed.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_UNFINISHED: Final = ".unfinished"
_LEAVING: Final = ".leaving"


class KeptBuilds:
    """The builds in one directory."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @contextmanager
    def held(self, name: str) -> Iterator[Path | None]:
        """The build of that name, which stays as long as the block lasts; None when there is none."""
        directory = self._home / name
        try:
            held = _Hold(directory)
        except FileNotFoundError:
            yield None
            return
        try:
            # It may have been removed while the lock was waited for.
            yield directory if held.shared() else None
        finally:
            held.end()

    def has(self, name: str) -> bool:
        """Whether there is a build of that name."""
        return (self._home / name).is_dir()

    def put(self, name: str, parts: dict[str, Path]) -> None:
        """Put a build in place: its parts, by where they stand in it, are moved there.

        One process at a time may do that.
        """
        unfinished = self._home / f"{name}{_UNFINISHED}"
        shutil.rmtree(unfinished, ignore_errors=True)
        for place, part in parts.items():
            (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(part, unfinished / place)
        if hasattr(os, "sync"):
            os.sync()  # Its name promises that it is whole, also after the power failed.
        unfinished.rename(self._home / name)

    def sweep(self, wanted: str) -> None:
        """Remove what nobody holds, except the wanted build; not while another process puts one in place."""
        for directory in self._home.iterdir() if self._home.is_dir() else ():
            if directory.name != wanted:
                with suppress(OSError):  # What cannot be removed now is met again at the next start.
                    self._remove_unless_held(directory)

    def _remove_unless_held(self, directory: Path) -> None:
        hold = _Hold(directory)
        try:
            if hold.alone():
                # Renamed first: half a build never has a build's name.
                leaving = directory.with_name(f"{directory.name.removesuffix(_LEAVING)}{_LEAVING}")
                if leaving != directory:
                    shutil.rmtree(leaving, ignore_errors=True)
                    directory.rename(leaving)
                shutil.rmtree(leaving, ignore_errors=True)
        finally:
            hold.end()


class _Hold:
    """A lock on a directory, which processes that are forked meanwhile hold as well; Windows has none."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor = os.open(directory, os.O_RDONLY) if os.name != "nt" else None

    def shared(self) -> bool:
        """Hold it with others; False when the directory is gone."""
        if self._descriptor is None:
            return self._directory.is_dir()
        import fcntl

        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._directory.stat())
        except FileNotFoundError:
            return False

    def alone(self) -> bool:
        """Hold it alone; False while somebody else holds it."""
        if self._descriptor is None:
            return False
        import fcntl

        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def end(self) -> None:
        """Let go; a process that was forked meanwhile still holds it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
