"""How a tab says which one it is: in a header of the handshake, never in an address, which others write down.

A browser's script can set one header of a websocket only, the names of subprotocols; `assets/same-origin.js` puts the
token there, and another one that is new with each page, so that a page that connects again is told from its copy.
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

from starlette.datastructures import Headers

SUBPROTOCOL_HEADER: Final = "sec-websocket-protocol"
_TAB: Final = re.compile(r"hms-tab\.([A-Za-z0-9-]{8,64})")
_PAGE: Final = re.compile(r"hms-page\.([A-Za-z0-9-]{8,64})")


class TabName(NamedTuple):
    """A tab as its browser names it, and the page that is shown in it."""

    tab: str
    page: str


def tab_of(headers: Headers) -> TabName | None:
    """Which tab a handshake comes from; None when it does not say."""
    named = [name.strip() for name in ",".join(headers.getlist(SUBPROTOCOL_HEADER)).split(",")]
    tab, page = _one(_TAB, named), _one(_PAGE, named)
    return TabName(tab, page) if tab else None


def bound_to(session_token: str | None, tab: str) -> str:
    """What the server calls a tab: the same tab with another session, or with none, is another one."""
    return sha256(f"{session_token or ''}\0{tab}".encode()).hexdigest()


def _one(pattern: re.Pattern[str], named: list[str]) -> str:
    found = {match[1] for match in map(pattern.fullmatch, named) if match}
    return found.pop() if len(found) == 1 else ""
