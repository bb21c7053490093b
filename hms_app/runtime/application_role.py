"""The role the application works as: it can sign in and owns nothing."""

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from hms_app.config import Settings
from hms_app.runtime.connection import address_of, connect
from hms_app.runtime.errors import StartRefused

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]


def application_role(database: str) -> str:
    """The name of the login role the application uses in this database."""
    return f"{database}_app"[-63:]


def application_url(settings: Settings, owner: URL) -> URL:
    """The application's own connection; its role is made or repaired when we are to derive it.

    Raises StartRefused when that cannot be done, and when the role could get around what the tables refuse.
    """
    with connect(owner) as connection:
        if settings.app_database_url is not None:
            url = address_of(settings.app_database_url, "HMS_APP_DATABASE_URL")
            connect(url).close()
        else:
            role = application_role(str(owner.database))
            password = settings.derived_key(f"database role {role}").hex()
            url = owner.set(username=role, password=password)
            _ensure_role(connection, role, password, url)
        _ensure_powerless(connection, str(url.username))
    return url


def _ensure_role(connection: "Connection", role: str, password: str, url: URL) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if exists and _can_connect(url):
        return
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if exists else "CREATE ROLE {} LOGIN PASSWORD {}")
    try:
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(str(url.database)), sql.Identifier(role)
            )
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise StartRefused(
            f"The user of HMS_DATABASE_URL may not make the role {role}; give it CREATEROLE, or make the role"
            " yourself and set HMS_APP_DATABASE_URL."
        ) from error


def _ensure_powerless(connection: "Connection", role: str) -> None:
    """A superuser, the owner, or a role that may become the owner could change the audit trail."""
    powerful = connection.execute(
        "SELECT pg_has_role(%(role)s, current_user, 'MEMBER') OR EXISTS ("
        " SELECT FROM pg_class WHERE pg_has_role(%(role)s, relowner, 'MEMBER')"
        " AND relnamespace = 'public'::regnamespace)",
        {"role": role},
    ).fetchone()
    if powerful and powerful[0]:
        raise StartRefused(
            f"The application may not work as the role {role}, which owns tables or may do anything; name a role"
            " that owns nothing in HMS_APP_DATABASE_URL, or leave that unset."
        )


def _can_connect(url: URL) -> bool:
    try:
        connect(url).close()
    except StartRefused:
        return False
    return True
