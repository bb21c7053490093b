"""How soon others see a change: from its commit to the message that brings it, in a hundred watching tabs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hms_app.cli.benches.application import Application, Tab, running, shows, sign_in
from hms_app.cli.benches.event_roundtrip import SIGN_INS_AT_ONCE
from hms_app.cli.benches.event_roundtrip import load as open_and_load
from hms_app.cli.benches.figures import goal, spread
from hms_app.config import Settings
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.values import DepartmentInput
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from hms_app.runtime.database import open_database

WATCHERS: Final = 100
CHANGES: Final = 20
PAUSE_SECONDS: Final = 1.0
"""Between two changes; what comes sooner after another waits its turn, which is no slowness."""
LONGEST_P95_MS: Final = 250.0
PAGE: Final = "/hospital/departments"
_EMAIL: Final = next(entry["email"] for entry in demo_sign_ins() if entry["id"] == "administrator")


@dataclass(frozen=True)
class Watched:
    """What is measured: a page, the handler that loads it, a change by its number, and the text that brings it.

    `prepare` runs once on the hospital's database and answers the last two.
    """

    page: str
    load: Callable[[], str]
    prepare: Callable[[], tuple[Callable[[int], str], Callable[[int], None]]]
    longest_p95_ms: float


def run() -> dict[str, Any]:
    """Start a demo hospital, let a hundred tabs watch its departments, and add one after the other."""
    return measured(Watched(PAGE, _load, lambda: (_name, _add), LONGEST_P95_MS))


def measured(watched: Watched) -> dict[str, Any]:
    """Let a hundred tabs watch a page of a demo hospital, and make one change after the other."""
    with TemporaryDirectory(prefix="hms-bench-") as directory:
        data_dir = Path(directory)
        with running("demo", data_dir) as application, open_database(_settings(data_dir)) as database:
            engine = db.make_engine(database.app_url, pool_size=2)
            db.bind(engine)
            try:
                text, change = watched.prepare()
                return asyncio.run(_measure(application, watched, text, change))
            finally:
                db.bind(None)
                engine.dispose()


def _settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir / "demo")


async def _measure(
    application: Application, watched: Watched, text: Callable[[int], str], change: Callable[[int], None]
) -> dict[str, Any]:
    watch, load = _watch_handler(), watched.load()
    tabs = [Tab(application, cookie, watched.page) for cookie in await _signed_in(application)]
    try:
        await asyncio.gather(*(open_and_load(tab) for tab in tabs))
        await asyncio.gather(*(_watch(tab, watched.page, watch, load) for tab in tabs))
        waits = [
            wait
            for number in range(CHANGES)
            for wait in await _change(tabs, text(number), partial(change, number))
        ]
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
    figures = spread(waits)
    return {
        "watchers": WATCHERS,
        "changes": CHANGES,
        **figures,
        "goals": {"commit_to_message_p95_ms": goal(figures["p95_ms"], watched.longest_p95_ms)},
    }


def _watch_handler() -> str:
    """The full name of what every page is loaded with: Reflex registers it where it is first imported."""
    from hms_app.state.live import LiveState

    return f"{LiveState.get_full_name()}.watch"


def _load() -> str:
    from hms_app.state.organization.departments import DepartmentsState

    return f"{DepartmentsState.get_full_name()}.load"


async def _signed_in(application: Application) -> list[str]:
    """A session for each tab; all of them before the first tab is opened, which would not answer pings meanwhile."""
    gate = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def one() -> str:
        async with gate:
            return await sign_in(application, _EMAIL, DEMO_PASSWORD)

    return list(await asyncio.gather(*(one() for _ in range(WATCHERS))))


async def _watch(tab: Tab, page: str, watch: str, load: str) -> None:
    await tab.tell(watch, {"route": page.partition("?")[0]})
    await tab.send(load, until=shows("is_loading", False))


async def _change(tabs: list[Tab], text: str, change: Callable[[], None]) -> list[float]:
    """How long each tab waited for a change, counted from its commit."""
    heard = [asyncio.create_task(_heard(tab, text)) for tab in tabs]
    await asyncio.to_thread(change)
    committed = time.perf_counter()
    waits = [at - committed for at in await asyncio.gather(*heard)]
    await asyncio.sleep(PAUSE_SECONDS)
    return waits


async def _heard(tab: Tab, text: str) -> float:
    await tab.hears(text)
    return time.perf_counter()


def _name(number: int) -> str:
    return f"Measured department {number}"


def _add(number: int) -> None:
    request = DepartmentInput.from_form({"name": _name(number), "code": f"ME{number}"})
    actor = Actor.system("measurement")
    db.in_transaction(lambda session: organization.add_department(session, actor, request=request))
