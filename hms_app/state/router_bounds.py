"""How much of what a browser says about its address and itself is kept: a state tree holds all of it for an hour."""

from collections.abc import Mapping
from typing import Any, Final

from hms_app.core.cookies import SESSION_COOKIE, cookie_in, cookie_name

LONGEST_PATH: Final = 500
LONGEST_ADDRESS: Final = 4_000
"""The filters of a list and what was searched for; browsers and proxies give up at about twice that."""
MOST_PARAMETERS: Final = 60
_LONGEST_HEADER: Final = 300
_KEPT_HEADERS: Final = ("host", "origin", "user-agent", "accept-language")


def bounded_address(told: Any) -> dict[str, Any]:
    """Where an event says that it comes from; an address that is too long for any of ours is that of no page."""
    told = told if isinstance(told, Mapping) else {}
    path, whole, query = told.get("pathname"), told.get("asPath"), told.get("query", {})
    if not isinstance(path, str) or not isinstance(whole, str) or not isinstance(query, Mapping):
        return {}
    if len(path) > LONGEST_PATH or len(whole) > LONGEST_ADDRESS or _weight(query) > LONGEST_ADDRESS:
        return {}
    return {"pathname": path, "asPath": whole, "query": dict(query)}


def bounded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The few headers of a handshake that screens need; of all cookies only the session's."""
    kept = {name: headers[name][:_LONGEST_HEADER] for name in _KEPT_HEADERS if headers.get(name)}
    token = cookie_in(headers.get("cookie", ""), SESSION_COOKIE)
    return {**kept, "cookie": f"{cookie_name(SESSION_COOKIE)}={token}"} if token else kept


def _weight(query: Mapping[Any, Any]) -> int:
    if len(query) > MOST_PARAMETERS or not all(
        isinstance(value, str) for pair in query.items() for value in pair
    ):
        return LONGEST_ADDRESS + 1
    return sum(len(name) + len(value) for name, value in query.items())
