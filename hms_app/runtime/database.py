"""One way to a database, whichever server holds it: embedded, or named by `HMS_DATABASE_URL`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy.engine import URL, make_url
from sqlmodel import SQLModel

from hms_app.config import Settings
from hms_app.runtime.application_role import application_role, application_url
from hms_app.runtime.connection import address_of, connect, text_of
from hms_app.runtime.data_directory import ensure_writable
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.errors import StartRefused
from hms_app.runtime.paths import ROOT

__all__ = [
    "EMBEDDED_DATABASE",
    "OLDEST_SERVER",
    "Database",
    "alembic_config",
    "application_role",
    "connect",
    "current_version",
    "grant_application_role",
    "migrate",
    "newest_version",
    "open_database",
    "open_migrated",
]

EMBEDDED_DATABASE: Final = "hms"
OLDEST_SERVER: Final = 15
APPEND_ONLY: Final = "append_only"
READ_ONLY: Final = "read_only"
OWNER_ONLY: Final = "owner_only"

_MIGRATION_LOCK: Final = 0x686D735F6D6967
"""An advisory lock's number; any would do, as long as it never changes."""


@dataclass(frozen=True)
class Database:
    """Two roads to the same database, and the server when it is ours."""

    owner_url: str
    """For migrations, imports by COPY and backups."""
    app_url: str
    """For everything else: a role that owns nothing."""
    embedded: EmbeddedPostgres | None = None


@contextmanager
def open_database(settings: Settings, *, name: str = EMBEDDED_DATABASE) -> Iterator[Database]:
    """The database, its server started if it is ours; raises StartRefused with a sentence.

    `name` is the embedded server's database; it is made when missing. Call `migrate` before use.
    """
    ensure_writable(settings.data_dir)
    if settings.database_url is not None:
        owner = address_of(settings.database_url, "HMS_DATABASE_URL")
        _ensure_fit(owner)
        yield Database(text_of(owner), text_of(application_url(settings, owner)))
        return
    with EmbeddedPostgres(settings.data_dir, patience=settings.database_patience).running() as server:
        _ensure_database(make_url(server.url("postgres")), name)
        owner = make_url(server.url(name))
        yield Database(text_of(owner), text_of(application_url(settings, owner)), server)


@contextmanager
def open_migrated(settings: Settings, *, name: str = EMBEDDED_DATABASE) -> Iterator[Database]:
    """`open_database` with every migration applied: what a command needs."""
    with open_database(settings, name=name) as database:
        migrate(database.owner_url, role=make_url(database.app_url).username)
        yield database


def migrate(owner_url: str, *, role: str | None = None) -> None:
    """Bring the database to the newest version and give the application's role its rights.

    One process at a time; the others wait for it. Without `role` the usual one is meant; rights are given
    when it exists.
    """
    grantee = role or application_role(str(make_url(owner_url).database))
    engine = sa.create_engine(owner_url, poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
            config = alembic_config()
            config.attributes["connection"] = connection
            _ensure_known_version(connection)
            command.upgrade(config, "head")
            connection.commit()
            if connection.execute(_ROLE_EXISTS, {"role": grantee}).first():
                grant_application_role(connection, grantee)
            connection.commit()
    except sa.exc.OperationalError as error:
        raise StartRefused(
            f"The database could not be migrated: {str(error.orig).strip().splitlines()[0]}"
        ) from error
    except sa.exc.ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise
        url = make_url(owner_url)
        raise StartRefused(
            f"The user {url.username} may not make tables in the database {url.database}; make it the database's"
            f" owner: ALTER DATABASE {url.database} OWNER TO {url.username}."
        ) from error
    finally:
        engine.dispose()


def grant_application_role(connection: sa.Connection, role: str) -> None:
    """Let `role` work with the rows and with nothing else; what its tables allow is read from their metadata.

    A table whose `info` has `append_only` can be read and added to, one that has `read_only` only read;
    one that has `owner_only` is not even seen.
    """
    quote = connection.dialect.identifier_preparer.quote
    grantee = quote(role)
    database = quote(str(connection.execute(sa.text("SELECT current_database()")).scalar_one()))
    statements = [
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {grantee}",
        f"GRANT USAGE ON SCHEMA public TO {grantee}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {grantee}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {grantee}",
    ]
    for table in connection.execute(_TABLES).scalars():
        rights = _rights_on(table)
        if rights:
            statements.append(f"GRANT {rights} ON public.{quote(table)} TO {grantee}")
    for statement in statements:
        connection.execute(sa.text(statement))


def alembic_config() -> Config:
    """Alembic's settings; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option(
        "file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.set_main_option("timezone", "UTC")
    return config


def newest_version() -> str | None:
    """The migration the code wants; None while there is none."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def current_version(connection: sa.Connection) -> str | None:
    """The migration the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


_ROLE_EXISTS: Final = sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role")
_TABLES: Final = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")


def _rights_on(table: str) -> str:
    if table == "alembic_version":
        return "SELECT"
    known = SQLModel.metadata.tables.get(table)
    marks = known.info if known is not None else {}
    if marks.get(OWNER_ONLY):
        return ""
    if marks.get(READ_ONLY):
        return "SELECT"
    return "SELECT, INSERT" if marks.get(APPEND_ONLY) else "SELECT, INSERT, UPDATE, DELETE"


def _ensure_known_version(connection: sa.Connection) -> None:
    found = current_version(connection)
    connection.commit()
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if found is not None and found not in known:
        raise StartRefused(
            f"The database was used by a newer version of this application ({found}); install that version."
        )


def _ensure_fit(owner: URL) -> None:
    with connect(owner) as connection:
        major = connection.info.server_version // 10000
        encoding = connection.info.parameter_status("server_encoding")
    if major < OLDEST_SERVER:
        raise StartRefused(
            f"The database server is PostgreSQL {major}; this needs PostgreSQL {OLDEST_SERVER} or newer."
        )
    if encoding != "UTF8":
        raise StartRefused(
            f"The database {owner.database} is encoded as {encoding}; make it anew with ENCODING 'UTF8'."
        )


def _ensure_database(maintenance: URL, name: str) -> None:
    with connect(maintenance) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
