"""Costly work a few at a time: whoever waits for a turn holds neither a thread nor a connection meanwhile."""

from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from hms_app.api.routing import TooBusy
from hms_app.config import get_settings
from hms_app.core.reading import AT_ONCE

T = TypeVar("T")


class Turns:
    """So many at once, in threads of their own; who comes when `most_waiting` wait already is told to come again."""

    def __init__(self, at_once: int, *, most_waiting: int, refusal: str) -> None:
        self._limiter = CapacityLimiter(at_once)
        self._most_waiting, self._refusal = most_waiting, refusal

    async def take(self, work: Callable[[], T]) -> T:
        """Run `work` off the event loop when it is its turn; raises TooBusy."""
        if self._limiter.statistics().tasks_waiting >= self._most_waiting:
            raise TooBusy(self._refusal)
        return await to_thread.run_sync(work, limiter=self._limiter)


READING: Final = Turns(
    AT_ONCE, most_waiting=30, refusal="Many files are being read at this moment. Try again in a minute."
)
"""Pictures and documents that browsers send, while they are looked at."""
IMPORTS: Final = Turns(
    1, most_waiting=10, refusal="Other imports are being looked at. Try again in a minute."
)
"""Files to be read in, which may take long to look at: nobody waits for them with a photo."""
_SHARE: Final = max(1, get_settings().database_pool // 5)
"""Connections that downloads of one kind may hold: all of them together leave most for people at their screens."""
_MANY: Final = "Many downloads are being made at this moment. Try again in a minute."
LISTS: Final = Turns(_SHARE, most_waiting=20, refusal=_MANY)
"""Lists that may have a million rows, while they are made."""
RECORDS: Final = Turns(_SHARE, most_waiting=20, refusal=_MANY)
"""Files about one record or one import, while they are made."""
