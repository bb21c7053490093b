"""How long to wait before a job is tried again, and how late one is."""

import datetime as dt
from typing import Final

LONGEST_WAIT: Final = dt.timedelta(hours=1)


def wait_before(attempts: int, backoff: int) -> dt.timedelta:
    """After so many attempts, each of which failed: `backoff` seconds, doubled each time, at most an hour."""
    return min(LONGEST_WAIT, dt.timedelta(seconds=backoff * 2 ** max(0, min(attempts, 30) - 1)))


def lag_of(
    *, due_at: dt.datetime, started_at: dt.datetime | None, is_waiting: bool, now: dt.datetime
) -> dt.timedelta:
    """How long a job waited past the time it was due, or waits by now; never negative."""
    until = now if is_waiting else (started_at or now)
    return max(dt.timedelta(), until - due_at)
