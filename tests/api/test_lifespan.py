"""What the server does by itself while it runs."""

import asyncio

import pytest
import sqlalchemy as sa

from hms_app.api.lifespan import looks
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.audit import service as audit

READER = Actor(4711, "Nora Nurse", frozenset(), session_id=12)
LEFT = sa.text("SELECT count(*) FROM typed_search")


@pytest.fixture
def settled_search(connection: sa.Connection) -> int:
    """A search whose tab was closed and whose server was killed; returns the last entry before it settles."""
    with db.transaction() as session:
        audit.record_list(session, READER, place="palette", shown=[7], is_typed=True)
    connection.execute(sa.text("UPDATE typed_search SET asked_at = asked_at - interval '1 hour'"))
    return int(connection.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one())


async def test_a_search_that_settled_while_no_server_ran_is_an_entry_once_one_does(
    connection: sa.Connection, settled_search: int
) -> None:
    async with looks(), asyncio.timeout(20):
        while connection.execute(LEFT).scalar_one():
            await asyncio.sleep(0.01)
    found = sa.text(
        "SELECT s.patient_id, e.actor_name FROM audit_entry e JOIN audit_shown s ON s.entry_id = e.id WHERE e.id > :id"
    )
    assert connection.execute(found, {"id": settled_search}).all() == [(7, "Nora Nurse")]


async def test_settling_goes_on_when_the_database_was_away(
    connection: sa.Connection, settled_search: int, caplog: pytest.LogCaptureFixture
) -> None:
    db.bind(None)
    async with looks(), asyncio.timeout(20):
        while "searches are not settled" not in caplog.text:
            await asyncio.sleep(0.01)
        db.bind(connection)
        while connection.execute(LEFT).scalar_one():
            await asyncio.sleep(0.01)
    assert caplog.text.count("searches are not settled") == 1
