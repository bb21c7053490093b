"""How long people wait for a search as they type, and how many searches there can be: over the real websocket.

The client that measures runs on the machine it measures, and on a shared one everybody else does too: compare two
figures of the same hour, not one with the goal.
"""

import asyncio
import time
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import reflex as rx

from hms_app.cli.benches.application import Application, Tab, fill, running, shows, sign_in
from hms_app.cli.benches.figures import at_least, goal, spread
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from hms_app.runtime.errors import StartRefused
from hms_app.state.shell import ShellState

COPIES: Final = 370
"""Of the sample's 27 people: about ten thousand patients."""
SESSIONS: Final = 100
CROWD: Final = 200
ROUNDS: Final = 6
AT_ONCE: Final = 20
"""People who each search again as soon as they have their answer."""
FLAT_OUT_SECONDS: Final = 15.0
KEY_SECONDS: Final = 0.3
"""Between two searches of a person who types; the screens wait about as long for the next key."""
PAUSE_SECONDS: Final = 3.0
"""A person reads what was found before they look for somebody else."""
SIGN_INS_AT_ONCE: Final = 4
LONGEST_P95_MS: Final = 150.0
LONGEST_P95_OF_CROWD_MS: Final = 400.0
FEWEST_SEARCHES_A_SECOND: Final = 400.0
_ROLES: Final = ("doctor", "nurse", "receptionist")
WORDS: Final = (
    "schmidt",
    "okuneva",
    "conroy",
    "miller",
    "roberts",
    "pagac",
    "spinka",
    "olivo",
    "zulauf",
    "johns",
)
PAGE: Final = "/patients"
# States are known to whoever imports them: named here, before there is an event loop with contexts of its own.
HYDRATE: Final = f"{rx.State.get_full_name()}.hydrate"
IS_HYDRATED: Final = shows("is_hydrated")
_LOAD_SHELL: Final = f"{ShellState.get_full_name()}.load_shell"
_FIND_PATIENTS: Final = f"{ShellState.get_full_name()}.find_patients"


def run() -> dict[str, Any]:
    """Start a demo hospital of ten thousand patients; searches flat out, then people who type."""
    with TemporaryDirectory(prefix="hms-bench-") as directory:
        data_dir = Path(directory)
        with running("demo", data_dir) as application:
            patients = fill(data_dir, copies=COPIES)
            return {"patients": patients, **asyncio.run(_measure(application))}


async def open_tabs(
    application: Application, count: int, *, page: str = PAGE, roles: tuple[str, ...] = _ROLES
) -> list[Tab]:
    """Tabs of people who each signed in for themselves, with the frame around their screen loaded."""
    emails = [entry["email"] for entry in demo_sign_ins() if entry["email"].split("@")[0] in roles]
    gate = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def open_one(email: str) -> Tab:
        async with gate:
            tab = Tab(application, await sign_in(application, email, DEMO_PASSWORD), page)
            await load(tab)
            return tab

    people = cycle(emails)
    return list(await asyncio.gather(*(open_one(next(people)) for _ in range(count))))


async def load(tab: Tab) -> None:
    """Connect a tab, perhaps again, and load the frame around its screen."""
    await tab.open()
    await tab.send(HYDRATE, until=IS_HYDRATED)
    await tab.send(_LOAD_SHELL, until=shows("problem"))


async def search(tab: Tab, text: str) -> bool:
    """Search for patients in the palette; False when nobody was found, which is as good as a refusal."""
    update = await tab.send(_FIND_PATIENTS, {"text": text}, until=shows("found_patients"))
    return any(
        value for state in update.values() for name, value in state.items() if "found_patients" in name
    )


async def _measure(application: Application) -> dict[str, Any]:
    tabs = await open_tabs(application, CROWD)
    try:
        alone = await _search_flat_out(tabs[:1])
        together = await _search_flat_out(tabs[:AT_ONCE])
        one = await _type(tabs[:1])
        many = await _type(tabs[:SESSIONS])
        crowd = await _type(tabs)
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
    return {
        "flat_out_alone": alone,
        "flat_out_twenty": together,
        "one_session": one,
        "hundred_sessions": many,
        "two_hundred_sessions": crowd,
        "key_ms": KEY_SECONDS * 1000,
        "pause_ms": PAUSE_SECONDS * 1000,
        "goals": {
            "twenty_at_once_per_second": at_least(together["events_per_second"], FEWEST_SEARCHES_A_SECOND),
            "hundred_sessions_p95_ms": goal(many["p95_ms"], LONGEST_P95_MS),
            "two_hundred_sessions_p95_ms": goal(crowd["p95_ms"], LONGEST_P95_OF_CROWD_MS),
        },
    }


async def _search_flat_out(tabs: list[Tab]) -> dict[str, Any]:
    """Searches as fast as they are answered; one that finds nobody says nothing, and raises StartRefused."""
    clock = asyncio.get_running_loop().time
    started = clock()

    async def search_on(tab: Tab, place: int) -> list[float]:
        waits: list[float] = []
        while (asked := clock()) < started + FLAT_OUT_SECONDS:
            word = WORDS[(place + len(waits)) % len(WORDS)]
            await _find(tab, word[: 3 + len(waits) % 3])
            waits.append(clock() - asked)
        return waits

    searched = await asyncio.gather(*(search_on(tab, place) for place, tab in enumerate(tabs)))
    return _figures([wait for waits in searched for wait in waits], clock() - started)


async def _find(tab: Tab, text: str) -> None:
    if not await search(tab, text):
        raise StartRefused(f"The search for {text} found nobody, so its speed says nothing.")


def _figures(waits: list[float], seconds: float) -> dict[str, Any]:
    return {"events": len(waits), "events_per_second": round(len(waits) / seconds, 1), **spread(waits)}


async def _type(tabs: list[Tab]) -> dict[str, Any]:
    started = time.perf_counter()
    waits = await asyncio.gather(*(_type_words(tab, place, len(tabs)) for place, tab in enumerate(tabs)))
    seconds = time.perf_counter() - started
    return _figures([wait for tab_waits in waits for wait in tab_waits], seconds)


async def _type_words(tab: Tab, place: int, people: int) -> list[float]:
    """The waits of one person, each counted from when the key was due, so that a slow answer hides nothing."""
    waits: list[float] = []
    clock = asyncio.get_running_loop().time
    due = clock() + place * PAUSE_SECONDS / people
    for round_number in range(ROUNDS):
        word = WORDS[(place + round_number) % len(WORDS)]
        for length in range(2, min(len(word), 6) + 1):
            await asyncio.sleep(max(0.0, due - clock()))
            await _find(tab, word[:length])
            waits.append(clock() - due)
            due = max(due + KEY_SECONDS, clock())
        due += PAUSE_SECONDS
    return waits
