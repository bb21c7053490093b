"""The outermost ring: what it adds to every answer and what it refuses."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from hms_app.api.middleware import Edge
from hms_app.config import Settings

OWN = "http://testserver"
OTHER = "http://evil.example"


PUBLIC = "https://hospital.example"


async def seen_origin(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.headers.get("origin", "none"))


async def seen_visitor(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.client.host if request.client else ''} {request.url}")


async def missing(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("Not found.", 404)


async def hello(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A small application behind the edge."""
    async with visitor() as client:
        yield client


def visitor(peer: str = "127.0.0.1", **settings: Any) -> httpx.AsyncClient:
    """A client of a small application behind an edge with these settings, connected from `peer`."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(edge(**settings), client=(peer, 40000)),
        base_url=settings.get("public_url", OWN),
    )


def edge(**settings: Any) -> Edge:
    """The edge around an application that answers everything."""
    methods = ["GET", "POST"]
    routes = [
        Route("/visitor", seen_visitor),
        Route("/assets/missing-B6dZ_x9A.js", missing),
        Route("/_upload", seen_origin, methods=methods),
        Route("/{path:path}", seen_origin, methods=methods),
        WebSocketRoute("/_event", hello),
    ]
    return Edge(Starlette(routes=routes), Settings(**settings))


async def shake_hands(origin: str | None, **settings: Any) -> list[str]:
    """What the server says to a websocket handshake from this origin."""
    host = urlsplit(settings.get("public_url", OWN)).netloc
    return [message["type"] for message in await said_to_handshake(origin, edge(**settings), {}, host=host)]


async def said_to_handshake(
    origin: str | None,
    application: Edge,
    extensions: dict[str, Any],
    path: str = "/_event",
    host: str = "testserver",
) -> list[Any]:
    """Every message of the server to a handshake, on a web server with these extensions."""
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope = {"type": "websocket", "scheme": "ws", "path": path, "query_string": b"", "headers": headers}
    await application({**scope, "root_path": "", "subprotocols": [], "extensions": extensions}, receive, send)
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


async def test_transport_security_is_promised_where_the_public_address_is_https(
    client: httpx.AsyncClient,
) -> None:
    forged = {"X-Forwarded-Proto": "https"}
    assert "strict-transport-security" not in (await client.get("/", headers=forged)).headers
    async with visitor(public_url=PUBLIC) as behind_proxy:
        assert "strict-transport-security" in (await behind_proxy.get("/")).headers


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


async def test_nobody_keeps_that_an_asset_is_missing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/missing-B6dZ_x9A.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


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


@pytest.mark.parametrize(("origin", "path"), [(OTHER, "/_event"), (None, "/_event"), (OWN, "/nowhere")])
async def test_a_refused_socket_is_answered_with_the_security_headers(origin: str | None, path: str) -> None:
    start, body = await said_to_handshake(origin, edge(), {"websocket.http.response": {}}, path)
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert "frame-ancestors 'none'" in Headers(raw=start["headers"])["content-security-policy"]
    assert body["type"] == "websocket.http.response.body"


async def test_behind_a_proxy_only_the_public_origin_is_ours() -> None:
    async with visitor(public_url=PUBLIC) as client:
        for origin, status in ((PUBLIC, 200), ("http://hospital.example", 403), (OWN, 403), ("null", 403)):
            assert (await client.post("/x", headers={"Origin": origin})).status_code == status, origin
    assert (await shake_hands(PUBLIC, public_url=PUBLIC))[0] == "websocket.accept"
    assert await shake_hands(OWN, public_url=PUBLIC) == ["websocket.close"]


async def test_behind_a_proxy_the_application_and_the_policy_see_the_public_address() -> None:
    async with visitor(public_url=PUBLIC) as client:
        answer = await client.get("/visitor")
        assert answer.text == f"127.0.0.1 {PUBLIC}/visitor"
    assert "wss://hospital.example" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("peer", "told", "seen"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("::ffff:127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "nonsense, 10.1.2.3", "10.1.2.3"),
        ("192.0.2.5", "203.0.113.9", "192.0.2.5"),
    ],
)
async def test_a_visitors_address_is_believed_of_trusted_proxies_only(
    peer: str, told: str, seen: str
) -> None:
    headers = {"X-Forwarded-For": told}
    async with visitor(peer, trusted_proxies="127.0.0.1, 10.0.0.0/8") as client:
        assert (await client.get("/visitor", headers=headers)).text.startswith(f"{seen} ")
    async with visitor(peer) as client:
        assert (await client.get("/visitor", headers=headers)).text.startswith(f"{peer} ")


async def test_the_framework_sees_another_sites_origin_as_it_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/", headers={"Origin": OTHER})).text == OTHER


@pytest.mark.parametrize("path", ["/_upload", "/_upload/x.txt", "/_health", "/_all_routes"])
async def test_doors_of_the_framework_that_nobody_uses_are_closed(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 404
    assert (await client.post(path)).status_code == 404
