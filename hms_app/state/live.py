"""Screens that follow what others do: which tab shows what, and its refresh when that changes.

A refresh is a passive handler of the screen like any other: the gate asks for its permission each time, and it is
neither a look at anything nor a sign of a person.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import reflex as rx
from sqlalchemy.engine import make_url

from hms_app.config import get_settings
from hms_app.core.errors import NotFound
from hms_app.core.listening import Listener
from hms_app.core.live import EVERY_RECORD, is_of_record, record_topic
from hms_app.core.permissions import SIGNED_IN
from hms_app.runtime.connection import libpq
from hms_app.state.address import id_in_path
from hms_app.state.base import handles
from hms_app.state.replies import ask
from hms_app.state.tabs import Tabs

THIS_RECORD: Final = record_topic("this")
"""Stands for the record of the patient whom the screen's address names."""
APART: Final = 0.3
"""Seconds between two refreshes of a tab; the first is at once."""

logger = logging.getLogger("hms.live")
Refresh = Callable[[str, str], Awaitable[None]]


class Live:
    """What a screen watches, and its handler that shows what is new."""

    def __init__(self, refresh: Any, *topics: str) -> None:
        self.refresh, self.topics = refresh, topics

    @property
    def handler(self) -> str:
        """The full name of the handler."""
        return f"{self.refresh.state_full_name}.{self.refresh.fn.__name__}"

    def topics_at(self, state: rx.State) -> frozenset[str]:
        """The topics of the screen at the address where a tab is; raises NotFound for none of a patient."""
        return frozenset(
            record_topic(id_in_path(state, what="patient")) if topic == THIS_RECORD else topic
            for topic in self.topics
        )


SCREENS: Final[dict[str, Live]] = {}
"""The screens that follow what others do, by their routes."""


@dataclass
class _Tab:
    token: str
    handler: str = ""
    topics: frozenset[str] = frozenset()
    is_rung: bool = False
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)

    def watches(self, topic: str) -> bool:
        return topic in self.topics or (topic == EVERY_RECORD and any(map(is_of_record, self.topics)))


async def _to_nobody(_token: str, _handler: str) -> None:
    """Where no server runs there is no tab."""


class LiveTabs:
    """The tabs of this worker that watch something. A burst of changes is few refreshes, one at a time for each tab."""

    def __init__(self) -> None:
        self._tabs: dict[str, _Tab] = {}
        self._refresh: Refresh = _to_nobody
        self._is_here: Callable[[str], bool] = lambda _token: True

    def connect(self, refresh: Refresh, is_here: Callable[[str], bool]) -> None:
        """Say how a tab is refreshed (the call ends when it is), and how to tell whether it is still there."""
        self._refresh, self._is_here = refresh, is_here

    def watch(self, token: str, handler: str, topics: Iterable[str]) -> None:
        """Refresh a tab with `handler` whenever one of the topics is rung, and with nothing else from now on."""
        for gone in [known for known in self._tabs if known != token and not self._is_here(known)]:
            self.leave(gone)
        tab = self._tabs.setdefault(token, _Tab(token))
        tab.handler, tab.topics = handler, frozenset(topics)

    def leave(self, token: str) -> None:
        """Forget a tab: it shows nothing that is watched."""
        tab = self._tabs.pop(token, None)
        if tab is not None:
            tab.is_rung = False

    def ring(self, topic: str) -> None:
        """Refresh every tab that watches the topic."""
        for tab in list(self._tabs.values()):
            if tab.watches(topic):
                self._tell(tab)

    def ring_all(self) -> None:
        """Refresh every tab that watches anything: nobody knows what it missed."""
        for tab in list(self._tabs.values()):
            self._tell(tab)

    def watched(self, token: str) -> frozenset[str]:
        """What a tab watches."""
        return self._tabs[token].topics if token in self._tabs else frozenset()

    def stop(self) -> None:
        """Refresh nothing any more."""
        for tab in self._tabs.values():
            if tab.task is not None:
                tab.task.cancel()
        self._tabs.clear()

    def _tell(self, tab: _Tab) -> None:
        tab.is_rung = True
        if tab.task is None or tab.task.done():
            tab.task = asyncio.create_task(self._serve(tab))

    async def _serve(self, tab: _Tab) -> None:
        clock = asyncio.get_running_loop().time
        while tab.is_rung:
            if not self._is_here(tab.token):
                self.leave(tab.token)
                return
            tab.is_rung, began = False, clock()
            try:
                await self._refresh(tab.token, tab.handler)
            except Exception as failure:
                logger.warning("a tab was not refreshed: %s", type(failure).__name__)
            await asyncio.sleep(max(0.0, began + APART - clock()))


LIVE: Final = LiveTabs()
"""This worker's tabs."""


class LiveState(rx.State):
    """How a tab comes to be told: each page says so when it is loaded, and takes the place of the page before."""

    @handles(SIGNED_IN, passive=True)
    async def watch(self, route: str) -> None:
        """Follow what the screen of a route shows; before it is read, so that nothing is missed in between."""
        token, screen = self.router.session.client_token, SCREENS.get(str(route))
        try:
            if screen is None:
                LIVE.leave(token)
            else:
                LIVE.watch(token, screen.handler, screen.topics_at(self))
        except NotFound:
            LIVE.leave(token)

    @handles(SIGNED_IN, passive=True)
    async def look_again(self, route: str) -> Any:
        """Show what is new; the page asks when somebody comes back to it."""
        screen = SCREENS.get(str(route))
        return screen.refresh if screen else None


def live_screens(app: rx.App) -> Callable[[], Any]:
    """What lives as long as the server: hears what changed, and refreshes this worker's tabs."""

    async def refresh(token: str, handler: str) -> None:
        done = await app.event_processor.enqueue(token, ask(handler))
        await asyncio.wait({done})

    @asynccontextmanager
    async def listening() -> AsyncIterator[None]:
        tabs, given = app.event_namespace, get_settings().app_database_url
        if not isinstance(tabs, Tabs) or given is None:
            raise RuntimeError("The application has no tabs, or no database, to listen for.")
        LIVE.connect(refresh, tabs.is_connected)
        url = make_url(given.get_secret_value())
        listener = Listener(libpq(url), url.password, on_topic=LIVE.ring, on_again=LIVE.ring_all)
        task = asyncio.create_task(listener.run())
        try:
            yield
        finally:
            task.cancel()
            LIVE.stop()
            await asyncio.wait({task}, timeout=1)

    return listening
