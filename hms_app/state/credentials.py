"""The session token and address a websocket event came with; both are claims until the database confirms them."""

from hashlib import sha256

import reflex as rx

from hms_app.core.cookies import SESSION_COOKIE, cookie_in


def session_token(state: rx.State) -> str | None:
    """The session cookie of the websocket's handshake, or None."""
    return cookie_in(state.router.headers.cookie or "", SESSION_COOKIE)


def client_address(state: rx.State) -> str:
    """The address the websocket came from."""
    return str(state.router.session.client_ip or "")


def fingerprint(token: str | None) -> str:
    """What a tab's state is bound to: a digest, so that the token itself is never kept in state."""
    return sha256(token.encode()).hexdigest() if token else ""
