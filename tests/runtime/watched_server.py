"""A small application behind the real web server, its workers watched: a program of its own for `test_watchdog`.

Arguments: the port, a directory, the seconds for which a silent worker is borne.
"""

import os
import re
import sys
import time
from pathlib import Path
from typing import Any, Final

from hms_app.config import Settings
from hms_app.runtime.logs import configure_logging
from hms_app.runtime.pulse import beating
from hms_app.runtime.server import make_web_server
from hms_app.runtime.watchdog import watched

PORT: Final = int(sys.argv[1])
DIRECTORY: Final = Path(sys.argv[2])
SECONDS: Final = int(sys.argv[3])
SLOW: Final = DIRECTORY / "slow"
"""The first worker that finds this file starts only when `STARTING` has gone."""
STARTING: Final = DIRECTORY / "starting"
HELD: Final = DIRECTORY / "held"
"""Names the worker that is held up."""


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Tell the worker's process id, or do what holds a worker up."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    if scope["path"] != "/":
        HELD.write_text(str(os.getpid()))
    if scope["path"] == "/spin":
        while True:
            pass
    if scope["path"] == "/spin-without-python":
        re.match(r"(a+)+$", "a" * 60 + "b")
    if scope["path"] == "/sleep":
        time.sleep(3600)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


async def _live(receive: Any, send: Any) -> None:
    await receive()
    if SLOW.exists():
        SLOW.rename(STARTING)
        while STARTING.exists():
            time.sleep(0.05)
    async with beating():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


def make() -> Any:
    """What Granian asks for."""
    return application


if __name__ == "__main__":
    configure_logging(None)
    settings = Settings(data_dir=DIRECTORY, workers=2, redis_url="redis://nobody", mode="test")
    server = make_web_server("tests.runtime.watched_server:make", settings, host="127.0.0.1", port=PORT)
    with watched(server, DIRECTORY / "pulse", seconds=SECONDS):
        server.serve()
