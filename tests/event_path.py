"""The real event path without a browser: Reflex's own processor, our gate in front, states in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from inspect import signature
from re import Match, Pattern
from typing import Any, get_origin, get_type_hints
from uuid import uuid4

import pytest
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import StateUpdate
from reflex_base import vars as reflex_vars
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor

from hms_app.hms_app import app
from hms_app.state.credentials import SESSION_COOKIE

_EMPTY: dict[Any, Any] = {str: "", dict: {}, list: [], int: 0, float: 0.0, bool: False}


def fitting_payload(handler: Any) -> dict[str, Any]:
    """An empty value for each argument of a handler, as its annotations ask for."""
    hints = get_type_hints(handler)
    _state, *names = signature(handler).parameters
    return {name: _EMPTY[get_origin(hints[name]) or hints[name]] for name in names}


@dataclass
class Browser:
    """What a browser would have received: deltas and events, in order."""

    processor: BaseStateEventProcessor
    updates: list[StateUpdate] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Reflex's own call, instead of a websocket message."""
        self.updates.append(update)

    async def send(
        self,
        name: str,
        payload: dict[str, Any] | None = None,
        *,
        session: str | None = None,
        tab: str = "",
        address: str = "/",
    ) -> list[StateUpdate]:
        """Send one event as a websocket client on the page `address` would, and return what came back."""
        self.updates.clear()
        cookie = f"{SESSION_COOKIE}={session}" if session else ""
        event = Event(
            name=name,
            payload=payload or {},
            router_data={
                "pathname": address.partition("?")[0],
                "asPath": address,
                "query": {},
                "headers": {"cookie": cookie},
                "ip": "127.0.0.1",
                "token": tab,
                "sid": "1",
            },
        )
        handled = await self.processor.enqueue(tab or uuid4().hex, event)
        with suppress(Exception):  # A failure is in `failures`.
            await asyncio.wait_for(handled.wait_all(), timeout=30)
        return list(self.updates)

    def sent(self, state: str) -> dict[str, Any]:
        """The values of a state that the last event sent, the latest of each, by their own names."""
        return {
            name.removesuffix("_rx_state_"): value
            for update in self.updates
            for full_name, values in update.delta.items()
            if full_name == state or full_name.endswith((f".{state}", f"____{state}"))
            for name, value in values.items()
        }

    def sent_text(self) -> str:
        """Everything the last event sent, as text to search."""
        return " ".join(f"{update.delta} {update.events}" for update in self.updates)


class TagParsed(Exception):
    """Reflex was given somebody's text to make an event of; its own search would go on for ever."""


class _TagsRefused:
    """Reflex's pattern for its tags, which gives up where the search in earnest would not end."""

    def __init__(self, pattern: Pattern[str]) -> None:
        self._pattern = pattern

    def search(self, text: str) -> Match[str] | None:
        """The next tag that Reflex itself has put into `text`."""
        found = self._pattern.search(text)
        if found and found.group(1) not in {str(key) for key in reflex_vars.base._global_vars}:
            raise TagParsed(text[:80])
        return found


def _nothing(_path: str) -> list[Any]:
    return []


@asynccontextmanager
async def browser(*, loads_pages: bool = False) -> AsyncIterator[Browser]:
    """A processor with our middleware and a recording stand-in for the websocket.

    A new tab loads the page of its address only when it `loads_pages`, which needs the whole application.
    """
    made: Browser

    def note(failure: Exception) -> None:
        made.failures.append(failure)

    processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=note)
    made = Browser(processor)
    with pytest.MonkeyPatch.context() as patch:
        for module in (reflex_vars.base, reflex_vars.sequence):
            patch.setattr(module, "_decode_var_pattern", _TagsRefused(module._decode_var_pattern))
        if not loads_pages:
            patch.setattr(app, "get_load_events", _nothing)
        async with processor.configure(state_manager=StateManagerMemory(), event_namespace=made):  # type: ignore[abstract, arg-type]
            yield made
