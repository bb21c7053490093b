"""How fast somebody may go: so much at once, and so much a second after that."""

import asyncio
import time


class Allowance:
    """A measure that fills up by `a_second` to at most `at_once`."""

    def __init__(self, at_once: float, a_second: float) -> None:
        self._at_once, self._a_second = at_once, a_second
        self._left = at_once
        self._at = time.monotonic()

    def try_take(self) -> bool:
        """Take one if one is there."""
        self._fill()
        if self._left < 1:
            return False
        self._left -= 1
        return True

    async def take(self, many: float = 1.0) -> None:
        """Take `many`, and wait as long as that is more than was there."""
        self._fill()
        self._left -= many
        if self._left < 0:
            await asyncio.sleep(-self._left / self._a_second)

    def is_full(self) -> bool:
        """Whether it says nothing about the past any more."""
        self._fill()
        return self._left >= self._at_once

    def _fill(self) -> None:
        now = time.monotonic()
        self._left = min(self._at_once, self._left + (now - self._at) * self._a_second)
        self._at = now
