"""Downloads over HTTP: made before the first byte, sent without a connection, and no more of them than can be borne."""

import asyncio
import threading
from collections.abc import Iterator
from typing import IO, Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from hms_app.api import downloads, imports, lists, records, routing
from hms_app.api.downloads import MOST_IN_ALL, MOST_OF_ONE_PERSON, UNDER_WAY, download
from hms_app.api.routing import TooBusy
from hms_app.api.turns import RECORDS, Turns
from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.audit.values import AuditAction
from tests.factories.patients import make_patient
from tests.factories.security import make_user, signed_in

ANNA, BEN = (Actor(number, "A", frozenset(Permission), session_id=number) for number in (1, 2))
LONG = b"x" * 1_000_000


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Starlette(routes=routing.starlette_routes((imports, lists, records)))
    with TestClient(application, base_url="https://hospital.test") as made:
        yield made


def _enter(client: TestClient, session: Session, role: str) -> None:
    token = signed_in(session, make_user(session, role))
    session.commit()
    client.cookies.set(SESSION_COOKIE, token, domain="hospital.test")


def _exported(session: Session) -> list[str]:
    session.expire_all()
    actions = session.exec(select(AuditEntry.action)).all()
    return [action for action in actions if "export" in action]


def _request(actor: Actor) -> Request:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""})
    request.state.actor = actor
    return request


async def _begin(actor: Actor, make: Any = None, turns: Turns = RECORDS) -> Any:
    def long(_session: Session, file: IO[bytes]) -> str:
        file.write(LONG)
        return "long.txt"

    return await download(_request(actor), make or long, turns=turns, media_type="text/plain")


class _Reader:
    """Somebody who reads what is sent as slowly as they are told, and may leave."""

    def __init__(self) -> None:
        self.got, self.started = bytearray(), asyncio.Event()
        self.goes_on, self.leaves = asyncio.Event(), asyncio.Event()

    async def read(self, response: Any) -> None:
        """Take one piece, then wait."""
        scope = {"type": "http", "asgi": {"spec_version": "2.3"}}
        await response(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.got += message.get("body", b"")
        if self.got:
            self.started.set()
            await self.goes_on.wait()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_with_a_forbidden_filter_is_refused_before_its_first_byte_and_not_in_the_trail(
    client: TestClient, session: Session, kind: str
) -> None:
    make_patient(session)
    _enter(client, session, "accountant")
    assert client.post("/exports/lists/patients", data={"kind": kind}).status_code == 200
    noted = _exported(session)
    refused = client.post("/exports/lists/patients", data={"kind": kind, "condition": "44054006"})
    assert refused.status_code == 403
    assert "does not allow" in refused.text
    assert _exported(session) == noted


def test_a_download_that_fails_while_it_is_made_is_not_in_the_trail(
    connection: sa.Connection, session: Session
) -> None:
    def fail(own: Session, file: IO[bytes]) -> str:
        audit.record(own, ANNA, AuditAction.TRAIL_EXPORTED, "test")
        file.write(LONG)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(_begin(ANNA, fail))
    assert _exported(session) == []


def test_a_download_says_how_long_it_is(client: TestClient, session: Session) -> None:
    make_patient(session)
    _enter(client, session, "accountant")
    answer = client.post("/exports/lists/patients", data={"kind": "xlsx"})
    assert int(answer.headers["content-length"]) == len(answer.content) > 0


def test_who_reads_slowly_holds_no_connection_and_leaves_nothing_behind(connection: sa.Connection) -> None:
    scratch = get_settings().data_dir / "scratch"

    async def read() -> None:
        reader = _Reader()
        response = await _begin(ANNA)
        sending = asyncio.create_task(reader.read(response))
        await reader.started.wait()
        with db.transaction() as session:
            assert session.scalar(sa.text("SELECT 1")) == 1
        assert list(scratch.iterdir()) == []
        reader.goes_on.set()
        await sending
        assert bytes(reader.got) == LONG
        assert response._file.closed

    asyncio.run(read())


def test_who_leaves_makes_room_at_once(connection: sa.Connection) -> None:
    async def leave() -> None:
        for _ in range(3 * MOST_OF_ONE_PERSON):
            reader = _Reader()
            response = await _begin(ANNA)
            sending = asyncio.create_task(reader.read(response))
            await reader.started.wait()
            reader.leaves.set()
            await sending
            assert response._file.closed

    asyncio.run(leave())


def test_who_stops_reading_is_left_after_a_while(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "STALLED_SECONDS", 0.05)

    async def stall() -> None:
        reader = _Reader()
        response = await _begin(ANNA)
        await reader.read(response)
        assert response._file.closed
        assert len(reader.got) < len(LONG)

    asyncio.run(stall())
    UNDER_WAY.begin(ANNA.user_id)
    UNDER_WAY.end(ANNA.user_id)


def test_one_person_has_a_few_downloads_at_once_and_others_are_not_kept_waiting(
    connection: sa.Connection,
) -> None:
    async def crowd() -> None:
        readers = [_Reader() for _ in range(MOST_OF_ONE_PERSON)]
        sending = [asyncio.create_task(reader.read(await _begin(ANNA))) for reader in readers]
        await asyncio.gather(*(reader.started.wait() for reader in readers))
        with pytest.raises(TooBusy, match="downloads of yours are under way"):
            await _begin(ANNA)
        other = _Reader()
        other.goes_on.set()
        await other.read(await _begin(BEN))
        assert bytes(other.got) == LONG
        for reader in readers:
            reader.goes_on.set()
        await asyncio.gather(*sending)
        await other.read(await _begin(ANNA))

    asyncio.run(crowd())


def test_all_together_have_a_bound_too() -> None:
    people = list(range(MOST_IN_ALL))
    try:
        for person in people:
            UNDER_WAY.begin(person)
        with pytest.raises(TooBusy, match="Many downloads"):
            UNDER_WAY.begin(-1)
    finally:
        for person in people:
            UNDER_WAY.end(person)


def test_what_is_refused_while_it_is_made_takes_no_place(connection: sa.Connection) -> None:
    def refuse(_session: Session, _file: IO[bytes]) -> str:
        raise NotPermitted

    async def try_often() -> None:
        for _ in range(2 * MOST_OF_ONE_PERSON):
            with pytest.raises(NotPermitted):
                await _begin(ANNA, refuse)
        reader = _Reader()
        reader.goes_on.set()
        await reader.read(await _begin(ANNA))

    asyncio.run(try_often())


def test_only_so_many_are_made_at_once_and_only_so_many_wait(connection: sa.Connection) -> None:
    turns = Turns(1, most_waiting=1, refusal="Come again.")
    held, free = threading.Event(), threading.Event()

    def hold(_session: Session, _file: IO[bytes]) -> str:
        held.set()
        free.wait(30)
        return "held.txt"

    async def crowd() -> None:
        first = asyncio.create_task(_begin(ANNA, hold, turns))
        await asyncio.to_thread(held.wait, 30)
        second = asyncio.create_task(_begin(BEN, None, turns))
        while not turns._limiter.statistics().tasks_waiting:
            await asyncio.sleep(0)
        with pytest.raises(TooBusy, match=r"Come again\."):
            await _begin(Actor(3, "C", frozenset()), None, turns)
        free.set()
        for response in (await first, await second):
            reader = _Reader()
            reader.goes_on.set()
            await reader.read(response)

    asyncio.run(crowd())


def test_too_many_downloads_are_answered_with_429_and_a_sentence(
    client: TestClient, session: Session
) -> None:
    patient = make_patient(session)
    user = make_user(session, "doctor")
    token = signed_in(session, user)
    session.commit()
    client.cookies.set(SESSION_COOKIE, token, domain="hospital.test")
    for _ in range(MOST_OF_ONE_PERSON):
        UNDER_WAY.begin(user.key)
    try:
        answer = client.get(f"/exports/patients/{patient.key}/record.json")
    finally:
        for _ in range(MOST_OF_ONE_PERSON):
            UNDER_WAY.end(user.key)
    assert answer.status_code == 429
    assert answer.text == "3 downloads of yours are under way. Wait until one of them is done."
    assert _exported(session) == []


def test_a_transaction_in_which_nothing_happens_is_ended_by_the_server(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        shown = connection.execute(sa.text("SHOW idle_in_transaction_session_timeout")).scalar_one()
    assert shown == "1min"
    with engine.connect() as connection:
        connection.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 10"))
        process = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        with engine.connect() as watching:
            alive = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
            while watching.execute(alive, {"pid": process}).scalar_one():
                watching.commit()
        with pytest.raises(sa.exc.DBAPIError, match="idle-in-transaction"):
            connection.execute(sa.text("SELECT 1"))
        connection.invalidate()
