"""Whether the hospital can work is answered whoever else waits."""

import asyncio
import threading
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from hms_app.api import health
from hms_app.core import db

REQUEST = Request({"type": "http", "method": "GET", "path": "/readyz", "headers": [], "query_string": b""})


@pytest.fixture
def bound(engine: sa.Engine) -> Any:
    """The application's own connections, as in a running server."""
    db.bind(engine)
    yield engine
    db.bind(None)


async def test_a_hospital_whose_connections_and_threads_are_all_taken_is_still_ready(
    bound: sa.Engine,
) -> None:
    done = threading.Event()
    pool: Any = bound.pool
    with ExitStack() as stack:
        for _ in range(pool.size() + 2):
            stack.enter_context(bound.connect())
        taken = [asyncio.create_task(run_in_threadpool(done.wait, 60)) for _ in range(60)]
        answer = await asyncio.wait_for(health.ready(REQUEST), 20)
        done.set()
        await asyncio.gather(*taken)
    assert answer.status_code == 200


async def test_all_who_ask_at_once_cost_one_connection(bound: sa.Engine) -> None:
    made: list[object] = []

    def note(connection: sa.Connection) -> None:
        made.append(connection)

    event.listen(sa.Engine, "engine_connect", note)
    try:
        answers = await asyncio.gather(*(health.ready(REQUEST) for _ in range(200)))
    finally:
        event.remove(sa.Engine, "engine_connect", note)
    assert {answer.status_code for answer in answers} == {200}
    assert len(made) == 1


async def test_without_a_database_it_is_not_ready() -> None:
    assert (await health.ready(REQUEST)).status_code == 503
