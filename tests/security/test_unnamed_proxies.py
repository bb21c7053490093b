"""A proxy that is not named makes everybody seem to be in one place: whoever looks after the server hears of it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hms_app.api.middleware import Edge
from hms_app.cli.run import Address, advice
from hms_app.config import Settings
from hms_app.runtime import proxies
from hms_app.runtime.logs import configure_logging
from tests.event_path import browser
from tests.security.people import signed_in

VISITOR = {"x-forwarded-for": "198.51.100.7"}
LOCAL = Address("127.0.0.1", 3000)


@pytest.fixture(autouse=True)
def nobody_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As just started."""
    monkeypatch.setattr(proxies, "_near", [])
    monkeypatch.setattr(proxies, "_far", [])


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """The log as the server writes it."""
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers.clear()  # Those of pytest are closed by nobody but pytest.
    configure_logging(tmp_path)
    yield tmp_path / "hms.log"
    for handler in logging.root.handlers:
        handler.close()
    logging.root.handlers[:], logging.root.level = handlers, level


async def ask(peer: str, headers: dict[str, str] | None = None, **settings: Any) -> None:
    """One request from this peer to an edge with these settings."""
    answer = Route("/visitor", lambda _request: PlainTextResponse("here"))
    edge = Edge(Starlette(routes=[answer]), Settings(**settings))
    transport = httpx.ASGITransport(edge, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        await client.get("/visitor", headers=VISITOR if headers is None else headers)


def warnings_in(log: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if line["event"] == "unnamed_proxy"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_a_proxy_that_is_not_named_is_warned_of_once(log: Path, header: str) -> None:
    for _ in range(3):
        await ask("10.0.0.5", {header: "198.51.100.7"})
    (warning,) = warnings_in(log)
    assert (warning["level"], warning["proxy"]) == ("warning", "10.0.0.5")
    assert "HMS_TRUSTED_PROXIES" in warning["advice"]
    assert "198.51.100.7" not in json.dumps(warning)


async def test_one_that_is_named_is_not_and_neither_is_a_visitor(log: Path) -> None:
    await ask("10.0.0.5", trusted_proxies="10.0.0.0/24")
    await ask("::ffff:10.0.0.5", trusted_proxies="10.0.0.0/24")
    await ask("198.51.100.9", {})
    assert not log.exists() or warnings_in(log) == []
    await ask("10.0.1.5", trusted_proxies="10.0.0.0/24")
    assert [one["proxy"] for one in warnings_in(log)] == ["10.0.1.5"]


async def test_strangers_who_pretend_neither_fill_the_log_nor_hide_the_real_one(log: Path) -> None:
    for number in range(40):
        await ask(f"93.184.216.{number}")
    await ask("127.0.0.1")
    told = [one["proxy"] for one in warnings_in(log)]
    assert len(told) == proxies.MOST + 1
    assert proxies.unnamed_nearby() == ["127.0.0.1"]


async def test_an_administrator_reads_it_on_the_first_screen_and_nobody_else(session: Session) -> None:
    handlers = RegistrationContext.get().event_handlers
    (load,) = (name for name in handlers if name.endswith("state___home____home_state.load"))
    await ask("127.0.0.1")
    shown = []
    async with browser() as client:
        for role in ("administrator", "nurse"):
            await client.send(load, session=signed_in(session, role=role), tab=role)
            assert client.failures == []
            shown.append(client.sent("home_state").get("warnings", []))
    assert shown[0] == [proxies.warning_of("127.0.0.1")]
    assert shown[1] == []


@pytest.mark.parametrize("url", ["https://hospital.example", "http://hospital.example"])
def test_the_start_warns_behind_a_proxy_that_is_not_named(caplog: pytest.LogCaptureFixture, url: str) -> None:
    (line, *_) = advice(Settings(public_url=url), LOCAL)
    assert "HMS_TRUSTED_PROXIES" in line
    assert "HMS_TRUSTED_PROXIES" in caplog.text
    assert advice(Settings(public_url=url, trusted_proxies="127.0.0.1"), LOCAL) == []  # type: ignore[arg-type]
    assert advice(Settings(), LOCAL) == []
