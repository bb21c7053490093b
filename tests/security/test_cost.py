"""What an event asks of the database: counted on the wire, and written down so that it cannot grow unseen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.domain.security.rules.codes import token_hash
from tests.event_path import Browser, browser, fitting_payload
from tests.security import matrices
from tests.security.house import House
from tests.security.wire import Wire

MOST: Final = 4
COSTS: Final = Path(__file__).with_name("cost_matrix.txt")
"""The handlers that read more than four times, each with the number it may take and no more."""
READING: Final = ("load", "search", "find", "look", "offer", "refresh")
TRIES: Final = 7
"""The driver prepares a statement at its sixth use, which is one round trip more, once for each connection."""
FIND: Final = "reflex___state____state.hms_app___state___shell____shell_state.find_patients"
SHELL: Final = "reflex___state____state.hms_app___state___shell____shell_state.load_shell"


@pytest.fixture
def wire(matrix_engine: sa.Engine, house: House, tmp_path: Path) -> Iterator[Wire]:
    made = Wire(matrix_engine, tmp_path)
    yield made
    made.close()


def reading_handlers() -> dict[str, Any]:
    """Every handler that loads a page or looks something up, by its full name."""
    found = matrices.declared_handlers()
    return {name: fn for name, fn in found.items() if name.rpartition(".")[2].startswith(READING)}


def allowed() -> dict[str, int]:
    """What is written down."""
    return {name: int(number) for name, number in map(str.split, COSTS.read_text().splitlines())}


async def cheapest(client: Browser, wire: Wire, house: House, name: str, function: Any) -> int:
    """The fewest round trips that sending the event took."""
    payload = {key: "berg" if value == "" else value for key, value in fitting_payload(function).items()}
    address = f"/patients/{house.patient_id}"
    counts = []
    for _ in range(TRIES):
        wire.forget()
        await client.send(name, payload, session=house.everything, tab=name, address=address)
        counts.append(wire.round_trips())
    return min(counts)


async def costs(wire: Wire, house: House) -> dict[str, int]:
    """What each reading handler takes."""
    async with browser() as client:
        return {
            matrices.short(name): await cheapest(client, wire, house, name, function)
            for name, function in reading_handlers().items()
        }


def test_what_a_load_or_a_search_takes_is_four_round_trips_or_written_down(wire: Wire, house: House) -> None:
    found = asyncio.run(costs(wire, house))
    assert len(found) > 20
    dearer = {name: number for name, number in found.items() if number > allowed().get(name, MOST)}
    assert dearer == {}


def test_what_is_written_down_as_dear_is_still_a_handler() -> None:
    assert set(allowed()) <= {matrices.short(name) for name in reading_handlers()}


def test_an_event_that_only_reads_opens_no_transaction(wire: Wire, house: House) -> None:
    async def load() -> None:
        async with browser() as client:
            await client.send(SHELL, session=house.everything, tab="one")

    asyncio.run(load())
    assert wire.round_trips() > 0
    assert [text for text in wire.statements() if "BEGIN" in text or "COMMIT" in text] == []


def test_activity_is_not_written_again_at_once(wire: Wire, house: House, session: Session) -> None:
    stale = sa.text(
        "UPDATE user_session SET last_seen_at = now() - interval '1 minute' WHERE token_hash = :hash"
    )
    session.execute(stale, {"hash": token_hash(house.everything)})
    session.commit()

    async def twice() -> list[int]:
        found = []
        async with browser() as client:
            for _ in range(2):
                wire.forget()
                await client.send(FIND, {"text": ""}, session=house.everything, tab="one")
                found.append(sum("BEGIN" in text for text in wire.statements()))
        return found

    assert asyncio.run(twice()) == [1, 0]
