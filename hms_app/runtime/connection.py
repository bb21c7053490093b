"""Addresses of PostgreSQL databases, and plain connections to them."""

import time
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from hms_app.runtime.errors import StartRefused

MOST_APART: Final = 60
"""Seconds between two clocks; the trail tolerates twice as many."""


def connect(url: URL | str) -> "psycopg.Connection[Any]":
    """A plain psycopg connection in autocommit mode; raises StartRefused when the server cannot be reached."""
    target = make_url(url)
    try:
        return psycopg.connect(libpq(target), password=target.password, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        where = target.host or target.query.get("host", "its socket")
        reason = str(error).strip().splitlines()[0].rpartition("failed: ")[2]
        reason = reason.removeprefix("FATAL:").strip().rstrip(".")
        raise StartRefused(f"The database at {where} cannot be reached: {reason}.") from error


def ensure_same_clock(url: URL | str) -> None:
    """Raise StartRefused when the server's clock and this machine's differ: entries of the trail would be refused."""
    with connect(url) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    ahead = round(float(row[0]) - time.time()) if row else 0
    if abs(ahead) > MOST_APART:
        raise StartRefused(
            f"The clock of the database server is {abs(ahead):,} seconds {'ahead of' if ahead > 0 else 'behind'} this"
            " machine's; let both follow a time server."
        )


def libpq(url: URL | str) -> str:
    """The address as PostgreSQL's own programs take it, without its password."""
    target = make_url(url)
    named = {**target.query, **target.translate_connect_args(username="user", database="dbname")}
    named.pop("password", None)
    return make_conninfo(**named)


def address_of(given: SecretStr, setting: str) -> URL:
    """The address that a setting gives; raises StartRefused for what is none."""
    try:
        url = make_url(given.get_secret_value())
    except (sa.exc.ArgumentError, ValueError) as error:
        raise StartRefused(
            f"{setting} is not an address like postgresql://user:password@host/name."
        ) from error
    if not url.drivername.startswith(("postgresql", "postgres")) or not url.database:
        raise StartRefused(
            f"{setting} must name a PostgreSQL database, like postgresql://user:password@host/name."
        )
    try:
        libpq(url)
    except psycopg.ProgrammingError as error:
        raise StartRefused(
            f"{setting} has an option that PostgreSQL does not know: {str(error).strip()}."
        ) from error
    return url.set(drivername="postgresql+psycopg")


def text_of(url: URL) -> str:
    """The address with its password."""
    return url.render_as_string(hide_password=False)
