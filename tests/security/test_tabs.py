"""Whose a tab is: what one connection is told never reaches another's, and what nobody needs is forgotten."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from redis.asyncio import Redis
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import StateUpdate
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext
from socketio.exceptions import ConnectionRefusedError
from sqlmodel import Session

from hms_app.domain.security.rules.codes import token_hash
from hms_app.hms_app import app
from hms_app.state import presence
from hms_app.state.router_bounds import LONGEST_ADDRESS, bounded_address, bounded_headers
from hms_app.state.tabs import Tabs
from tests.redis_server import own_redis
from tests.security.people import signed_in

TAB, PAGE = "0b7f6c1e-tab", "5d2a90ff-page"
HYDRATE = "reflex___state____state.hydrate_and_load"
ENTER = next(n for n in RegistrationContext.get().event_handlers if n.endswith("entry_state.enter"))


class Line:
    """What the websocket server would have sent, and to which connection."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Any]] = []

    async def emit(self, event: str, data: Any = None, to: str = "", **_: Any) -> None:
        self.sent.append((to, event, data))

    def to(self, sid: str) -> str:
        """Everything that one connection was told."""
        return " ".join(f"{event} {data}" for heard, event, data in self.sent if heard == sid)


class Server:
    """The application's tabs, with connections made by hand."""

    def __init__(self, tabs: Tabs, line: Line, processor: BaseStateEventProcessor) -> None:
        self.tabs, self.line, self.processor = tabs, line, processor

    async def connect(
        self,
        sid: str,
        session: str = "",
        *,
        tab: str = TAB,
        page: str = PAGE,
        protocols: str | None = None,
        **auth: Any,
    ) -> str:
        """Connect as a browser would; returns what the server calls the tab."""
        protocols = f"0.10.1, hms-tab.{tab}, hms-page.{page}" if protocols is None else protocols
        headers = [(b"sec-websocket-protocol", protocols.encode()), (b"host", b"hospital.test")]
        headers += [(b"cookie", f"hms_session={session}".encode())] if session else []
        scope = {"type": "websocket", "headers": headers, "client": ("192.0.2.7", 4711), "query_string": b""}
        await self.tabs.on_connect(sid, {"asgi.scope": scope, "QUERY_STRING": ""}, auth or None)
        return self.tabs.sid_to_token[sid]

    async def send(self, sid: str, name: str, payload: dict[str, Any] | None = None, **router: Any) -> None:
        """Send an event and wait until nothing runs any more."""
        told = {"pathname": "/", "asPath": "/", "query": {}, **router}
        await self.tabs.on_event(sid, {"name": name, "payload": payload or {}, "router_data": told})
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing runs any more."""
        while self.processor._futures or self.processor._tasks:
            await self.processor.join()
            for future in list(self.processor._futures.values()):
                await future.wait_all()

    async def disconnect(self, sid: str) -> None:
        """Hang up."""
        if task := self.tabs.on_disconnect(sid):
            await task

    def kept(self) -> set[str]:
        """The tabs whose state is in memory."""
        return set(app.state_manager.states)  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(patch: pytest.MonkeyPatch, manager: Any = None) -> AsyncIterator[Server]:
    """The application's tabs at work, their states in memory or where `manager` keeps them."""
    manager, line = manager or StateManagerMemory(), Line()  # type: ignore[abstract]
    processor = BaseStateEventProcessor(middleware=app)
    tabs = Tabs("/_event", app)
    tabs._set_server(line)
    patch.setattr(app, "_state_manager", manager)
    patch.setattr(app, "_event_processor", processor)
    patch.setattr(app, "_event_namespace", tabs)
    patch.setattr(app, "get_load_events", lambda _path: [])
    async with processor.configure(state_manager=manager, event_namespace=tabs):
        yield Server(tabs, line, processor)


Serving = Callable[..., Any]


@pytest.fixture
def served(bound_engine: sa.Engine, application: Any, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Where tests connect; each in an event loop of its own."""
    return lambda *managers: serving(monkeypatch, *managers)


async def test_the_same_tab_with_another_cookie_or_none_is_another_tab(
    session: Session, served: Serving
) -> None:
    hers = signed_in(session, role="doctor", name="Dr Secret Name")
    async with served() as server:
        own = await server.connect("a", hers)
        await server.send("a", ENTER, {"route": "/"})
        assert "Dr Secret Name" in server.line.to("a")
        await server.disconnect("a")
        others = [await server.connect("b"), await server.connect("c", signed_in(session, role="nurse"))]
        for sid in ("b", "c"):
            await server.send(sid, HYDRATE)
            assert "Dr Secret Name" not in server.line.to(sid)
        assert len({own, *others}) == 3


async def test_an_answer_on_its_way_goes_to_nobody_else(session: Session, served: Serving) -> None:
    hers = signed_in(session, role="doctor")
    async with served() as server:
        token = await server.connect("a", hers)
        await server.disconnect("a")
        for sid, cookie in (("b", ""), ("c", signed_in(session, role="nurse")), ("d", "forged")):
            await server.connect(sid, cookie)
        await server.tabs.emit_update(StateUpdate(delta={"x": {"rows": "what she asked for"}}), token)
        assert server.line.sent == []
        await server.connect("e", hers)
        await server.tabs.emit_update(StateUpdate(delta={"x": {"rows": "what she asked for"}}), token)
        assert "what she asked for" in server.line.to("e"), "Her own tab, connected again, gets it."


async def test_a_page_that_connects_again_keeps_its_state_though_its_first_line_seems_to_live(
    session: Session, served: Serving
) -> None:
    hers = signed_in(session, role="doctor")
    async with served() as server:
        token = await server.connect("a", hers)
        assert await server.connect("b", hers) == token
        assert "new_token" not in server.line.to("b")
        await server.tabs.emit_update(StateUpdate(), token)
        assert server.line.to("b")
        assert not server.line.to("a")
        await server.disconnect("a")
        assert server.tabs.is_connected(token)


async def test_a_copied_tab_gets_a_name_that_is_still_its_own_when_it_connects_again(
    session: Session, served: Serving
) -> None:
    hers = signed_in(session, role="doctor")
    async with served() as server:
        first = await server.connect("a", hers)
        second = await server.connect("b", hers, page="another-page")
        (told,) = [data for to, event, data in server.line.sent if (to, event) == ("b", "new_token")]
        assert first != second
        await server.disconnect("b")
        assert await server.connect("c", hers, tab=told, page="another-page") == second


@pytest.mark.parametrize(
    "protocols", ["", "0.10.1", "hms-tab.", "hms-tab.short", "hms-tab." + "x" * 65, "hms-tab.a b c d e f g",
                  "hms-tab.aaaaaaaa, hms-tab.bbbbbbbb"]
)  # fmt: skip
async def test_a_connection_that_does_not_say_clearly_which_tab_it_is_is_refused(
    served: Serving, protocols: str
) -> None:
    async with served() as server:
        with pytest.raises(ConnectionRefusedError):
            await server.connect("a", protocols=protocols)
        assert server.kept() == set()


async def test_a_token_in_the_address_is_no_tab(served: Serving) -> None:
    async with served() as server:
        scope = {"type": "websocket", "headers": [], "client": ("192.0.2.7", 1)}
        with pytest.raises(ConnectionRefusedError):
            await server.tabs.on_connect("a", {"asgi.scope": scope, "QUERY_STRING": f"token={TAB}"})


async def test_visitors_leave_nothing_behind(served: Serving) -> None:
    async with served() as server:
        for number in range(30):
            boot = {
                "name": HYDRATE,
                "payload": {},
                "router_data": {"pathname": "/", "asPath": "/", "query": {}},
            }
            await server.connect("v", tab=f"visitor-{number}", event=boot)
            await server.settled()
            await server.send("v", ENTER, {"route": "/sign-in"})
            await server.disconnect("v")
        assert len(server.kept()) == 30
        await server.tabs.sweep()
        assert server.kept() == set()
        manager = app.state_manager
        assert not manager._states_locks  # type: ignore[attr-defined]
        assert not manager._token_expires_at  # type: ignore[attr-defined]
        assert not server.tabs.presence.left()
        assert not server.tabs.sid_to_token


async def test_visitors_leave_nothing_behind_in_redis_either(
    session: Session, served: Serving, tmp_path: Path
) -> None:
    hers = signed_in(session, role="doctor")
    with own_redis(tmp_path) as url:
        manager = StateManagerRedis(redis=Redis.from_url(url))  # type: ignore[abstract]
        async with served(manager) as server:
            for sid, cookie in (("v", ""), ("p", hers)):
                await server.connect(sid, cookie)
                await server.send(sid, HYDRATE)
                await server.send(sid, ENTER, {"route": "/sign-in"})
            before = await manager.redis.keys()
            for sid in ("v", "p"):
                await server.disconnect(sid)
            await server.tabs.sweep()
            after = await manager.redis.keys()
            own = server.tabs.sid_to_token
        await manager.close()
    assert not own
    assert len({key.partition(b"_")[0] for key in before}) == 2
    assert len({key.partition(b"_")[0] for key in after}) == 1


async def test_a_made_up_or_ended_session_is_a_visitor(session: Session, served: Serving) -> None:
    ended = signed_in(session, role="nurse")
    session.execute(
        sa.text("UPDATE user_session SET ended_at = now() WHERE token_hash = :hash"),
        {"hash": token_hash(ended)},
    )
    session.commit()
    async with served() as server:
        for sid, cookie in (("a", "made-up"), ("b", ended)):
            await server.connect(sid, cookie)
            await server.send(sid, HYDRATE)
            await server.send(sid, ENTER, {"route": "/"})
            await server.disconnect(sid)
        await server.tabs.sweep()
        assert server.kept() == set()


async def test_what_runs_late_for_a_visitor_who_left_leaves_nothing_behind_either(served: Serving) -> None:
    async with served() as server:
        token = await server.connect("v")
        await server.send("v", HYDRATE)
        boot = {
            "name": ENTER,
            "payload": {"route": "/sign-in"},
            "router_data": {"pathname": "/", "asPath": "/"},
        }
        for _ in range(5):
            await server.tabs.on_event("v", boot)
        await server.disconnect("v")
        await server.tabs.sweep()
        await server.settled()
        await server.tabs.sweep()
        assert token not in server.kept()
        assert server.kept() == set()


async def test_a_persons_state_waits_for_the_tab_to_come_back_but_not_for_any_number_of_tabs(
    session: Session, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "KEPT_TABS", 5)
    hers = signed_in(session, role="doctor")
    async with served() as server:
        tokens = []
        for number in range(8):
            tokens.append(await server.connect("a", hers, tab=f"tab-number-{number}"))
            await server.send("a", HYDRATE)
            await server.disconnect("a")
        await server.tabs.sweep()
        assert server.kept() == set(tokens[3:])
        assert await server.connect("b", hers, tab="tab-number-4") == tokens[4]
        await server.tabs.sweep()
        assert tokens[4] in server.kept()


async def test_a_connected_tab_keeps_its_state(served: Serving) -> None:
    async with served() as server:
        token = await server.connect("a")
        await server.send("a", HYDRATE)
        server.tabs.presence.went(token)
        await server.tabs.sweep()
        assert server.kept() == {token}


async def test_a_long_address_and_long_headers_are_not_kept(served: Serving) -> None:
    async with served() as server:
        token = await server.connect("a")
        long = "x" * 3_000_000
        for told in (
            {"asPath": f"/?q={long}"},
            {"pathname": f"/{long}"},
            {"query": {"q": long}},
            {"query": {str(number): "x" for number in range(100_000)}},
            {"anything": long, "headers": {"cookie": long}, "token": long},
        ):
            await server.send("a", ENTER, {"route": "/"}, **told)
            kept = app.state_manager.states[token]  # type: ignore[attr-defined]
            assert len(str(kept.router_data)) < 3 * LONGEST_ADDRESS, list(told)


@pytest.mark.parametrize("damaged", [None, [], "text", 5, {"name": 5}, {"name": "x", "payload": []}, {}])
async def test_what_is_no_event_is_dropped(served: Serving, damaged: Any) -> None:
    async with served() as server:
        await server.connect("a", event=damaged)
        await server.tabs.on_event("a", damaged)
        await server.settled()
        assert server.line.sent == []


async def test_an_event_that_nothing_takes_is_answered_calmly_and_logged_in_one_line_without_what_it_says(
    served: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as server:
        event = {"name": "zquist.unheard_of", "payload": {"form": "Zquist"}, "router_data": {}}
        await server.connect("a", event=event)
        await server.tabs.on_event("a", event)
        await server.settled()
        assert "Load the page again, then retry." in server.line.to("a")
        assert "failed on our side" not in server.line.to("a")
        assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
            ("WARNING", "a page sent an event that nothing takes")
        ]
        await server.send("a", ENTER, {"route": "/sign-in"})  # Whatever comes next is answered.
        assert "zquist" not in caplog.text.lower()


async def test_events_wait_on_the_line_while_a_tab_has_many_unanswered(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served() as server:
        token = await server.connect("a")
        queues: dict[str, Any] = {token: range(30)}
        monkeypatch.setattr(type(server.processor), "_token_queues", queues, raising=False)
        looks: list[float] = []

        async def next_look(seconds: float) -> None:
            looks.append(seconds)
            queues[token] = range(30 - len(looks) // 3)

        monkeypatch.setattr("hms_app.state.tabs.asyncio", SimpleNamespace(sleep=next_look))
        await server.tabs.on_event("a", {"name": ENTER, "payload": {"route": "/"}, "router_data": {}})
        assert len(looks) == 3


def test_only_what_screens_need_of_a_handshake_is_kept() -> None:
    headers = {
        "host": "h",
        "origin": "o",
        "user-agent": "u" * 9000,
        "x-forwarded-for": "1",
        "cookie": "a=b; hms_session=t",
    }
    assert bounded_headers({**headers, "sec-websocket-protocol": "hms-tab.secret"}) == {
        "host": "h",
        "origin": "o",
        "user-agent": "u" * 300,
        "cookie": "hms_session=t",
    }
    assert "cookie" not in bounded_headers({"cookie": "hms_session=" + "x" * 5000})


def test_the_address_of_a_real_screen_is_kept_as_it_is() -> None:
    told = {"pathname": "/patients", "asPath": "/patients?q=" + "ä" * 900, "query": {"q": "ä" * 900}}
    assert bounded_address({**told, "more": 1}) == told
    for damaged in (None, [], "x", {"pathname": 5}, {**told, "query": {"q": {"deep": 1}}}):
        assert bounded_address(damaged) == {}
