"""Two hard minutes: people work, visitors come and go, somebody downloads slowly, processes are killed meanwhile."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil
import psycopg

from hms_app.cli.benches.application import Application, command_in, fill, running, sign_in
from hms_app.cli.benches.event_roundtrip import open_tabs
from hms_app.cli.benches.figures import goal, percentile
from hms_app.cli.benches.people import REGISTER, Colleague, Deed, download_slowly, registering_event, visit
from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from hms_app.runtime.embedded_postgres import EmbeddedPostgres

SECONDS: Final = 120.0
READERS: Final = 80
WRITERS: Final = 20
VISITORS: Final = 200
COPIES: Final = 100
"""Of the sample's 27 people: some 2,700 patients to search among and to download."""
WARM_UP_SECONDS: Final = 10.0
SETTLE_SECONDS: Final = 60.0
KILLS: Final[tuple[tuple[float, str], ...]] = ((35.0, "worker"), (75.0, "database"))
"""Seconds after the start, and what is killed then."""
LONGEST_P95_MS: Final = 250.0
MOST_GROWTH_MB: Final = 50.0


@dataclass(frozen=True)
class Kill:
    """A process that was killed, and the time (s) until everybody had got what they wanted again."""

    what: str
    at: float
    until: float


@dataclass(frozen=True)
class Endured:
    """What came of the two minutes."""

    colleagues: Sequence[Colleague]
    kills: Sequence[Kill]
    visits: int
    downloaded: int
    memory_before: float
    memory_after: float


def run() -> dict[str, Any]:
    """Start a demo hospital, let it endure, then look whether everything that was acknowledged is there."""
    with TemporaryDirectory(prefix="hms-bench-") as directory:
        data_dir = Path(directory)
        # Each visitor comes from an address of their own, as they would through a proxy.
        with running("demo", data_dir, HMS_TRUSTED_PROXIES="127.0.0.1") as application:
            patients = fill(data_dir, copies=COPIES)
            endured = asyncio.run(_endure(application, registering_event()))
            lost = _lost(data_dir, endured.colleagues)
            problems = _problems(data_dir)
        return {"patients": patients, **_figures(endured, lost, problems)}


async def _endure(application: Application, submit: str) -> Endured:
    readers = await open_tabs(application, READERS, roles=("doctor", "nurse"))
    writers = await open_tabs(application, WRITERS, page=REGISTER, roles=("receptionist",))
    tabs = [*readers, *writers]
    colleagues = [Colleague(tab, place, len(tabs), submit) for place, tab in enumerate(tabs)]
    manager = next(entry["email"] for entry in demo_sign_ins() if entry["id"] == "manager")
    cookie = await sign_in(application, manager, DEMO_PASSWORD)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as work:
        for one in colleagues:
            work.create_task(one.work(over))
        await asyncio.sleep(WARM_UP_SECONDS)
        before = await asyncio.to_thread(application.memory_mb)
        visits, downloaded, killed = await _with_a_crowd(application, cookie)
        after = await _settled(application, before)
        over.set()
    await asyncio.gather(*(tab.close() for tab in tabs))
    kills = [Kill(what, at, _recovered(colleagues, at)) for what, at in killed]
    return Endured(colleagues, kills, visits, downloaded, before, after)


async def _with_a_crowd(application: Application, cookie: str) -> tuple[int, int, list[tuple[str, float]]]:
    """The two minutes: how many visits there were, how many bytes of the download, and what was killed when."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as crowd:
        visitors = [crowd.create_task(visit(application, place, VISITORS, over)) for place in range(VISITORS)]
        download = crowd.create_task(download_slowly(application, cookie, over))
        killed = await _kill_meanwhile(application)
        over.set()
    return sum(visitor.result() for visitor in visitors), download.result(), killed


async def _kill_meanwhile(application: Application) -> list[tuple[str, float]]:
    """Let the two minutes pass, and kill what is to be killed in them; gives what and when."""
    clock = asyncio.get_running_loop().time
    started, killed = clock(), list[tuple[str, float]]()
    victims: dict[str, Callable[[], psutil.Process]] = {
        "worker": lambda: application.worker,
        "database": lambda: application.database,
    }
    for seconds, what in KILLS:
        await asyncio.sleep(started + seconds - clock())
        killed.append((what, clock()))
        victims[what]().kill()
    await asyncio.sleep(started + SECONDS - clock())
    return killed


async def _settled(application: Application, before: float) -> float:
    """The memory (MB) once it is back near where it was, or after a minute, whichever comes first."""
    for _ in range(round(SETTLE_SECONDS)):
        now = await asyncio.to_thread(application.memory_mb)
        if now - before <= MOST_GROWTH_MB:
            return now
        await asyncio.sleep(1)
    return now


def _recovered(colleagues: Sequence[Colleague], at: float) -> float:
    """When the last of them had got something that was asked for after this time."""
    return max(
        next((deed.ended for deed in one.deeds if deed.is_good and deed.due >= at), one.deeds[-1].ended)
        for one in colleagues
    )


def _undisturbed(deeds: Sequence[Deed], kills: Sequence[Kill]) -> list[Deed]:
    return [deed for deed in deeds if all(deed.ended < kill.at or deed.due > kill.until for kill in kills)]


def _lost(data_dir: Path, colleagues: Sequence[Colleague]) -> int:
    """How many acknowledged registrations the database does not have."""
    url = EmbeddedPostgres(data_dir / "demo").url("hms").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        there = {row[0] for row in connection.execute("SELECT mrn FROM patient")}
    return sum(number not in there for one in colleagues for number in one.acknowledged)


def _problems(data_dir: Path) -> int:
    """How many checks of `verify` find something."""
    told = json.loads(command_in(data_dir, "verify", "--json").stdout)
    return sum(not check["ok"] for check in told["checks"])


def _figures(endured: Endured, lost: int, problems: int) -> dict[str, Any]:
    deeds = [deed for one in endured.colleagues for deed in one.deeds]
    calm = _undisturbed(deeds, endured.kills)
    waits = [deed.ended - deed.due for deed in calm if deed.is_good]
    return {
        "colleagues": len(endured.colleagues),
        "deeds": len(deeds),
        "deeds_outside_the_kills": len(calm),
        "registrations_acknowledged": sum(len(one.acknowledged) for one in endured.colleagues),
        "visits": endured.visits,
        "slow_download_bytes": endured.downloaded,
        "p50_ms": round(percentile(waits, 0.5) * 1000, 1),
        "memory_before_mb": endured.memory_before,
        "memory_after_mb": endured.memory_after,
        "seconds_until_everybody_works_again": {
            kill.what: round(kill.until - kill.at, 1) for kill in endured.kills
        },
        "goals": {
            "acknowledged_writes_lost": goal(lost, 0),
            "checks_of_verify_that_find_something": goal(problems, 0),
            "refusals_outside_the_kills": goal(sum(not deed.is_good for deed in calm), 0),
            "p95_outside_the_kills_ms": goal(round(percentile(waits, 0.95) * 1000, 1), LONGEST_P95_MS),
            "memory_growth_mb": goal(round(endured.memory_after - endured.memory_before, 1), MOST_GROWTH_MB),
        },
    }
