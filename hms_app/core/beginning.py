"""When a transaction begins: with the first statement that does more than read.

Under READ COMMITTED each statement sees what was committed when it started, whether a transaction is open around it
or not. So statements that only read are sent without one: no BEGIN and no COMMIT, and nothing is left open while the
program thinks. The first that changes, locks or sets anything begins the transaction, which then lasts to the end.
"""

import re
from functools import lru_cache
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import event

LONG: Final = 10_000
"""Characters; longer statements are made of many rows and hardly ever the same twice."""

_NO_CODE: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_READS: Final = re.compile(r"[\s(]*(?:SELECT|WITH|VALUES|SHOW)\b", re.IGNORECASE)
_DOES_MORE: Final = re.compile(
    r";|\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|CREATE|DROP|ALTER|LOCK|SHARE|INTO|SET|CALL|DO)\b"
    r"|advisory|set_config|setval|nextval|pg_notify|\blo_|procrastinate_",
    re.IGNORECASE,
)
"""Words of which a statement that only reads may have none, and functions that do more: rather one BEGIN too many."""

_WAITING: Final[WeakSet[Any]] = WeakSet()
"""The driver's connections on which a transaction is asked for, and begins when it must."""


def begin_late(engine: sa.Engine) -> None:
    """Let transactions of this engine begin when they must; one that asks for an isolation level begins at once."""
    event.listen(engine, "begin", _wait)
    event.listen(engine, "checkin", _as_it_was)


def begin_for(connection: Any, statement: str) -> None:
    """Begin the transaction that waits on the driver's connection, if the statement does more than read."""
    if connection in _WAITING and not only_reads(statement):
        begin_now(connection)


def begin_now(connection: Any) -> None:
    """Begin the transaction that waits on the driver's connection, whatever comes next."""
    if connection in _WAITING:
        _WAITING.discard(connection)
        connection.autocommit = False


def only_reads(statement: str) -> bool:
    """Whether a statement changes, locks and sets nothing, as far as its text tells; in doubt it does."""
    return len(statement) <= LONG and _short_only_reads(statement)


def code_of(statement: str) -> str:
    """A statement's text without its comments and strings."""
    return _NO_CODE.sub(" ", statement).strip()


@lru_cache(maxsize=4096)
def _short_only_reads(statement: str) -> bool:
    code = code_of(statement)
    return bool(_READS.match(code)) and not _DOES_MORE.search(code)


def _wait(connection: sa.Connection) -> None:
    if "isolation_level" in connection.get_execution_options():
        return
    driver: Any = connection.connection.driver_connection
    driver.autocommit = True
    _WAITING.add(driver)


def _as_it_was(driver: Any, _record: Any) -> None:
    """In the pool a connection is as the driver makes it."""
    if driver is not None and not driver.closed:
        _WAITING.discard(driver)
        driver.autocommit = False
