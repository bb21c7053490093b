"""What the hospital takes: seconds to start, and memory idle and with a hundred people signed in."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hms_app.cli.benches.application import Application, running
from hms_app.cli.benches.event_roundtrip import SESSIONS, open_tabs
from hms_app.cli.benches.figures import goal
from hms_app.runtime import frontend

FIRST_START_SECONDS = 120.0
LATER_START_SECONDS = 10.0


def run() -> dict[str, Any]:
    """Start an empty hospital twice, then a demo hospital that a hundred people use.

    The first start makes the database, and the screens when they are not built yet; it does not install packages.
    """
    was_built = frontend.is_built()
    with TemporaryDirectory(prefix="hms-bench-") as directory:
        with running("run", Path(directory)) as application:
            first = application.seconds_to_ready
        with running("run", Path(directory)) as application:
            second = application.seconds_to_ready
    with TemporaryDirectory(prefix="hms-bench-") as directory:
        with running("demo", Path(directory)) as application:
            idle = application.memory_mb()
            busy = asyncio.run(_with_people(application))
    return {
        "screens_were_built": was_built,
        "idle_memory_mb": idle,
        "sessions": SESSIONS,
        "memory_with_sessions_mb": busy,
        "memory_per_session_mb": round((busy - idle) / SESSIONS, 2),
        "goals": {
            "first_start_seconds": goal(round(first, 1), FIRST_START_SECONDS),
            "second_start_seconds": goal(round(second, 1), LATER_START_SECONDS),
        },
    }


async def _with_people(application: Application) -> float:
    tabs = await open_tabs(application, SESSIONS)
    try:
        return application.memory_mb()
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
