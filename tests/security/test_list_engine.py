"""What every list of the engine promises: one reading a click, an address that says what is shown, its own rights."""

import asyncio
import csv
import io
import json
import re
from typing import Any, Final
from urllib.parse import parse_qs, urlparse

import pytest
import reflex as rx
import sqlalchemy as sa
from reflex.state import BaseState, StateUpdate
from sqlmodel import Session, col, select

from hms_app.api.lists import DOWNLOADED
from hms_app.core.cookies import SESSION_COOKIE
from hms_app.core.use_case import GUARD_ATTRIBUTE
from hms_app.domain.audit.tables import AuditEntry
from hms_app.state.address import with_query
from hms_app.state.lists.kinds import COLUMNS, ListKind
from hms_app.state.lists.screen import ListScreen
from tests.event_path import browser
from tests.security.house import House
from tests.security.test_list_parameters import LISTS, Listed
from tests.whole_application import SAME_ORIGIN, client_of


def _lists(kind: type[BaseState]) -> list[type[Any]]:
    return [
        one
        for child in kind.get_substates()
        for one in ([child] if issubclass(child, ListScreen) else []) + _lists(child)
    ]


SCREENS: Final = {
    screen.listed.name: screen for screen in sorted(_lists(rx.State), key=lambda one: one.listed.name)
}
"""In one order: the workers agree on the tests there are."""
NARROWED: Final = [name for name, screen in SCREENS.items() if screen.listed.filters]
RUNNING: Final = {"lag"}
"""What is another text a second later."""
ENGINE_HANDLERS: Final = (
    "load",
    "search",
    "narrow",
    "narrow_all",
    "sort_by",
    "clear",
    "next_page",
    "previous_page",
    "refresh",
)


def _described(name: str) -> Listed:
    """What stands in the address of a list."""
    return LISTS[SCREENS[name].get_name().split("____")[-1]]


@pytest.mark.parametrize("name", SCREENS)
def test_every_handler_of_a_list_wants_the_lists_own_right(name: str) -> None:
    screen = SCREENS[name]
    wanted = {getattr(screen.event_handlers[handler].fn, GUARD_ATTRIBUTE) for handler in ENGINE_HANDLERS}
    assert wanted == {screen.listed.read}


def test_every_filter_of_a_list_is_attacked_by_its_name_in_the_address() -> None:
    for name, screen in SCREENS.items():
        assert {part.name for part in screen.listed.filters} <= set(_described(name).parameters)


@pytest.mark.parametrize("name", NARROWED)
def test_a_click_on_a_filter_reads_once_and_the_address_follows_without_a_load(
    house: House, bound_engine: sa.Engine, name: str
) -> None:
    state, described = SCREENS[name].get_full_name(), _described(name)
    assert described.narrowed, f"Name a filter of {name}, and a value of it."
    part, value = described.narrowed
    address = described.address.format(patient_id=house.patient_id)
    read: list[str] = []

    async def clicked() -> tuple[int, list[str], list[StateUpdate]]:
        async with browser() as client:
            here: Any = {"session": house.everything, "address": address, "tab": "one"}
            await client.send(f"{state}.load", **here)
            read.clear()
            await client.send(f"{state}.load", **here)
            loaded = len(read)
            read.clear()
            updates = await client.send(f"{state}.narrow", {"part": part, "value": value}, **here)
            assert client.failures == []
            return loaded, list(read), updates

    def note(*arguments: Any) -> None:
        if "LIMIT" in arguments[2] and "ORDER BY" in arguments[2]:
            read.append(arguments[2])

    sa.event.listen(bound_engine, "before_cursor_execute", note)
    try:
        loaded, once, updates = asyncio.run(clicked())
    finally:
        sa.event.remove(bound_engine, "before_cursor_execute", note)
    assert 0 < len(once) <= loaded
    [answer] = [event for update in updates for event in update.events]
    assert answer.name == "_call_script"
    there = urlparse(_first_argument(answer.payload["javascript_code"]))
    assert (there.path, parse_qs(there.query)) == (address, {part: [value]})


def _first_argument(code: str) -> str:
    found = re.search(r'\)\(("[^"]*"), ', code)
    assert found, code
    return str(json.loads(found.group(1)))


@pytest.mark.parametrize("kind", DOWNLOADED, ids=lambda kind: kind.name)
def test_a_download_holds_what_the_screen_shows_and_is_in_the_trail(
    application: Any, house: House, bound_engine: sa.Engine, kind: ListKind
) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, house.everything)
    state = SCREENS[kind.name].get_full_name()
    every = {COLUMNS: ".".join(kind.columns)} if kind.first_columns else {}
    address = with_query(_described(kind.name).address, **every)

    async def shown() -> list[dict[str, str]]:
        async with browser() as browsing:
            await browsing.send(f"{state}.load", session=house.everything, address=address)
            return browsing.sent(state.rpartition(".")[2])["rows"]  # type: ignore[no-any-return]

    rows = asyncio.run(shown())
    answer = client.post(kind.download, data={"kind": "csv", **every}, headers=SAME_ORIGIN)
    assert answer.status_code == 200
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert list(lines[0]) == list(kind.columns.values())
    steady = {key: label for key, label in kind.columns.items() if key not in RUNNING}
    told = [{label: str(row[key]) for key, label in steady.items()} for row in rows]
    # A number that begins with a plus sign is kept from being a formula by a mark before it.
    written = [{label: line[label].removeprefix("'") for label in steady.values()} for line in lines]
    assert told == written[: len(told)]
    with Session(bound_engine) as session:
        exports = select(AuditEntry).where(col(AuditEntry.action).endswith(".list.exported"))
        entry = session.exec(exports.order_by(col(AuditEntry.id).desc()).limit(1)).one()
    noted = ("patients.list.exported", None) if kind.note_export else ("audit.list.exported", kind.name)
    assert (entry.action, (entry.after or {}).get("list")) == noted


def test_a_download_of_an_unknown_kind_is_refused(application: Any, house: House) -> None:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, house.everything)
    answer = client.post("/exports/lists/rooms", data={"kind": "exe"}, headers=SAME_ORIGIN)
    assert (answer.status_code, answer.text) == (400, "Choose CSV or XLSX.")
