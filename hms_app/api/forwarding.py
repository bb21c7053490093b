"""What a reverse proxy hides: the address that people typed, and where they are."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from hms_app.config import Network, Settings


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
        if not self._proxies or not scope.get("client"):
            return {}
        address, port = scope["client"]
        told = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        return {"client": (visitor_address(address, told, self._proxies), port)}


def visitor_address(peer: str, told: str, proxies: tuple[Network, ...]) -> str:
    """Who is behind `peer`: each hop that a trusted proxy tells of is believed, and none further away."""
    address = _parsed(peer)
    for hop in reversed(told.split(",")):
        further = _parsed(hop)
        if address is None or further is None or not any(address in network for network in proxies):
            break
        address = further
    return peer if address is None else str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
