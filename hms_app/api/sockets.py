"""The websockets of this worker: how many from where, how fast they speak, and how much they leave unfinished.

Bounds for visitors are per address and tight; people with a session have their own, however many of them sit behind
one address. A session that was found open counts as such for some minutes here: these are bounds, no rights.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address, ip_network
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from hms_app.api.allowances import Allowance
from hms_app.core.cookies import SESSION_COOKIE, cookie_in
from hms_app.core.errors import DomainError
from hms_app.runtime.wires import Wire, wire_of

SOCKETS_AN_ADDRESS: Final = 100
SOCKETS_A_SESSION: Final = 60
SOCKETS_OF_VISITORS: Final = 400
LARGEST_MESSAGE: Final = 1_000_000
"""Bytes of one message; Socket.IO tells browsers the same."""
UNFINISHED_OF_VISITORS: Final = 16_000_000
"""Bytes of all messages that visitors have begun and not ended."""
WATCH_SECONDS: Final = 0.1
_TOO_BIG: Final = 1009
"""The websocket protocol's code for it (RFC 6455, 7.4.1)."""
_FRAMING: Final = 1.1
_KNOWN_SECONDS: Final = 300.0
_LOOK_SECONDS: Final = 5.0
_MOST_KNOWN: Final = 10_000
_MOST_GROUPS: Final = 5_000
_HOUSEHOLD_BITS: Final = 64
_BYTES_A_MESSAGE: Final = 20_000
"""A message of so many bytes counts as two."""

FindPerson = Callable[[str], Awaitable[bool]]


def refusal_of_address(scope: Scope) -> str | None:
    """The sentence for a socket whose address holds what must not stand in logs, or None."""
    if "token" in parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
        return "A tab's token does not belong into an address. Load this page again."
    return None


@dataclass
class _Group:
    """Who shares bounds: the visitors at one address, or the tabs of one session."""

    most: int
    connects: Allowance
    messages: Allowance
    is_of_visitors: bool
    open: int = 0

    def is_idle(self) -> bool:
        """Whether nothing would change by forgetting it."""
        return self.open == 0 and self.connects.is_full() and self.messages.is_full()


@dataclass
class Place:
    """One socket's place among the others, held while it is open."""

    group: _Group
    wire: Wire | None
    leave: Callable[["Place"], None]

    def receiving(self, receive: Receive) -> Receive:
        """Receive as before, but nothing too large and no faster than allowed."""

        async def received() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            if _size(message) > LARGEST_MESSAGE:
                return {"type": "websocket.disconnect", "code": _TOO_BIG}
            if self.wire is not None:
                self.wire.settle()
            await self.group.messages.take(1 + _size(message) / _BYTES_A_MESSAGE)
            return message

        return received

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave(self)


@dataclass
class Sockets:
    """Who is connected to this worker."""

    is_person: FindPerson
    _groups: dict[str, _Group] = field(default_factory=dict)
    _known: dict[str, float] = field(default_factory=dict)
    _places: dict[int, Place] = field(default_factory=dict)
    _watch: "asyncio.Task[None] | None" = None

    async def place_for(self, scope: Scope, *, peer: Any) -> Place | None:
        """A place for a handshake that came from `peer`, or None when there is none left for its kind."""
        group = await self._admitted(scope)
        if group is None or group.open >= group.most:
            return None
        if group.is_of_visitors and self._visitors() >= SOCKETS_OF_VISITORS:
            return None
        # The web server writes the port as text.
        place = Place(group, wire_of(peer[0], int(peer[1])) if peer else None, self._leave)
        group.open += 1
        self._places[id(place)] = place
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_wires(), name="hms_sockets")
        return place

    async def _admitted(self, scope: Scope) -> _Group | None:
        """The group a handshake belongs to, or None when it comes too fast after others."""
        token = cookie_in("; ".join(Headers(scope=scope).getlist("cookie")), SESSION_COOKIE)
        name = sha256(token.encode()).hexdigest() if token else ""
        if token and self._knows(name):
            group = self._group(name, is_of_visitors=False)
            return group if group.connects.try_take() else None
        visitors = self._group(_network_of(scope), is_of_visitors=True)
        if not visitors.connects.try_take():
            return None
        if not token or not await self._finds(token):
            return visitors
        while len(self._known) >= _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[name] = time.monotonic()
        return self._group(name, is_of_visitors=False)

    def _knows(self, name: str) -> bool:
        found = self._known.get(name)
        return found is not None and time.monotonic() - found < _KNOWN_SECONDS

    async def _finds(self, token: str) -> bool:
        """Whether the session is open; without a database nobody is known, and is asked again at the next try."""
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self.is_person(token)
        except (TimeoutError, SQLAlchemyError, DomainError, RuntimeError):
            return False

    def _group(self, name: str, *, is_of_visitors: bool) -> _Group:
        if name not in self._groups:
            if len(self._groups) >= _MOST_GROUPS:
                self._groups = {kept: group for kept, group in self._groups.items() if not group.is_idle()}
            self._groups[name] = (
                _Group(SOCKETS_AN_ADDRESS, Allowance(200, 5), Allowance(200, 20), True)
                if is_of_visitors
                else _Group(SOCKETS_A_SESSION, Allowance(100, 5), Allowance(400, 80), False)
            )
        return self._groups[name]

    def _visitors(self) -> int:
        return sum(place.group.is_of_visitors for place in self._places.values())

    def _leave(self, place: Place) -> None:
        del self._places[id(place)]
        place.group.open -= 1
        if place.wire is not None:
            place.wire.close()
        if not self._places and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _watch_wires(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._cut_the_endless()

    def _cut_the_endless(self) -> None:
        """End whoever began a message that is too large, and the largest of visitors when all are too much."""
        begun = [(place.wire.unsettled(), place) for place in self._places.values() if place.wire is not None]
        left = UNFINISHED_OF_VISITORS
        for size, place in sorted(begun, key=lambda one: one[0]):
            left -= size if place.group.is_of_visitors else 0
            if size > LARGEST_MESSAGE * _FRAMING or (place.group.is_of_visitors and left < 0):
                place.wire.cut()  # type: ignore[union-attr]


def _network_of(scope: Scope) -> str:
    """The visitor's address; of IPv6 the network, since one household has more addresses than can be counted."""
    told = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(address) if address.version == 4 else str(ip_network((address, _HOUSEHOLD_BITS), strict=False))


def _size(message: Message) -> int:
    return len(message.get("text") or message.get("bytes") or "")
