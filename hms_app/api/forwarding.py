"""What a reverse proxy hides: the address that people typed, and where they are."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.types import Scope

from hms_app.config import Network, Settings
from hms_app.runtime.proxies import note_unnamed, warning_of

_TELL_OF_A_VISITOR: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})

_log = structlog.get_logger("hms.http")


class Forwarding:
    """Turns the proxy's connection back into the visitor's, as far as the settings say so."""

    def __init__(self, settings: Settings) -> None:
        self._public = urlsplit(settings.public_url) if settings.public_url else None
        self._proxies = settings.trusted_proxies

    def as_visited(self, scope: Scope) -> Scope:
        """The connection with the public address's scheme and host, and with the visitor's own address."""
        return {**scope, **self._address_typed(scope), **self._visitor(scope)}

    def _address_typed(self, scope: Scope) -> Scope:
        if self._public is None:
            return {}
        secure = self._public.scheme == "https"
        plain = "ws" if scope["type"] == "websocket" else "http"
        others = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
        return {
            "scheme": f"{plain}s" if secure else plain,
            "headers": [(b"host", self._public.netloc.encode()), *others],
        }

    def _visitor(self, scope: Scope) -> Scope:
        if not scope.get("client"):
            return {}
        address, port = scope["client"]
        peer = _parsed(address)
        if peer is None or not _is_within(peer, self._proxies):
            _tell_of(str(peer or address), scope)
        if not self._proxies:
            return {}
        told = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        return {"client": (visitor_address(address, told, self._proxies), port)}


def visitor_address(peer: str, told: str, proxies: tuple[Network, ...]) -> str:
    """Who is behind `peer`: each hop that a trusted proxy tells of is believed, and none further away."""
    address = _parsed(peer)
    for hop in reversed(told.split(",")):
        further = _parsed(hop)
        if address is None or further is None or not _is_within(address, proxies):
            break
        address = further
    return peer if address is None else str(address)


def _is_within(address: IPv4Address | IPv6Address, proxies: tuple[Network, ...]) -> bool:
    return any(address in network for network in proxies)


def _tell_of(peer: str, scope: Scope) -> None:
    """Warn, once for each, of somebody who passes others on and is not believed."""
    if any(name.lower() in _TELL_OF_A_VISITOR for name, _value in scope["headers"]) and note_unnamed(peer):
        _log.warning("unnamed_proxy", proxy=peer, advice=warning_of(peer))


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
