"""How long people wait for a search as they type: the running application over its real websocket."""

import asyncio
import time
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hms_app.cli.benches.application import Application, Tab, fill, running, sign_in
from hms_app.cli.benches.figures import goal, spread
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from hms_app.runtime.errors import StartRefused

COPIES: Final = 370
"""Of the sample's 27 people: about ten thousand patients."""
SESSIONS: Final = 100
ROUNDS: Final = 6
KEY_SECONDS: Final = 0.3
"""Between two searches of a person who types; the screens wait about as long for the next key."""
PAUSE_SECONDS: Final = 3.0
"""A person reads what was found before they look for somebody else."""
SIGN_INS_AT_ONCE: Final = 4
LONGEST_P95_MS: Final = 150.0
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


def run() -> dict[str, Any]:
    """Start a demo hospital of ten thousand patients; one person types, then a hundred at once."""
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
    await tab.send(framework_event("hydrate"))
    await tab.send(_shell("load_shell"))


async def search(tab: Tab, text: str) -> bool:
    """Search for patients in the palette; False when nobody was found, which is as good as a refusal."""
    update = await tab.send(_shell("find_patients"), {"text": text})
    return any(
        value for state in update.values() for name, value in state.items() if "found_patients" in name
    )


async def _measure(application: Application) -> dict[str, Any]:
    tabs = await open_tabs(application, SESSIONS)
    try:
        one = await _type(tabs[:1])
        many = await _type(tabs)
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
    return {
        "one_session": one,
        "hundred_sessions": many,
        "key_ms": KEY_SECONDS * 1000,
        "pause_ms": PAUSE_SECONDS * 1000,
        "goals": {"hundred_sessions_p95_ms": goal(many["p95_ms"], LONGEST_P95_MS)},
    }


async def _type(tabs: list[Tab]) -> dict[str, Any]:
    started = time.perf_counter()
    waits = await asyncio.gather(*(_type_words(tab, place, len(tabs)) for place, tab in enumerate(tabs)))
    seconds = time.perf_counter() - started
    events = [wait for tab_waits in waits for wait in tab_waits]
    return {"events": len(events), "events_per_second": round(len(events) / seconds, 1), **spread(events)}


async def _type_words(tab: Tab, place: int, people: int) -> list[float]:
    """The waits of one person, each counted from when the key was due, so that a slow answer hides nothing."""
    waits: list[float] = []
    clock = asyncio.get_running_loop().time
    due = clock() + place * PAUSE_SECONDS / people
    for round_number in range(ROUNDS):
        word = WORDS[(place + round_number) % len(WORDS)]
        for length in range(2, min(len(word), 6) + 1):
            await asyncio.sleep(max(0.0, due - clock()))
            is_found = await search(tab, word[:length])
            waits.append(clock() - due)
            if not is_found:
                raise StartRefused(f"The search for {word[:length]} found nobody, so its speed says nothing.")
            due = max(due + KEY_SECONDS, clock())
        due += PAUSE_SECONDS
    return waits


def framework_event(handler: str) -> str:
    """The full name of one of Reflex's own events."""
    import reflex as rx

    return f"{rx.State.get_full_name()}.{handler}"


def _shell(handler: str) -> str:
    from hms_app.state.shell import ShellState

    return f"{ShellState.get_full_name()}.{handler}"
