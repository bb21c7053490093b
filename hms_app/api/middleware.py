"""The outermost ring: security headers, the origin check, cache rules and one log line a request."""

import re
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from sqlmodel import Session
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hms_app.api.bodies import Body
from hms_app.api.forwarding import Forwarding
from hms_app.api.hosts import HOST, Hosts
from hms_app.api.routing import SAFE_METHODS
from hms_app.api.sockets import Sockets, refusal_of_address
from hms_app.config import Settings, get_settings
from hms_app.core.db import in_transaction
from hms_app.domain.security import service as security
from hms_app.state.off_loop import off_loop_for_visitor

_CLOSED: Final = re.compile(r"^/(_upload|_health|_all_routes|auth-codespace)(/|$)")
"""Doors of the framework that nothing here uses."""
_HASHED: Final = re.compile(r"^/assets/[^/]+-[\w-]{8,}\.(js|css|woff2?|png|svg)$")
_STATIC: Final = re.compile(r"\.(css|js|woff2|png|svg|ico|txt|webmanifest)$")

_LONGEST_ADDRESS: Final = 8_000
_LOGGED_PATH: Final = 300
_SOCKET_ANSWER: Final = "websocket.http.response"
"""The ASGI extension by which a refused handshake gets an answer of its own."""

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_log = structlog.get_logger("hms.http")


def content_security_policy(host: str) -> str:
    """The policy for a page served as `host`; the framework evaluates code, so scripts need 'unsafe-eval'."""
    sockets = f" ws://{host} wss://{host}" if HOST.match(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "frame-src 'self' blob:",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        )
    )


async def is_person(session_token: str) -> bool:
    """Whether a session is open, as the database says now; a visitor's question, until it is answered."""

    def look(session: Session) -> bool:
        return security.is_session_open(session, session_token=session_token)

    return await off_loop_for_visitor(lambda: in_transaction(look))


class Edge:
    """Wraps the whole application; refuses what comes from another site before anything reads it."""

    def __init__(self, application: ASGIApp, settings: Settings | None = None) -> None:
        settings = settings or get_settings()
        self._application = application
        self._forwarding = Forwarding(settings)
        self._hosts = Hosts(settings)
        self._sockets = Sockets(is_person)
        self._public = settings.public_url
        self._own_origin = settings.own_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._application(scope, receive, send)
            return
        unclear = self._hosts.refusal(scope)
        visited = self._forwarding.as_visited(scope)
        if scope["type"] == "http":
            await self._http(visited, receive, send, unclear)
        else:
            await self._websocket(visited, receive, send, unclear, peer=scope.get("client"))

    async def _websocket(
        self, scope: Scope, receive: Receive, send: Send, unclear: str | None, *, peer: Any
    ) -> None:
        door = _Handshake(scope, receive, send, self._dress)
        if refusal := unclear or refusal_of_address(scope):
            await door.refuse(400, refusal)
        elif not self._is_ours(Headers(scope=scope), unsafe=True):
            _log.warning("refused_origin", path=scope["path"][:_LOGGED_PATH])
            await door.refuse(403, "This connection is refused.")
        elif (place := await self._sockets.place_for(scope, peer=peer)) is None:
            await door.refuse(
                429, "Too many connections come from here. Wait a minute, then load the page again."
            )
        else:
            with place:
                await self._application(self._with_known_origin(scope), place.receiving(receive), door.send)

    async def _http(self, scope: Scope, receive: Receive, send: Send, unclear: str | None) -> None:
        started = time.perf_counter()
        status = 500

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(scope, MutableHeaders(scope=message), status)
            await send(message)

        try:
            if refusal := self._refusal(scope, unclear):
                await _answer(send_dressed, *refusal)
            else:
                await self._application(self._with_known_origin(scope), Body(receive).receive, send_dressed)
        finally:
            if not _STATIC.search(scope["path"]):
                elapsed = round((time.perf_counter() - started) * 1000, 1)
                path = scope["path"][:_LOGGED_PATH]
                _log.info("request", method=scope["method"], path=path, status=status, ms=elapsed)

    def _refusal(self, scope: Scope, unclear: str | None) -> tuple[int, str] | None:
        """The status and sentence for a request that nothing of ours should see, or None."""
        if unclear:
            return 400, unclear
        if len(scope["path"]) + len(scope["query_string"]) > _LONGEST_ADDRESS:
            return 414, "This address is too long."
        if _CLOSED.match(scope["path"]):
            return 404, "Not found."
        if not self._is_ours(Headers(scope=scope), unsafe=scope["method"] not in SAFE_METHODS):
            return 403, "This request came from another site."
        return None

    def _is_ours(self, headers: Headers, *, unsafe: bool) -> bool:
        """Whether the request may go on: it is harmless, or says that it comes from here."""
        if not unsafe:
            return True
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "same-origin"
        return self._is_own(origin, headers)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        """The public address if one is set, else whatever address the browser used."""
        if self._public:
            return origin == self._public
        host = headers.get("host")
        return bool(host) and origin in {f"http://{host}", f"https://{host}"}

    def _with_known_origin(self, scope: Scope) -> Scope:
        """Tell the framework's own check, which knows one address only, that our check has passed."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or not self._is_own(origin, headers):
            return scope
        raw = [(name, value) for name, value in scope["headers"] if name.lower() != b"origin"]
        return {**scope, "headers": [*raw, (b"origin", self._own_origin.encode())]}

    def _dress(self, scope: Scope, headers: MutableHeaders, status: int) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault(
            "Content-Security-Policy", content_security_policy(Headers(scope=scope).get("host", ""))
        )
        if scope["scheme"] == "https":
            headers["Strict-Transport-Security"] = "max-age=31536000"
        headers["Cache-Control"] = _cache_rule(scope["path"], status)


def _cache_rule(path: str, status: int) -> str:
    """How long browsers may keep an answer; that something is missing must not outlive the next upgrade."""
    if status < 400 and _HASHED.match(path):
        return "public, max-age=31536000, immutable"
    return "no-cache" if status < 400 and _STATIC.search(path) else "no-store"


class _Handshake:
    """A websocket's handshake: refused like any other request is, where the web server can do that."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, dress: Callable[[Scope, MutableHeaders, int], None]
    ) -> None:
        self._scope, self._receive, self._send, self._dress = scope, receive, send, dress
        self._can_answer = _SOCKET_ANSWER in (scope.get("extensions") or {})
        self._is_open = False

    async def refuse(self, status: int, sentence: str) -> None:
        """End it before the application sees it."""
        await self._receive()
        await self._end(status, sentence)

    async def send(self, message: Message) -> None:
        """What the application says; to close before it was opened is a refusal, too."""
        if message["type"] == "websocket.close" and not self._is_open:
            await self._end(403, "This connection is refused.")
            return
        self._is_open = self._is_open or message["type"] == "websocket.accept"
        await self._send(message)

    async def _end(self, status: int, sentence: str) -> None:
        if self._can_answer:
            await _answer(self._send_as_answer, status, sentence)
        else:
            await self._send({"type": "websocket.close", "code": 1008})

    async def _send_as_answer(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._dress(self._scope, MutableHeaders(scope=message), message["status"])
        await self._send({**message, "type": f"websocket.{message['type']}"})


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
