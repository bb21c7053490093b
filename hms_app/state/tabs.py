"""The websockets' side of the tabs: each is bound to its session, bounded in what it says, and forgotten in time.

What leans on the inside of Reflex 0.10.1's event namespace is in this file.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import reflex as rx
from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, State, StateUpdate
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError
from starlette.datastructures import Headers

from hms_app.core.cookies import SESSION_COOKIE, cookie_in
from hms_app.state.payloads import PayloadDamaged
from hms_app.state.presence import Presence
from hms_app.state.replies import refuse
from hms_app.state.router_bounds import bounded_address, bounded_headers
from hms_app.state.tab_tokens import TabName, bound_to, tab_of

SWEEP_SECONDS: Final = 2.0
MOST_WAITING: Final = 30
"""Events of one tab that may wait for their turn, and answers that may wait to be read; more stays on the line."""
_WAITING_SECONDS: Final = 0.05

logger = logging.getLogger("hms.tabs")


class Tabs(EventNamespace):
    """Reflex's namespace, with tabs that are bound to their sessions."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self.presence = Presence()
        self._pages: dict[str, str] = {}

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Let a tab in under the name that only this tab of this session has."""
        headers = Headers(scope=environ["asgi.scope"])
        named = tab_of(headers)
        if named is None:
            raise ConnectionRefusedError("This page does not say which tab it is in.")
        token = await self._token_for(
            sid, named, cookie_in("; ".join(headers.getlist("cookie")), SESSION_COOKIE)
        )
        environ["QUERY_STRING"] = urlencode({"token": token})
        environ.pop("HTTP_SEC_WEBSOCKET_PROTOCOL", None)
        await super().on_connect(sid, environ, _well_formed(auth))

    def on_disconnect(self, sid: str) -> "asyncio.Task[None] | None":
        """A tab is left: a visitor's state goes."""
        token = self.sid_to_token.get(sid)
        task = super().on_disconnect(sid)
        if token is not None:
            self._pages.pop(token, None)
            self.presence.went(token)
        return task

    async def on_event(self, sid: str, data: Any) -> None:
        """Take one event of a tab, bounded before anything of it is kept; what is no event is dropped."""
        token = self.sid_to_token.get(sid)
        if token is None or not _is_event(data):
            return
        if not _is_known(data):
            logger.warning("a page sent an event that nothing takes")
            await self.emit_update(StateUpdate(events=[refuse(str(PayloadDamaged()))]), token)
            return
        while self._waiting_for(sid, token) >= MOST_WAITING:
            await asyncio.sleep(_WAITING_SECONDS)
        await super().on_event(sid, {**data, "router_data": bounded_address(data.get("router_data"))})

    def is_connected(self, token: str) -> bool:
        """Whether the tab is connected to this worker."""
        record = self._token_manager.token_to_socket.get(token)
        return record is not None and record.instance_id == self._token_manager.instance_id

    @asynccontextmanager
    async def sweeping(self) -> AsyncIterator[None]:
        """As long as the server runs, the state of left tabs goes."""
        task = asyncio.create_task(self._sweep_for_ever())
        try:
            yield
        finally:
            task.cancel()

    async def sweep(self) -> None:
        """Forget the state of every left tab for which nothing runs any more."""
        for token in self.presence.left():
            if self.is_connected(token):
                self.presence.forgot(token)
            elif token not in self.app.event_processor._token_queues:
                await _forget_state(self.app.state_manager, token)
                self.presence.forgot(token)

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except Exception as failure:
                logger.warning("left tabs could not be forgotten: %s", type(failure).__name__)

    async def _token_for(self, sid: str, named: TabName, session_token: str | None) -> str:
        """The tab's bound token; a copy of an open tab gets a name of its own.

        A page that connects again while its first connection only seems to live takes that one's place.
        """
        token = bound_to(session_token, named.tab)
        record = self._token_manager.token_to_socket.get(token)
        if record is not None and record.sid not in self._static_router_data:
            await asyncio.sleep(0)  # It has just gone; Reflex clears up in a task of its own.
        elif record is not None and named.page and self._pages.get(token) == named.page:
            await self._token_manager.disconnect_token(token, record.sid)
        if await self._token_manager.is_token_connected(token):
            own = uuid4().hex
            token = bound_to(session_token, own)
            await self.emit("new_token", own, to=sid)
        self._pages[token] = named.page
        self.presence.came(token)
        return token

    def _waiting_for(self, sid: str, token: str) -> int:
        """Events that were not worked on yet, or answers that the browser did not take yet, whichever are more."""
        sio = self.app.sio
        line = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, self.namespace)) if sio else None
        return max(
            len(self.app.event_processor._token_queues.get(token, ())), line.queue.qsize() if line else 0
        )

    def _build_static_router_data(self, sid: str, environ: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = super()._build_static_router_data(sid, environ)
        return {**kept, "headers": bounded_headers(kept["headers"])}


def bind_tabs(app: rx.App) -> Tabs:
    """Put our namespace in the place of Reflex's."""
    replaced = app.event_namespace
    if replaced is None or app.sio is None:
        raise RuntimeError("The application has no websockets.")
    tabs = Tabs(replaced.namespace, app)
    app.sio.register_namespace(tabs)
    app._event_namespace = tabs
    return tabs


def _is_event(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(data.get("name"), str)
        and isinstance(data.get("payload", {}), dict)
    )


def _is_known(event: dict[str, Any]) -> bool:
    """Whether some handler takes it; a page from before an update may send what none takes any more."""
    return event["name"] in RegistrationContext.get().event_handlers


def _well_formed(auth: Any) -> Any:
    """The hydrate that rides along with a connection; one that is none is not read."""
    if not isinstance(auth, dict):
        return None
    event: Any = auth.get("event")
    is_read = _is_event(event) and _is_known(event)
    return {name: value for name, value in auth.items() if name != "event" or is_read}


async def _forget_state(manager: Any, token: str) -> None:
    root = BaseStateToken(ident=token, cls=State)
    if isinstance(manager, StateManagerMemory):
        async with await manager._get_state_lock(root):
            manager._purge_token(root)
    elif isinstance(manager, StateManagerRedis):
        await manager.redis.delete(*(root._state_key(state) for state in _with_substates(State)))


def _with_substates(state: type[BaseState]) -> list[type[BaseState]]:
    return [state, *(found for part in state.get_substates() for found in _with_substates(part))]
