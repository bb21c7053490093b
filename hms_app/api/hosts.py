"""Which `Host` a request may name: one, and where the public address is known, that one."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from hms_app.config import Settings

HEALTH_PATHS: Final = frozenset({"/healthz", "/livez", "/readyz"})
"""Asked by supervisors and proxies on the spot, which know the server by its number or not by any name."""
HOST: Final = re.compile(r"^[\w.:\[\]-]{1,255}$")
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}


class Hosts:
    """Refuses requests that name another host than this hospital's, or more than one."""

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url) if settings.public_url else None
        self._public = settings.public_url
        self._netloc = public.netloc if public else ""
        self._usual_port = _USUAL_PORTS[public.scheme] if public else ""

    def refusal(self, scope: Scope) -> str | None:
        """The sentence for whoever may not go on, or None."""
        named = Headers(scope=scope).getlist("host")
        health = scope["path"] in HEALTH_PATHS
        host = named[0] if named else ""
        if len(named) > 1 or (host and not HOST.match(host)):
            return "This request does not say clearly which host it is for."
        if not host:
            return None if health else "This request does not say which host it is for."
        if self._public is None or self._is_public(host) or (health and _is_a_number(host)):
            return None
        return (
            f"This hospital is found at {self._public}. Open it there; a proxy in front must pass on the host"
            " that people typed."
        )

    def _is_public(self, host: str) -> bool:
        return host.lower().removesuffix(self._usual_port) == self._netloc


def _is_a_number(host: str) -> bool:
    """Whether no name stands for it that somebody else could own: `localhost`, or an address."""
    name = ""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        ip_address(name)
    except ValueError:
        return name == "localhost"
    return True
