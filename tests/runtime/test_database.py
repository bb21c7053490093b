"""One road to a database, whichever server; and what the application's role may not do there."""

import datetime as dt
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import time_machine
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from hms_app.config import Settings
from hms_app.core import clock
from hms_app.runtime import database as runtime
from hms_app.runtime.connection import ensure_same_clock
from hms_app.runtime.database import (
    Database,
    connect,
    current_version,
    grant_application_role,
    migrate,
    newest_version,
    open_migrated,
)
from hms_app.runtime.errors import StartRefused


@pytest.fixture
def app_role(database: Database) -> str:
    """The role that the application works as."""
    return str(make_url(database.app_url).username)


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
    with open_migrated(external(outside, tmp_path)) as before:
        pass
    changed = external(outside, tmp_path).model_copy(update={"secret_key": SecretStr("z" * 40)})
    with open_migrated(changed) as after, connect(after.app_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (make_url(before.app_url).username,)
        with pytest.raises(StartRefused, match="password authentication failed"):
            connect(before.app_url)


def test_an_owner_that_may_not_make_roles_is_told_so(outside: str, tmp_path: Path) -> None:
    weak = make_url(outside).set(username="weak", database="feeble").render_as_string(hide_password=False)
    with pytest.raises(StartRefused, match="CREATEROLE"), open_migrated(external(weak, tmp_path)):
        pass


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "wrong"}, 'cannot be reached: password authentication failed for user "owner"'),
        ({"database": "nowhere"}, 'cannot be reached: database "nowhere" does not exist'),
        ({"database": "latin"}, "is encoded as LATIN1; make it anew with ENCODING 'UTF8'"),
        ({"username": "stranger", "database": "second"}, "ALTER DATABASE second OWNER TO stranger"),
    ],
)
def test_what_is_wrong_with_a_server_is_said(
    outside: str, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    url = make_url(outside).set(**changes).render_as_string(hide_password=False)
    with pytest.raises(StartRefused, match=sentence), open_migrated(external(url, tmp_path)):
        pass


def test_a_server_that_is_too_old_is_refused(
    outside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "OLDEST_SERVER", 99)
    with pytest.raises(StartRefused, match="needs PostgreSQL 99"), open_migrated(external(outside, tmp_path)):
        pass


@pytest.mark.parametrize("role", ["owner", "member", "hms_owner"])
def test_the_application_never_works_as_a_role_that_owns_the_tables(
    outside: str, superuser: str, tmp_path: Path, role: str
) -> None:
    of_application = superuser if role == "hms_owner" else make_url(outside).set(username=role)
    given = external(outside, tmp_path).model_copy(
        update={"app_database_url": SecretStr(make_url(of_application).render_as_string(hide_password=False))}
    )
    with pytest.raises(StartRefused, match=f"may not work as the role {role}"), open_migrated(given):
        pass


def test_the_application_works_as_a_role_made_by_hand(outside: str, tmp_path: Path) -> None:
    by_hand = make_url(outside).set(username="by_hand").render_as_string(hide_password=False)
    given = external(outside, tmp_path).model_copy(update={"app_database_url": SecretStr(by_hand)})
    with open_migrated(given) as database, connect(database.app_url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("by_hand",)
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://a:b@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://a:b@127.0.0.1:1/x?colour=red", "has an option that PostgreSQL does not know"),
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


def test_the_application_can_add_to_append_only_tables_and_nothing_more(
    owner_engine: sa.Engine, app_role: str
) -> None:
    append_only = [name for name, table in SQLModel.metadata.tables.items() if table.info.get("append_only")]
    assert append_only
    with owner_engine.connect() as connection:
        for table in append_only:
            rights = {
                right: connection.execute(
                    sa.text("SELECT has_table_privilege(:role, :name, :right)"),
                    {"role": app_role, "name": table, "right": right},
                ).scalar_one()
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
            }
            assert {right for right, has in rights.items() if has} == {"SELECT", "INSERT"}, table


def test_rights_given_by_hand_are_taken_back(owner_engine: sa.Engine, app_role: str) -> None:
    with owner_engine.connect() as connection:
        connection.execute(sa.text(f"GRANT ALL ON alembic_version TO {app_role}"))
        grant_application_role(connection, app_role)
        kept = connection.execute(
            sa.text("SELECT has_table_privilege(:role, 'alembic_version', 'UPDATE')"), {"role": app_role}
        ).scalar_one()
        assert kept is False
        connection.rollback()


@pytest.mark.parametrize(("minutes", "words"), [(-10, "ahead of"), (10, "behind")])
def test_a_server_whose_clock_is_elsewhere_is_refused_in_a_sentence(
    database: Database, minutes: int, words: str
) -> None:
    ensure_same_clock(database.app_url)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=minutes), tick=True):
        with pytest.raises(StartRefused, match=f"seconds {words} this machine's"):
            ensure_same_clock(database.app_url)
