"""The outermost ring: what it adds to every answer and what it refuses."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hms_app.api.middleware import Edge

OWN = "http://testserver"
OTHER = "http://evil.example"


async def seen_origin(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.headers.get("origin", "none"))


async def hello(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A small application behind the edge."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(edge()), base_url=OWN) as client:
        yield client


def edge() -> Edge:
    """The edge around an application that answers everything."""
    methods = ["GET", "POST"]
    routes = [
        Route("/_upload", seen_origin, methods=methods),
        Route("/{path:path}", seen_origin, methods=methods),
        WebSocketRoute("/_event", hello),
    ]
    return Edge(Starlette(routes=routes))


async def shake_hands(origin: str | None) -> list[str]:
    """What the server says to a websocket handshake from this origin."""
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message["type"])

    headers = [(b"host", b"testserver")] + ([(b"origin", origin.encode())] if origin else [])
    scope = {"type": "websocket", "scheme": "ws", "path": "/_event", "query_string": b"", "headers": headers}
    await edge()({**scope, "root_path": "", "subprotocols": []}, receive, send)
    return said


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/missing", "/tokens.css"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        for rule in ("frame-ancestors 'none'", "object-src 'none'", "base-uri 'self'", "form-action 'self'"):
            assert rule in policy
        assert "connect-src 'self' ws://testserver wss://testserver;" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=(self)" in headers["permissions-policy"]


async def test_a_hostile_host_header_adds_nothing_to_the_policy(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/", headers={"Host": "x; script-src *"})).headers["content-security-policy"]
    assert "script-src *" not in policy


async def test_transport_security_is_promised_on_https_only(client: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await client.get("/")).headers
    assert (
        "strict-transport-security" in (await client.get("/", headers={"X-Forwarded-Proto": "https"})).headers
    )


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/", "no-store"),
        ("/patients/12", "no-store"),
        ("/theme.js", "no-cache"),
        ("/assets/root-B6dZ_x9A.js", "public, max-age=31536000, immutable"),
    ],
)
async def test_only_assets_are_kept_by_browsers(client: httpx.AsyncClient, path: str, rule: str) -> None:
    assert (await client.get(path)).headers["cache-control"] == rule


async def test_a_form_from_another_site_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/x", headers={"Origin": OTHER})).status_code == 403
    assert (await client.post("/x", headers={"Origin": "null"})).status_code == 403
    assert (await client.post("/x", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await client.post("/x", headers={"Origin": OWN})).status_code == 200
    assert (await client.post("/x", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200


async def test_a_form_that_does_not_say_where_it_comes_from_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/x")).status_code == 403
    assert (await client.post("/x", headers={"Sec-Fetch-Site": "none"})).status_code == 403
    assert await shake_hands(None) == ["websocket.close"]


async def test_a_socket_from_another_site_is_refused() -> None:
    assert await shake_hands(OTHER) == ["websocket.close"]
    assert await shake_hands(OWN) == ["websocket.accept", "websocket.send", "websocket.close"]


async def test_the_framework_sees_another_sites_origin_as_it_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/", headers={"Origin": OTHER})).text == OTHER


@pytest.mark.parametrize("path", ["/_upload", "/_upload/x.txt", "/_health", "/_all_routes"])
async def test_doors_of_the_framework_that_nobody_uses_are_closed(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 404
    assert (await client.post(path)).status_code == 404
