"""The bodies of requests as they come in: one that trickles is ended, so that nobody holds a connection for nothing."""

import asyncio
import time
from typing import Final

from starlette.types import Message, Receive

GRACE_SECONDS: Final = 20.0
"""How long any body may take, however small it is."""
SLOWEST_BYTES_A_SECOND: Final = 8_000
"""Below the slowest line that a clinic sends a scan over; a file of 20 MB has some 40 minutes."""


class Body:
    """What is received of one request; whoever sends too slowly has left, as far as the application sees."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._seconds_waited = 0.0
        self._bytes = 0
        self._is_complete = False
        self.was_too_slow = False

    async def receive(self) -> Message:
        """The next message: a piece of the body while it comes, afterwards whatever the server says."""
        if self.was_too_slow:
            return {"type": "http.disconnect"}
        if self._is_complete:
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience()):
                message = await self._receive()
        except TimeoutError:
            self.was_too_slow = True
            return {"type": "http.disconnect"}
        self._seconds_waited += time.monotonic() - began
        self._bytes += len(message.get("body", b""))
        self._is_complete = not message.get("more_body", False)
        return message

    def _patience(self) -> float:
        """Seconds that are left for the next piece."""
        return max(0.0, GRACE_SECONDS + self._bytes / SLOWEST_BYTES_A_SECOND - self._seconds_waited)
