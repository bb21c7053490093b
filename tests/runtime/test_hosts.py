"""Whose requests are for this hospital, and which are ended because they never arrive."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message

from hms_app.api.middleware import Edge
from hms_app.config import Settings

PUBLIC = "https://hospital.example"


async def _answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(request.url))


async def _asked(*hosts: str, path: str = "/sign-in", kind: str = "http", **settings: Any) -> tuple[int, str]:
    """Status and text of the answer to a request that names these hosts."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request", "body": b""}

    async def send(message: Message) -> None:
        said.append(message)

    origin = [(b"origin", PUBLIC.encode())]
    scope = {
        "type": kind,
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [*((b"host", host.encode()) for host in hosts), *origin],
        "client": ("127.0.0.1", 4711),
        "extensions": {"websocket.http.response": {}},
    }
    await Edge(Starlette(routes=[Route("/{path:path}", _answer)]), Settings(**settings))(scope, receive, send)
    return said[0]["status"], b"".join(message.get("body", b"") for message in said).decode()


@pytest.mark.parametrize(
    "host",
    ["hospital.example", "HOSPITAL.example", "hospital.example:443"],
    ids=["as is", "in capitals", "port"],
)
async def test_the_public_host_is_served(host: str) -> None:
    assert await _asked(host, public_url=PUBLIC) == (200, f"{PUBLIC}/sign-in")


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "hospital.example.evil.example",
        "hospital.example:80",
        "hospital.example:8443",
        "hospital.example.",
        "127.0.0.1:3000",
        "localhost",
        "[::1]",
        "user@hospital.example",
        "hospital.example,evil.example",
        "hospital.example evil",
        "",
        "[",
    ],
)
async def test_another_host_is_refused_once_the_public_address_is_known(host: str, kind: str) -> None:
    status, text = await _asked(host, kind=kind, public_url=PUBLIC)
    assert status == 400
    assert "host" in text
    assert host == "" or host not in text.replace(PUBLIC, "")


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("settings", [{}, {"public_url": PUBLIC}], ids=["open", "public"])
@pytest.mark.parametrize("path", ["/sign-in", "/readyz"])
async def test_two_hosts_are_refused_everywhere(settings: dict[str, str], kind: str, path: str) -> None:
    for hosts in (("hospital.example", "evil.example"), ("hospital.example", "hospital.example")):
        assert (await _asked(*hosts, kind=kind, path=path, **settings))[0] == 400


async def test_without_a_public_address_any_clear_host_is_served() -> None:
    for host in ("10.0.0.7:3000", "hospital.lan", "[fe80::1]:3000"):
        assert (await _asked(host))[0] == 200
    assert (await _asked())[0] == 400


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
async def test_supervisors_on_the_spot_ask_by_number_or_by_none(path: str) -> None:
    for hosts in (("localhost:3000",), ("127.0.0.1:3000",), ("[::1]:3000",), ("10.1.2.3",), ("",), ()):
        assert (await _asked(*hosts, path=path, public_url=PUBLIC))[0] == 200, hosts
    assert (await _asked("evil.example", path=path, public_url=PUBLIC))[0] == 400


async def test_an_endless_address_is_refused_and_not_written_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert (await _asked("hospital.lan", path="/" + "a" * 9_000))[0] == 414
    assert "a" * 301 not in capsys.readouterr().out
