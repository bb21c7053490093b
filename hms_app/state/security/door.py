"""The browser's side of the session: the lock screen, its end, the key of what was typed, the password question."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.date_writing import date_writing
from hms_app.core.permissions import SIGNED_IN
from hms_app.domain.security import queries, service
from hms_app.domain.security.rules.boards import is_board
from hms_app.state.base import ScreenState, SessionState, handles
from hms_app.state.replies import call, say


@dataclass(frozen=True)
class OwnSession:
    """When the session that asks ends, in words too, the key of what its person typed, how dates are written."""

    ends_at: dt.datetime
    ends_words: str
    typed_key: str
    writing: str
    idle_minutes: int
    """Until the screen is locked; 0 for a board, which never is."""


class DoorState(ScreenState, rx.State):
    """What the browser needs to cover the screen in time, to announce the session's end and to keep what was typed."""

    idle_minutes: int = 0
    now: str = ""
    """The server's clock when this was read, in milliseconds since 1970; the browser's own may be wrong."""
    ends_at: str = ""
    """The end of the session, likewise; empty until it was read."""
    ends_words: str = ""
    typed_key: str = ""
    writing: str = ""
    """How the hospital writes dates (a `DateWriting` as JSON), for the fields that read them."""

    @handles(SIGNED_IN, passive=True)
    async def load_door(self) -> None:
        """Tell the browser when the server will lock and end this session, and the person's own key."""
        own: OwnSession | None = await self._run(_own_session)
        if own is None:
            return
        self.idle_minutes = own.idle_minutes
        self.now, self.ends_at = _milliseconds(clock.now()), _milliseconds(own.ends_at)
        self.ends_words, self.typed_key, self.writing = own.ends_words, own.typed_key, own.writing

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


def _own_session(session: Session, actor: Actor) -> OwnSession:
    ends_at = queries.get_own_session_end(session, actor)
    return OwnSession(
        ends_at,
        actor.locale.time(ends_at),
        service.typed_text_key(actor.user_id or 0),
        json.dumps(date_writing(actor.locale), ensure_ascii=False),
        0 if is_board(actor.permissions) else get_settings().idle_minutes,
    )


def _milliseconds(instant: dt.datetime) -> str:
    return str(int(instant.timestamp() * 1000))
