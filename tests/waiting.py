"""Waiting for something to come about."""

import threading
import time
from collections.abc import Callable

LONGEST_SECONDS = 180.0


def wait_until(holds: Callable[[], bool], *, seconds: float = LONGEST_SECONDS) -> None:
    """Look again and again until something holds; fails when it never does."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "What was waited for did not come about."
        threading.Event().wait(0.1)
