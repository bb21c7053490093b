"""How long people wait for a search as they type: the running application over its real websocket."""

import asyncio
import os
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hms_app.cli.benches.application import Application, Tab, running, sign_in
from hms_app.cli.benches.figures import goal, spread
from hms_app.cli.benches.sample import enlarge
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.paths import ROOT

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
_WORDS: Final = (
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
            patients = _fill(data_dir)
            return {"patients": patients, **asyncio.run(_measure(application))}


async def open_tabs(application: Application, count: int) -> list[Tab]:
    """Tabs of people who each signed in for themselves, with the frame around their screen loaded."""
    emails = [entry["email"] for entry in demo_sign_ins() if entry["email"].split("@")[0] in _ROLES]
    gate = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def open_one(email: str) -> Tab:
        async with gate:
            tab = Tab(application, await sign_in(application, email, DEMO_PASSWORD), PAGE)
            await tab.open()
            await tab.send(_name("hydrate"))
            await tab.send(_shell("load_shell"))
            return tab

    people = cycle(emails)
    return list(await asyncio.gather(*(open_one(next(people)) for _ in range(count))))


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
        word = _WORDS[(place + round_number) % len(_WORDS)]
        for length in range(2, min(len(word), 6) + 1):
            await asyncio.sleep(max(0.0, due - clock()))
            update = await tab.send(_shell("find_patients"), {"text": word[:length]})
            waits.append(clock() - due)
            _ensure_found(update, word[:length])
            due = max(due + KEY_SECONDS, clock())
        due += PAUSE_SECONDS
    return waits


def _ensure_found(update: dict[str, Any], text: str) -> None:
    """A refusal, or a search that finds nobody, would be measured as a quick answer."""
    found = [value for state in update.values() for name, value in state.items() if "found_patients" in name]
    if not found or not found[0]:
        raise StartRefused(f"The search for {text} found nobody, so its speed says nothing.")


def _fill(data_dir: Path) -> int:
    with TemporaryDirectory() as directory:
        enlarge(Path(directory), copies=COPIES, stems=frozenset({"patients"}))
        done = subprocess.run(
            [sys.executable, "-m", "hms_app.cli", "import", "synthea", directory, "--json"],
            cwd=ROOT,
            env={**os.environ, "HMS_DATA_DIR": str(data_dir / "demo")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartRefused(f"The patients could not be read: {done.stderr.strip()}")
        return (Path(directory) / "patients.csv").read_text(encoding="utf-8").count("\n") - 1


def _name(handler: str) -> str:
    import reflex as rx

    return f"{rx.State.get_full_name()}.{handler}"


def _shell(handler: str) -> str:
    from hms_app.state.shell import ShellState

    return f"{ShellState.get_full_name()}.{handler}"
