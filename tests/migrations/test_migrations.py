"""The migrations make the schema the tables describe, and can be walked back and forth."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import hms_app.hms_app  # noqa: F401  (registers every table)
from alembic import command
from hms_app.runtime import database as runtime


def test_there_is_a_single_head() -> None:
    assert len(ScriptDirectory.from_config(runtime.alembic_config("postgresql://unused")).get_heads()) == 1


def test_the_migrated_schema_is_what_the_tables_say(owner_engine) -> None:  # type: ignore[no-untyped-def]
    with owner_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)
    assert differences == []


def test_migrations_go_up_down_and_up_again(fresh_database_url: str) -> None:
    config = runtime.alembic_config(fresh_database_url)
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    command.upgrade(config, "head")
