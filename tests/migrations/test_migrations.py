"""The migrations make the schema the tables describe, and can be walked back and forth."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, SQLModel

import hms_app.hms_app  # noqa: F401  (registers every table)
from hms_app.domain.audit.queries import verify_chain
from hms_app.runtime import database as runtime
from hms_app.runtime.errors import StartRefused


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


def _entry(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO audit_entry (occurred_at, actor_name, ip_address, action, subject_type, previous_hash,"
            " hash) VALUES (now(), 'x', '', 'x', 'x', '', '')"
        )
    )


def test_entries_from_before_there_was_a_time_of_writing_still_verify(fresh_database_url: str) -> None:
    config = runtime.alembic_config()
    engine = sa.create_engine(fresh_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "1060")
        for _ in range(3):
            _entry(connection)
        command.upgrade(config, "head")
        for _ in range(3):
            _entry(connection)
        with Session(connection) as session:
            assert verify_chain(session).problems == []
        connection.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(sa.text("UPDATE audit_entry SET written_at = now() WHERE id = 2"))
        with Session(connection) as session:
            assert "Audit entry 2 was altered" in verify_chain(session).problems[0]


def test_people_are_found_by_one_form_of_the_address_they_had(fresh_database_url: str) -> None:
    config = runtime.alembic_config()
    engine = sa.create_engine(fresh_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0031")
        for email in ("\u0130rini@Example.org", "Stra\u00dfe@example.org"):
            _user(connection, email)
        command.upgrade(config, "1060")
        found = connection.execute(sa.text("SELECT email_key FROM app_user ORDER BY id")).scalars().all()
    assert found == ["irini@example.org", "strasse@example.org"]


def test_two_people_of_one_address_are_named_before_anything_is_changed(fresh_database_url: str) -> None:
    config = runtime.alembic_config()
    engine = sa.create_engine(fresh_database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0031")
        for email in ("stra\u00dfe@example.org", "strasse@example.org"):
            _user(connection, email)
        connection.commit()
        with pytest.raises(StartRefused, match="Users 1 and 2 have the same e-mail address"):
            command.upgrade(config, "1060")
        connection.rollback()
        assert runtime.current_version(connection) == "0031"


def _user(connection: sa.Connection, email: str) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO app_user (email, name, search_name, status, created_at)"
            " VALUES (:email, 'x', 'x', 'invited', now())"
        ),
        {"email": email},
    )
