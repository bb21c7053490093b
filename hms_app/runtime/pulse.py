"""The pulse of a worker: its event loop says each second that it runs, and the launcher hears it.

A named pipe carries the process ids. It needs neither the disk nor a clock that both sides share.
"""

import asyncio
import faulthandler
import os
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from struct import Struct
from typing import Final

BEAT_SECONDS: Final = 1.0
_DIRECTORY: Final = "HMS_PULSE_DIR"
"""Where a worker finds the launcher's pipe, in its environment."""
_BEAT: Final = Struct("=I")
_MOST_BYTES: Final = 65_536
_PIPE: Final = "beats"
_PLACE: Final = re.compile(r'File "([^"]+)", line (\d+)')
_PLACES: Final = 8
_ASKED_SECONDS: Final = 1.0
_ASKED_TIMES: Final = 20


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Let this process's event loop be heard by the launcher that started it, if one listens."""
    directory = os.environ.get(_DIRECTORY)
    if not directory:
        yield
        return
    with _ready_to_tell(Path(directory)):
        pipe = os.open(Path(directory, _PIPE), os.O_WRONLY | os.O_NONBLOCK)
        beats = asyncio.create_task(_beat(pipe), name="pulse")
        try:
            yield
        finally:
            beats.cancel()
            os.close(pipe)


async def _beat(pipe: int) -> None:
    beat = _BEAT.pack(os.getpid())
    while True:
        with suppress(OSError):  # Full, or the launcher has gone: somebody else's business.
            os.write(pipe, beat)
        await asyncio.sleep(BEAT_SECONDS)


@contextmanager
def _ready_to_tell(directory: Path) -> Iterator[None]:
    """Write down where every thread is when the launcher asks; this works also while Python itself is held up."""
    told = _told_by(directory, os.getpid())
    try:
        file = told.open("w", encoding="utf-8")
    except OSError:  # The disk is full: a worker that cannot tell is better than none.
        yield
        return
    with file:
        faulthandler.register(signal.SIGUSR1, file=file, all_threads=True)
        try:
            yield
        finally:
            faulthandler.unregister(signal.SIGUSR1)
            told.unlink(missing_ok=True)


def _told_by(directory: Path, pid: int) -> Path:
    return directory / f"{pid}.places"


class Ear:
    """The launcher's end of the pipe."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in directory.iterdir():
            left_over.unlink()
        os.mkfifo(directory / _PIPE, 0o600)
        self._pipe = os.open(directory / _PIPE, os.O_RDWR | os.O_NONBLOCK)
        os.environ[_DIRECTORY] = str(directory)

    def heard(self) -> set[int]:
        """The processes that have said since the last time that they run."""
        try:
            said = os.read(self._pipe, _MOST_BYTES)
        except BlockingIOError:
            return set()
        whole = len(said) - len(said) % _BEAT.size
        return {pid for (pid,) in _BEAT.iter_unpack(said[:whole])}

    def places_of(self, pid: int) -> str:
        """Where in the code a process is held up, from the inside out; empty when it cannot tell."""
        told = _told_by(self._directory, pid)
        with suppress(OSError):
            os.kill(pid, signal.SIGUSR1)
            text = _whole(told)
            told.unlink()
            return _innermost(text)
        return ""

    def close(self) -> None:
        """Listen no longer."""
        os.environ.pop(_DIRECTORY, None)
        os.close(self._pipe)


def _whole(told: Path) -> str:
    """What the worker writes, which it does in many small pieces: once it grows no longer."""
    text = ""
    for _ in range(_ASKED_TIMES):
        before, text = text, told.read_text(encoding="utf-8", errors="replace")
        if text and text == before:
            break
        time.sleep(_ASKED_SECONDS / _ASKED_TIMES)
    return text


def _innermost(text: str) -> str:
    """The places of the thread that the event loop has, of what `faulthandler` wrote of all threads."""
    threads = text.split("\n\n")
    current = next((thread for thread in threads if thread.startswith("Current thread")), threads[-1])
    places = [f"{path.rsplit('hms_app/')[-1]}:{line}" for path, line in _PLACE.findall(current)]
    return " < ".join(places[:_PLACES])
