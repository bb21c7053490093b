"""A database that is away: which failures of the driver mean that, and what becomes of them."""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError

from hms_app.core import clock
from hms_app.core.errors import DatabaseAway, DatabaseFull

DEADLINES: Final[dict[str, int]] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""What libpq is told, so that a machine that was switched off is noticed in seconds; not heeded on a socket."""

_GOING_STATES: Final = frozenset({"57P01", "57P02", "57P03", "53300"})
"""PostgreSQL's admin_shutdown, crash_shutdown, cannot_connect_now and too_many_connections."""
_DISK_FULL: Final = "53100"
_ANSWERED: Final = "hms_answered"
"""In a connection's `info`: the database has answered a statement of the transaction that is open on it."""

_QUIET: Final = dt.timedelta(minutes=1)

logger = logging.getLogger("hms.database")
_logged_at: dict[type[DatabaseAway], dt.datetime] = {}


class DeadOnArrival(OperationalError):
    """The connection was lost before the database answered anything in this transaction: nothing was done."""


def watch(engine: sa.Engine) -> None:
    """Let failures of this engine's connections say whether the database had answered before."""
    event.listen(engine, "begin", _nothing_answered)
    event.listen(engine, "after_cursor_execute", _note_answer)
    event.listen(engine, "handle_error", _dead_on_arrival, retval=True)


@contextmanager
def told() -> Iterator[None]:
    """Turn what means that the database is away into DatabaseAway; every other failure stays what it is."""
    try:
        yield
    except OperationalError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        _log(refusal, str(error.orig).strip().partition("\n")[0])
        raise refusal from error


def refusal_of(error: OperationalError) -> DatabaseAway | None:
    """What people are told about a failure, when it means that the database is away."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state == _DISK_FULL:
        return DatabaseFull()
    if error.connection_invalidated or not state or state in _GOING_STATES or state.startswith("08"):
        return DatabaseAway()
    return None


def _log(refusal: DatabaseAway, reason: str) -> None:
    """One line a minute while it lasts, however many people wait."""
    now, before = clock.now(), _logged_at.get(type(refusal))
    if before is None or abs(now - before) >= _QUIET:
        _logged_at[type(refusal)] = now
        logger.error("%s: %s", type(refusal).__name__, reason)


def _nothing_answered(connection: sa.Connection) -> None:
    connection.info[_ANSWERED] = False


def _note_answer(connection: sa.Connection, *_statement: Any) -> None:
    connection.info[_ANSWERED] = True


def _dead_on_arrival(failure: ExceptionContext) -> BaseException | None:
    connection = failure.connection
    if connection is None or not isinstance(failure.sqlalchemy_exception, OperationalError):
        return None
    if not failure.is_disconnect or connection.info.get(_ANSWERED):
        return None
    return DeadOnArrival(
        failure.statement,
        None,
        failure.original_exception,
        hide_parameters=True,
        connection_invalidated=True,
    )
