"""The migrations make the schema the tables describe, and can be walked back and forth."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every table)
from hms_app.runtime import database as runtime


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether something of the schema is described by our tables; the queue's own come from its library."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def test_there_is_a_single_head() -> None:
    assert len(ScriptDirectory.from_config(runtime.alembic_config()).get_heads()) == 1


def test_the_migrated_schema_is_what_the_tables_say(owner_engine) -> None:  # type: ignore[no-untyped-def]
    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_migrations_go_up_down_and_up_again(fresh_database_url: str) -> None:
    config = runtime.alembic_config()
    engine = sa.create_engine(fresh_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.downgrade(config, "base")
        left = sa.inspect(connection).get_table_names()
        command.upgrade(config, "head")
    assert left == ["alembic_version"]


@pytest.mark.parametrize(
    ("name", "zone", "code"),
    [
        ("Deutschland", "Europe/Berlin", "DE"),
        ("USA", "UTC", "US"),
        ("", "Asia/Tokyo", "JP"),
        ("Narnia", "UTC", ""),
    ],
)
def test_a_hospitals_country_becomes_a_code(fresh_database_url: str, name: str, zone: str, code: str) -> None:
    config = runtime.alembic_config()
    engine = sa.create_engine(fresh_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.execute(
            sa.text(
                "INSERT INTO hospital (id, name, country, currency, zone_name, language, founded_at)"
                " VALUES (1, 'Old', :name, 'EUR', :zone, 'de', now())"
            ),
            {"name": name, "zone": zone},
        )
        command.upgrade(config, "0005")
        assert connection.scalar(sa.text("SELECT country FROM hospital")) == code
