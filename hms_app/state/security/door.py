"""The lock screen's and the password question's side of the session."""

from typing import Any

import reflex as rx

from hms_app.config import get_settings
from hms_app.core.permissions import SIGNED_IN
from hms_app.state.base import SessionState, handles
from hms_app.state.replies import call, say


class DoorState(rx.State):
    """What the browser needs to cover the screen in time, and what follows an unlock or a confirmed password."""

    idle_minutes: int = 0

    @handles(SIGNED_IN, passive=True)
    async def load_door(self) -> None:
        """Tell the browser after how many quiet minutes the server will lock this session."""
        self.idle_minutes = get_settings().idle_minutes

    @handles(SIGNED_IN)
    async def go_on(self) -> Any:
        """After an unlock: load the page again only when it was refused as a whole."""
        session_state = await self.get_state(SessionState)
        if not session_state.is_locked:
            return None
        session_state.is_locked = False
        return call("() => window.location.reload()")

    @handles(SIGNED_IN)
    async def confirmed(self) -> Any:
        """The password was right: the person may repeat the act."""
        await self._stop_asking()
        return say("Password confirmed. You can do that now.", tone="info")

    @handles(SIGNED_IN)
    async def stop_asking(self) -> None:
        """The person gave the act up."""
        await self._stop_asking()

    async def _stop_asking(self) -> None:
        session_state = await self.get_state(SessionState)
        session_state.asks_password = False
