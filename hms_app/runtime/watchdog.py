"""Replaces a worker that does not answer: the launcher ends it, and the web server starts another in its place.

A worker is silent when its event loop has not run. Time is counted in the watchdog's own looks, each a second apart:
a machine that was asleep, a launcher that stood still, a worker in a debugger has missed no look, so nothing is held
against anybody.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from granian.server.mp import MPServer as Granian

from hms_app.runtime.pulse import BEAT_SECONDS, Ear

START_LOOKS: Final = 300
"""How many looks a worker may take to start: it may wait for its database, but not for ever."""
_STOOD_STILL_SECONDS: Final = 3 * BEAT_SECONDS
"""After a pause this long between two looks the watchdog itself was not running."""
_HELD: Final = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}

_log = logging.getLogger("hms.watchdog")


@dataclass
class Patience:
    """How many looks in a row each worker has been silent, and for how many that is borne."""

    looks: int
    start_looks: int = START_LOOKS
    _silent: dict[int, int] = field(default_factory=dict)
    _started: set[int] = field(default_factory=set)

    def after_look(
        self, workers: Collection[int], *, heard: Collection[int], excused: Collection[int] = ()
    ) -> list[int]:
        """The workers with which patience has ended, once some were heard and others have an excuse."""
        self._started = (self._started | set(heard)) & set(workers)
        blameless = {*heard, *excused}
        self._silent = {pid: 0 if pid in blameless else self._silent.get(pid, 0) + 1 for pid in workers}
        return [pid for pid, looks in self._silent.items() if looks >= self._borne(pid)]

    def _borne(self, pid: int) -> int:
        return self.looks if pid in self._started else max(self.looks, self.start_looks)


@contextmanager
def watched(web_server: Granian, directory: Path, *, seconds: int) -> Iterator[None]:
    """Watch over the server's workers while it serves; 0 seconds mean that nobody watches."""
    ear = _ear(directory) if seconds else None
    if ear is None:
        yield
        return
    over = threading.Event()
    watchdog = threading.Thread(
        target=_watch, args=(web_server, ear, Patience(seconds), over), name="watchdog", daemon=True
    )
    watchdog.start()
    try:
        yield
    finally:
        over.set()
        watchdog.join()
        ear.close()


def _ear(directory: Path) -> Ear | None:
    try:
        return Ear(directory)
    except (OSError, AttributeError) as error:  # No named pipes on Windows and on some network drives.
        _log.warning("no watchdog: named pipes cannot be made here (%s)", type(error).__name__)
        return None


def _watch(web_server: Granian, ear: Ear, patience: Patience, over: threading.Event) -> None:
    last = time.monotonic()
    while not over.wait(BEAT_SECONDS):
        workers, heard, now = _workers_of(web_server), ear.heard(), time.monotonic()
        stood_still, last = now - last > _STOOD_STILL_SECONDS, now
        excused = workers if stood_still else _held(set(workers) - heard)
        silent = patience.after_look(workers, heard=heard, excused=excused)
        for pid in silent:
            where = ear.places_of(pid)
            _log.critical("worker %s does not answer and is replaced; it is held up at %s", pid, where)
        _end(silent)


def _workers_of(web_server: Granian) -> list[int]:
    """The workers that are to serve: neither those that were told to stop nor those that have ended."""
    running = [worker.inner.pid for worker in list(web_server.wrks) if not worker.interrupt_by_parent]
    return [pid for pid in running if pid is not None and psutil.pid_exists(pid)]


def _held(workers: Collection[int]) -> list[int]:
    """Those that somebody has stopped, as a debugger does."""
    held = []
    for pid in workers:
        with suppress(psutil.Error):
            if psutil.Process(pid).status() in _HELD:
                held.append(pid)
    return held


def _end(workers: Collection[int]) -> None:
    """After everything was said: the web server forks as soon as a worker has ended, and not amid a log line."""
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
