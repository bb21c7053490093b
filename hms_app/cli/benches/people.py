"""People of a hospital on its websocket: some work and save, others look in and leave; after a break they come back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
from simple_websocket import ConnectionClosed, ConnectionError  # type: ignore[import-untyped]

from hms_app.cli.benches.application import ANSWER_SECONDS, Application, Tab, shows
from hms_app.cli.benches.event_roundtrip import HYDRATE, IS_HYDRATED, WORDS, load, search

LOST: Final = (ConnectionClosed, ConnectionError, OSError, TimeoutError)
"""What a broken connection looks like from here."""
THINK_SECONDS: Final = 3.0
BACK_SECONDS: Final = 0.5
STAY_SECONDS: Final = 5.0
AWAY_SECONDS: Final = 15.0
DRIP_BYTES: Final = 512
REGISTER: Final = "/patients/register"
_LETTERS: Final = str.maketrans("0123456789", "qrstuvwxyz")


@dataclass(frozen=True)
class Deed:
    """Something a person did: when it was due and when the answer came (s), and whether it was what they wanted."""

    due: float
    ended: float
    is_good: bool


@dataclass
class Colleague:
    """Somebody who works from the first second to the last: searches, or registers one patient after the other."""

    tab: Tab
    place: int
    people: int
    submit: str
    """The event that registers, by its full name."""
    deeds: list[Deed] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    """The record numbers that were shown as registered."""
    _form: dict[str, str] = field(default_factory=dict)

    async def work(self, over: asyncio.Event) -> None:
        """Do one thing every three seconds; one that was refused or lost is done again."""
        clock = asyncio.get_running_loop().time
        due = clock() + THINK_SECONDS * self.place / self.people
        act = self._register if self.tab.page == REGISTER else self._search
        while not over.is_set():
            await asyncio.sleep(max(0.0, due - clock()))
            is_good = await self._tried(act, over)
            self.deeds.append(Deed(due, clock(), is_good))
            due = max(due + THINK_SECONDS, clock())

    async def _tried(self, act: Callable[[], Awaitable[bool]], over: asyncio.Event) -> bool:
        try:
            return await act()
        except LOST:
            await self._come_back(over)
            return False

    async def _come_back(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.tab.close()
            try:
                await load(self.tab)
                return
            except LOST:
                await asyncio.sleep(BACK_SECONDS)

    async def _search(self) -> bool:
        turn = self.place + len(self.deeds)
        return await search(self.tab, WORDS[turn % len(WORDS)][: 3 + turn % 3])

    async def _register(self) -> bool:
        """Send the form that is open until it is acknowledged; its key lets it register once."""
        self._form = self._form or _new_form()
        sent = self.tab.send(self.submit, {"form": self._form}, until=shows("is_saving", False))
        number = _number_in(await sent)
        if number:
            self.acknowledged.append(number)
            self._form = {}
        return bool(number)


async def visit(application: Application, place: int, people: int, over: asyncio.Event) -> int:
    """Open the sign-in page, leave, and come again as somebody else would; answers how often that was possible."""
    visits = 0
    await _pause(over, (STAY_SECONDS + AWAY_SECONDS) * place / people)
    while not over.is_set():
        origin = {"X-Forwarded-For": f"198.18.{place % 250}.{visits % 250}"}
        tab = Tab(application, "", "/sign-in", headers=origin)
        try:
            await tab.open()
            await tab.send(HYDRATE, until=IS_HYDRATED)
            visits += 1
            await _pause(over, STAY_SECONDS)
        except LOST:
            pass
        await tab.close()
        await _pause(over, AWAY_SECONDS)
    return visits


async def download_slowly(application: Application, cookie: str, over: asyncio.Event) -> int:
    """Read an export of the patients a few hundred bytes at a time, again from the start when it breaks or ends."""
    received = 0
    headers = {"Origin": application.url, "Cookie": cookie}
    async with httpx.AsyncClient(base_url=application.url, headers=headers, timeout=ANSWER_SECONDS) as client:
        while not over.is_set():
            try:
                async with client.stream("POST", "/exports/lists/patients", data={"kind": "csv"}) as answer:
                    async for piece in answer.aiter_raw(DRIP_BYTES):
                        received += len(piece)
                        await asyncio.sleep(BACK_SECONDS)
                        if over.is_set():
                            break
            except httpx.HTTPError:
                await asyncio.sleep(BACK_SECONDS)
    return received


async def _pause(over: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until it is over."""
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), seconds)


def _new_form() -> dict[str, str]:
    """Somebody whose name and birth are nobody else's."""
    made = uuid4()
    letters = made.hex.translate(_LETTERS)
    return {
        "key": str(made),
        "family_name": f"Z{letters[:10]}",
        "given_names": f"Q{letters[10:18]}",
        "birth": f"{made.int % 28 + 1} Mar {1930 + made.int % 89}",
        "sex_at_birth": "female",
    }


def _number_in(update: dict[str, Any]) -> str:
    """The record number that the registration shows; empty while it shows none."""
    for state in update.values():
        for name, value in state.items():
            if name.startswith("done") and isinstance(value, dict):
                return str(value["mrn"])
    return ""


def registering_event() -> str:
    """The full name of the event that registers a patient; to be asked for before there is an event loop."""
    from hms_app.state.patients.register import RegisterState

    return f"{RegisterState.get_full_name()}.submit"
