"""Addresses of PostgreSQL databases, and plain connections to them."""

from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from hms_app.runtime.errors import StartRefused


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
