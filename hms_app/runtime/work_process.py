"""The one `work` process beside the server: started, limited in memory, and started again when it ends."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hms_app.runtime.paths import ROOT
from hms_app.runtime.stopping import die_with_parent

_COMMAND: Final = (sys.executable, "-m", "hms_app.cli", "work", "--attached")
LEAVING_SECONDS: Final = 30
"""How long a worker that was told to stop may take before it is killed; its jobs are taken up again."""
SHORTEST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 60.0
"""Seconds before a worker that ended is started again: doubled each time it ended within the longest wait."""

logger = logging.getLogger("hms.work")


@contextmanager
def working(*, memory_mb: int) -> Iterator[None]:
    """Keep a worker running for as long as the block lasts; it reads its database from the environment."""
    supervisor = _Supervisor(memory_mb)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.leave()


class _Supervisor(threading.Thread):
    def __init__(self, memory_mb: int) -> None:
        super().__init__(name="work-supervisor", daemon=True)
        self._memory = memory_mb * 1_000_000
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start it, wait for its end, start it again."""
        wait = SHORTEST_WAIT
        while not self._over.is_set():
            ended = self._one()
            if self._over.is_set():
                return
            wait = SHORTEST_WAIT if ended > LONGEST_WAIT else min(LONGEST_WAIT, wait * 2)
            logger.error("the worker ended by itself; it is started again in %s seconds", round(wait))
            self._over.wait(wait)

    def leave(self) -> None:
        """Tell the worker to stop, and wait until it has."""
        self._over.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(LEAVING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self.join(LEAVING_SECONDS)

    def _one(self) -> float:
        """Run one worker to its end; answers for how many seconds it lived."""
        started = time.monotonic()
        self._process = subprocess.Popen(
            _COMMAND,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=self._prepared if os.name != "nt" else None,
        )
        self._process.wait()
        return time.monotonic() - started

    def _prepared(self) -> None:
        """In the child, before it becomes the worker."""
        import resource  # Not there on Windows, where this is not called.

        die_with_parent()
        resource.setrlimit(resource.RLIMIT_DATA, (self._memory, self._memory))
