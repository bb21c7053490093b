"""Whether the process lives and whether it can work, for a supervisor or a load balancer."""

from functools import lru_cache

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse

from hms_app.api.routing import route
from hms_app.core import db
from hms_app.core.errors import DatabaseAway
from hms_app.core.permissions import PUBLIC
from hms_app.runtime.database import current_version, newest_version

_newest = lru_cache(maxsize=1)(newest_version)


@route("/healthz", PUBLIC, methods=("GET",))
async def alive(_request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@route("/readyz", PUBLIC, methods=("GET",))
async def ready(_request: Request) -> JSONResponse:
    """200 when the database answers and is at the newest migration, else 503."""
    checks = await run_in_threadpool(_checks)
    good = all(checks.values())
    return JSONResponse(
        {"status": "ready" if good else "not ready", "checks": checks}, status_code=200 if good else 503
    )


def _checks() -> dict[str, bool]:
    try:
        found = db.in_transaction(lambda session: current_version(session.connection()))
        return {"database": True, "migrations": found == _newest()}
    except (RuntimeError, DatabaseAway, sa.exc.SQLAlchemyError):
        return {"database": False, "migrations": False}
