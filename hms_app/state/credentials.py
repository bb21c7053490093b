"""The session token and address a websocket event came with; both are claims until the database confirms them."""

from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Final

import reflex as rx

SESSION_COOKIE: Final = "hms_session"


def session_token(state: rx.State) -> str | None:
    """The session cookie of the websocket's handshake, or None."""
    try:
        morsel = SimpleCookie(state.router.headers.cookie or "").get(SESSION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None


def client_address(state: rx.State) -> str:
    """The address the websocket came from."""
    return str(state.router.session.client_ip or "")


def fingerprint(token: str | None) -> str:
    """What a tab's state is bound to: a digest, so that the token itself is never kept in state."""
    return sha256(token.encode()).hexdigest() if token else ""
