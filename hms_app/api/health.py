"""Whether the process lives and whether it can work, for a supervisor or a load balancer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse

from hms_app.api.routing import route
from hms_app.core import db
from hms_app.core.errors import DatabaseAway
from hms_app.core.permissions import PUBLIC
from hms_app.runtime.database import current_version, newest_version

_newest = lru_cache(maxsize=1)(newest_version)
_asked: list["asyncio.Future[dict[str, bool]]"] = []
"""The question that was asked last, if any."""


@route("/healthz", PUBLIC, methods=("GET",))
async def alive(_request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@route("/readyz", PUBLIC, methods=("GET",))
async def ready(_request: Request) -> JSONResponse:
    """200 when the database answers and is at the newest migration, else 503.

    It waits for nobody: it has a thread and a connection of its own, and all who ask at once get the same answer.
    """
    checks = await asyncio.shield(_question())
    good = all(checks.values())
    return JSONResponse(
        {"status": "ready" if good else "not ready", "checks": checks}, status_code=200 if good else 503
    )


def _question() -> "asyncio.Future[dict[str, bool]]":
    """The question that is just being answered, or else a new one."""
    loop = asyncio.get_running_loop()
    asked = _asked.pop() if _asked else None
    if asked is None or asked.done() or asked.get_loop() is not loop:
        asked = loop.run_in_executor(_thread(), _checks)
    _asked.append(asked)
    return asked


@lru_cache(maxsize=1)
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")


def _checks() -> dict[str, bool]:
    try:
        target = db.bound()
        if isinstance(target, sa.Engine):
            with db.make_engine(target.url, pool_size=None).connect() as connection:
                found = current_version(connection)
        else:
            found = current_version(target)
        return {"database": True, "migrations": found == _newest()}
    except (RuntimeError, DatabaseAway, sa.exc.SQLAlchemyError):
        return {"database": False, "migrations": False}
