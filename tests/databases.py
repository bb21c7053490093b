"""Databases for tests: a worker migrates one, and what it then needs are copies of that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from hms_app.config import Settings
from hms_app.runtime.connection import address_of, text_of
from hms_app.runtime.database import Database, application_role, connect, migrate, open_migrated
from hms_app.runtime.embedded_postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Databases:
    """What one worker may make: on a server of its own, or under names of its own on the one that is given."""

    settings: Settings
    server: URL
    """Where databases are made, as who owns them."""
    prefix: str

    def empty(self, name: str) -> URL:
        """A database with nothing in it."""
        return self._make(name, "template1")

    def migrated(self, name: str) -> URL:
        """A copy of the migrated database, on which nobody has worked."""
        return self._make(name, self._full("template"))

    @contextmanager
    def opened(self, name: str) -> Iterator[Database]:
        """Such a copy with both roads to it, dropped afterwards."""
        url = self.migrated(name)
        own = {"database_url": SecretStr(text_of(url)), "app_database_url": None}
        with open_migrated(self.settings.model_copy(update=own)) as database:
            yield database
        self.drop(name)

    def drop(self, name: str) -> None:
        """Take away the database, whoever still uses it, and the role that the application had in it."""
        database = self._full(name)
        role = sql.Identifier(application_role(database))
        with connect(self.server) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))

    def make_template(self) -> None:
        """Run the migrations, once; every other database is copied from this one.

        Tests set the application's clock, and the database's stays right: entries may be dated by either.
        """
        url = self._make("template", "template1")
        migrate(text_of(url))
        with connect(url) as connection:
            connection.execute("UPDATE audit_chain_head SET tolerance = '100 years'")

    def _make(self, name: str, template: str) -> URL:
        self.drop(name)
        database = self._full(name)
        with connect(self.server) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )
        return self.server.set(database=database)

    def _full(self, name: str) -> str:
        return f"{self.prefix}_{name}"


def _leave_to_the_system(server: URL) -> None:
    """Let the server not wait for the disk: nobody needs its data once the machine has failed."""
    with connect(server) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def open_databases(settings: Settings, worker: str) -> Iterator[Databases]:
    """The databases of one worker, on the server that HMS_DATABASE_URL names or else on an embedded one."""
    prefix = f"hms_{worker}"
    if settings.database_url is not None:
        databases = Databases(settings, address_of(settings.database_url, "HMS_DATABASE_URL"), prefix)
        databases.make_template()
        yield databases
        databases.drop("template")
        return
    with EmbeddedPostgres(settings.data_dir).running() as server:
        databases = Databases(settings, make_url(server.url("postgres")), prefix)
        _leave_to_the_system(databases.server)
        databases.make_template()
        yield databases
