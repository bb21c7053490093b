"""One road to a database, whichever server; and what the application's role may not do there."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from hms_app.config import Settings
from hms_app.runtime.database import (
    connect,
    current_version,
    grant_application_role,
    migrate,
    newest_version,
    open_migrated,
)
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from hms_app.runtime.errors import StartRefused

DEBIAN = Path("/usr/lib/postgresql/15/bin")
SERVERS = [pytest.param((None, 18), id="wheel")] + (
    [pytest.param((DEBIAN, 15), id="debian")] if DEBIAN.exists() else []
)


@pytest.fixture(scope="module", params=SERVERS)
def outside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a plain owner, not a superuser, on a server that is not ours to supervise."""
    binaries, major = request.param
    server = EmbeddedPostgres(tmp_path_factory.mktemp("outside"), binaries, major)
    with server.running(), connect(server.url("postgres")) as connection:
        connection.execute("CREATE ROLE owner LOGIN CREATEROLE PASSWORD 'secret'")
        connection.execute("CREATE ROLE weak LOGIN PASSWORD 'secret'")
        connection.execute("CREATE DATABASE hospital OWNER owner")
        connection.execute("CREATE DATABASE feeble OWNER weak")
        yield (
            make_url(server.url("hospital"))
            .set(username="owner", password="secret")
            .render_as_string(hide_password=False)
        )


def external(url: str, directory: Path) -> Settings:
    return Settings(database_url=SecretStr(url), data_dir=directory, secret_key=SecretStr("k" * 40))


def test_an_external_server_is_migrated_and_used_by_a_role_that_owns_nothing(
    outside: str, tmp_path: Path
) -> None:
    for _ in range(2):
        with open_migrated(external(outside, tmp_path)) as database, connect(database.app_url) as connection:
            owned = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
            ).fetchone()
            assert owned == (0,)
            assert database.embedded is None


def test_a_changed_secret_key_gives_the_role_its_new_password(outside: str, tmp_path: Path) -> None:
    with open_migrated(external(outside, tmp_path)):
        pass
    changed = external(outside, tmp_path).model_copy(update={"secret_key": SecretStr("z" * 40)})
    with open_migrated(changed) as database:
        connect(database.app_url).close()


def test_an_owner_that_may_not_make_roles_is_told_so(outside: str, tmp_path: Path) -> None:
    weak = make_url(outside).set(username="weak", database="feeble").render_as_string(hide_password=False)
    with pytest.raises(StartRefused, match="CREATEROLE"), open_migrated(external(weak, tmp_path)):
        pass


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://a:b@127.0.0.1:1/x", "cannot be reached"),
        ("mysql://a:b@127.0.0.1/x", "must name a PostgreSQL database"),
        ("nonsense", "is not an address"),
    ],
)
def test_an_unusable_address_is_refused_in_a_sentence(url: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=sentence) as refused, open_migrated(external(url, tmp_path)):
        pass
    assert "b@" not in str(refused.value)


def test_the_database_is_at_the_newest_migration(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        assert current_version(connection) == newest_version()


def test_a_database_of_a_newer_version_is_refused(fresh_database_url: str) -> None:
    migrate(fresh_database_url)
    with connect(fresh_database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    with pytest.raises(StartRefused, match="newer version"):
        migrate(fresh_database_url)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE intruder (id int)",
        "ALTER TABLE alembic_version ADD COLUMN x int",
        "UPDATE alembic_version SET version_num = 'x'",
        "DROP TABLE alembic_version",
    ],
)
def test_the_application_cannot_change_the_schema(engine: sa.Engine, statement: str) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as refused:
        connection.execute(sa.text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


def test_the_application_can_add_to_append_only_tables_and_nothing_more(owner_engine: sa.Engine) -> None:
    append_only = [name for name, table in SQLModel.metadata.tables.items() if table.info.get("append_only")]
    assert append_only
    with owner_engine.connect() as connection:
        for table in append_only:
            rights = {
                right: connection.execute(
                    sa.text("SELECT has_table_privilege(:role, :name, :right)"),
                    {"role": "hms_app", "name": table, "right": right},
                ).scalar_one()
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
            }
            assert {right for right, has in rights.items() if has} == {"SELECT", "INSERT"}, table


def test_rights_given_by_hand_are_taken_back(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        connection.execute(sa.text("GRANT ALL ON alembic_version TO hms_app"))
        grant_application_role(connection, "hms_app")
        kept = connection.execute(
            sa.text("SELECT has_table_privilege('hms_app', 'alembic_version', 'UPDATE')")
        ).scalar_one()
        assert kept is False
        connection.rollback()
