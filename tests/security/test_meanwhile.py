"""A right that goes away between the gate's word and the act: the act asks again, whatever the gate said."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.domain.security.rules.codes import token_hash
from tests.event_path import browser
from tests.security.house import House
from tests.security.people import signed_in

SHELL = "reflex___state____state.hms_app___state___shell____shell_state.load_shell"
LOCKED = "UPDATE user_session SET locked_at = now() WHERE token_hash = :hash"
ENDED = "UPDATE user_session SET ended_at = now() WHERE token_hash = :hash"


@pytest.fixture
def after_the_gate(matrix_engine: sa.Engine) -> Iterator[Callable[[str, str], None]]:
    """Changes the session of a token as soon as the gate has looked it up, over another connection."""
    listening: list[Any] = []

    def arrange(change: str, token: str) -> None:
        is_done: list[bool] = []

        def meanwhile(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "FROM user_session s" in statement and not is_done:
                is_done.append(True)
                with matrix_engine.begin() as other:
                    other.execute(sa.text(change), {"hash": token_hash(token)})

        sa.event.listen(matrix_engine, "after_cursor_execute", meanwhile)
        listening.append(meanwhile)

    yield arrange
    for one in listening:
        sa.event.remove(matrix_engine, "after_cursor_execute", one)


@pytest.mark.parametrize("change", [LOCKED, ENDED], ids=["locked", "ended"])
def test_who_lost_their_session_after_the_gate_is_told_so_by_the_act(
    house: House, session: Session, after_the_gate: Callable[[str, str], None], change: str
) -> None:
    token = signed_in(session, role="doctor")

    async def load() -> list[dict[str, Any]]:
        async with browser() as client:
            await client.send(SHELL, session=token, tab="one")
            before = client.sent("shell_state")
            after_the_gate(change, token)
            await client.send(SHELL, session=token, tab="two")
            return [before, client.sent("shell_state")]

    before, after = asyncio.run(load())
    assert before["menu"]
    assert not after.get("menu")
    assert after["problem"]
