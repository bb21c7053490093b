"""The outermost ring: security headers, the origin check, cache rules and one log line a request."""

import re
import time
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hms_app.api.forwarding import Forwarding
from hms_app.config import Settings, get_settings

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CLOSED: Final = re.compile(r"^/(_upload|_health|_all_routes|auth-codespace)(/|$)")
"""Doors of the framework that nothing here uses."""
_HASHED: Final = re.compile(r"^/assets/[^/]+-[\w-]{8,}\.(js|css|woff2?|png|svg)$")
_STATIC: Final = re.compile(r"\.(css|js|woff2|png|svg|ico|txt|webmanifest)$")
_HOST: Final = re.compile(r"^[\w.:\[\]-]{1,255}$")

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
    sockets = f" ws://{host} wss://{host}" if _HOST.match(host) else ""
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


class Edge:
    """Wraps the whole application; refuses what comes from another site before anything reads it."""

    def __init__(self, application: ASGIApp, settings: Settings | None = None) -> None:
        settings = settings or get_settings()
        self._application = application
        self._forwarding = Forwarding(settings)
        self._public = settings.public_url
        self._own_origin = settings.own_origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            visited = self._forwarding.as_visited(scope)
            await self._websocket(visited, receive, self._dressing_refusal(visited, send))
        elif scope["type"] == "http":
            await self._http(self._forwarding.as_visited(scope), receive, send)
        else:
            await self._application(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_ours(Headers(scope=scope), unsafe=True):
            _log.warning("refused_origin", path=scope["path"])
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._application(self._with_known_origin(scope), receive, send)

    def _dressing_refusal(self, scope: Scope, send: Send) -> Send:
        """A handshake that is refused is answered like any other request, where the server can do that."""
        if _SOCKET_ANSWER not in (scope.get("extensions") or {}):
            return send
        is_open = False

        async def send_as_answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(scope, MutableHeaders(scope=message), message["status"])
            await send({**message, "type": f"websocket.{message['type']}"})

        async def send_dressed(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "websocket.close" and not is_open:
                await _answer(send_as_answer, 403, "This connection is refused.")
                return
            is_open = is_open or message["type"] == "websocket.accept"
            await send(message)

        return send_dressed

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 500

        async def send_dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(scope, MutableHeaders(scope=message), status)
            await send(message)

        try:
            headers = Headers(scope=scope)
            if _CLOSED.match(scope["path"]):
                await _answer(send_dressed, 404, "Not found.")
            elif not self._is_ours(headers, unsafe=scope["method"] not in _SAFE_METHODS):
                await _answer(send_dressed, 403, "This request came from another site.")
            else:
                await self._application(self._with_known_origin(scope), receive, send_dressed)
        finally:
            if not _STATIC.search(scope["path"]):
                elapsed = round((time.perf_counter() - started) * 1000, 1)
                _log.info("request", method=scope["method"], path=scope["path"], status=status, ms=elapsed)

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


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
