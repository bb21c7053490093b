"""Looking after a server: one that ended by itself is started again, for a while; then everybody is told to stop."""

import logging
import signal
import threading
import time
from types import TracebackType
from typing import Final, Protocol

from hms_app.runtime.errors import StartRefused

PATIENCE: Final = 600.0
"""Seconds for which starting it again is tried: long enough for somebody to free a full disk."""
LOOK_SECONDS: Final = 0.5
LONGEST_PAUSE: Final = 30.0
STEADY_SECONDS: Final = 60.0
"""A server that ended again within this time had not come up at all."""

logger = logging.getLogger("hms.database")


class Server(Protocol):
    """What can be looked after."""

    def pid(self) -> int | None:
        """Its process; None when it does not run."""

    def revive(self) -> None:
        """Start it again unless it runs; raises StartRefused or OSError."""


class Supervisor:
    """A thread that starts a server again whenever it ends, as long as the block that needs it lasts.

    When it gives up it sends SIGTERM to this process, and the end of the block raises StartRefused with the reason.
    """

    def __init__(self, server: Server, *, patience: float) -> None:
        self._server, self._patience = server, patience
        self._over = threading.Event()
        self._refusal: StartRefused | None = None
        self._thread = threading.Thread(target=self._look_after, name="database-supervisor", daemon=True)

    def __enter__(self) -> "Supervisor":
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._refusal:
            raise self._refusal from error

    def _look_after(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            if self._server.pid() is None and not self._is_revived():
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
                return

    def _is_revived(self) -> bool:
        """Start it until it stays up; False when patience has run out before."""
        logger.error("the embedded database has ended by itself; it is started again")
        since, pause, reason = time.monotonic(), 1.0, "it ends again and again."
        while not self._over.is_set():
            try:
                self._server.revive()
                logger.warning("the embedded database runs again")
                if self._stays_up():
                    return True
            except (StartRefused, OSError) as refusal:
                reason = str(refusal)
            if time.monotonic() - since >= self._patience:
                self._refusal = StartRefused(
                    f"The embedded database ended and could not be started again: {reason}"
                )
                logger.error("the embedded database could not be started again; the hospital stops")
                return False
            self._over.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return True

    def _stays_up(self) -> bool:
        """Whether it still runs after a while (or nobody needs it any more)."""
        until = time.monotonic() + STEADY_SECONDS
        while not self._over.wait(LOOK_SECONDS) and time.monotonic() < until:
            if self._server.pid() is None:
                return False
        return True
