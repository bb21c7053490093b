"""A list of work that goes on by itself: it looks again while something of it is at work."""

from collections.abc import Callable
from typing import Any

from hms_app.state.lists.screen import ListScreen, handles_with


class WatchedList(ListScreen, mixin=True):
    """A list whose page asks again as long as it `is_watched`."""

    is_watched: bool = False

    @handles_with("listed.read", passive=True)
    async def watch(self) -> None:
        """Look again how far the work is; the page asks while something is at work."""
        if self.is_watched:
            await self._fill()

    async def _fill(self, run: Callable[..., Any] | None = None) -> None:
        await super()._fill(run)
        self.is_watched = self._goes_on()

    def _goes_on(self) -> bool:
        """Whether something that is shown is at work."""
        raise NotImplementedError
