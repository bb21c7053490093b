"""The migrations make the schema the tables describe, and can be walked back and forth."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import Session, SQLModel

import hms_app.domain.scheduling.tables
import hms_app.hms_app  # noqa: F401  (registers every table)
from hms_app.cli.benches.sample import SAMPLE
from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.domain.audit.queries import verify_chain
from hms_app.domain.interop.service import import_synthea
from hms_app.domain.security.queries import CHECKS
from hms_app.domain.security.queries.checks import check_codes_of_roles
from hms_app.domain.workflows.link_sign_ins import check_linked_sign_ins
from hms_app.runtime import database as runtime
from hms_app.runtime.errors import StartRefused
from tests.databases import Databases
from tests.migrations import schema
from tests.migrations.rows import fill_empty_tables
from tests.security.house import furnish


def test_there_is_a_single_head() -> None:
    assert len(ScriptDirectory.from_config(runtime.alembic_config()).get_heads()) == 1


OURS: Final = sorted(SQLModel.metadata.tables)
TRIGGERS: Final = Path(__file__).with_name("triggers.txt")
"""Every trigger of the house. They stand in migrations only, where nobody would miss one that is gone."""

FORGOTTEN: Final = {"1060": ["sign_in_throttle"]}
"""Migrations that take rows away, and which: guesses that were counted under another form of the address."""


@pytest.fixture(scope="module")
def told_engine(databases: Databases, owner_engine: sa.Engine) -> Iterator[sa.Engine]:
    """A database made of what the tables say, beside the one that the migrations made."""
    with owner_engine.connect() as migrated:
        functions = list(migrated.execute(sa.text(schema.FUNCTIONS)).scalars())
    engine = sa.create_engine(databases.empty("told"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("SET check_function_bodies = off"))
        for function in functions:
            connection.execute(sa.text(function.replace(":", r"\:")))
        SQLModel.metadata.create_all(connection)
    yield engine
    databases.drop("told")


@pytest.fixture
def told(told_engine: sa.Engine) -> Iterator[sa.Connection]:
    """The owner's connection to it; what is done over it is undone."""
    with told_engine.connect() as connection:
        yield connection
        connection.rollback()


def test_the_migrated_schema_is_what_the_tables_say(owner_engine: sa.Engine, told: sa.Connection) -> None:
    with owner_engine.connect() as migrated:
        made = schema.lines_of(migrated, OURS)
    assert len(made) > 5 * len(OURS)
    assert schema.difference(made, schema.lines_of(told, OURS)) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE coverage DROP CONSTRAINT ex_coverage_one_primary",
        "ALTER TABLE hospital DROP CONSTRAINT ck_hospital_only_one",
        "ALTER TABLE hospital ADD CONSTRAINT ck_hospital_more CHECK (id > 0)",
        "ALTER TABLE payer ALTER COLUMN city DROP DEFAULT",
        "ALTER TABLE payer ALTER COLUMN city DROP NOT NULL",
        "ALTER TABLE payer ALTER COLUMN id TYPE integer",
        "ALTER TABLE user_session ALTER CONSTRAINT fk_user_session_user_id DEFERRABLE",
        "DROP INDEX uq_payer_name; CREATE UNIQUE INDEX uq_payer_name ON payer (name_key)",
        "CREATE INDEX ix_payer_city ON payer (city)",
        'ALTER TABLE name_word ALTER COLUMN word TYPE text COLLATE "default"',
    ],
)
def test_a_difference_of_any_kind_is_seen(told: sa.Connection, change: str) -> None:
    before = schema.lines_of(told, OURS)
    told.execute(sa.text(change))
    assert schema.difference(before, schema.lines_of(told, OURS)) != []


def test_the_triggers_are_those_that_are_written_down(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        found = schema.lines_of(connection, OURS, schema.TRIGGERS)
    assert schema.difference(TRIGGERS.read_text(encoding="utf-8").splitlines(), found) == []


def test_no_trigger_of_ours_finds_a_temporary_table_first(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        deceived = connection.execute(
            sa.text(
                "SELECT p.oid::regprocedure::text FROM pg_proc p"
                " WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype"
                " AND p.proname NOT LIKE 'procrastinate%' AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS setting"
                " WHERE setting LIKE 'search\\_path=%pg\\_temp') ORDER BY 1"
            )
        ).scalars()
        assert list(deceived) == []


def test_the_application_has_just_the_rights_that_its_tables_give(
    owner_engine: sa.Engine, database: runtime.Database
) -> None:
    role = sa.engine.make_url(database.app_url).username
    with owner_engine.connect() as connection:
        found = {
            name: set(rights) for name, rights in connection.execute(sa.text(schema.RIGHTS), {"role": role})
        }
        beyond = connection.execute(
            sa.text(
                "SELECT has_schema_privilege(:role, 'public', 'CREATE'), EXISTS ("
                " SELECT FROM pg_sequence WHERE has_sequence_privilege(:role, seqrelid, 'UPDATE'))"
            ),
            {"role": role},
        ).one()
    assert {name: rights for name, rights in found.items() if rights != _rights(name)} == {}
    assert set(OURS) <= set(found)
    assert tuple(beyond) == (False, False)


def _rights(table: str) -> set[str]:
    """What the application may do with a table's rows."""
    known = SQLModel.metadata.tables.get(table)
    marks = known.info if known is not None else {"read_only": table == "alembic_version"}
    if marks.get("owner_only"):
        return set()
    if marks.get("read_only"):
        return {"SELECT"}
    return {"SELECT", "INSERT"} if marks.get("append_only") else {"SELECT", "INSERT", "UPDATE", "DELETE"}


@pytest.fixture
def filled(databases: Databases) -> Iterator[sa.Connection]:
    """The owner's connection to a database with a furnished hospital and an import in it."""
    with databases.opened("filled") as opened:
        engine = db.make_engine(opened.app_url)
        db.bind(engine)
        fill()
        db.bind(None)
        engine.dispose()
        owner = sa.create_engine(opened.owner_url, poolclass=sa.pool.NullPool)
        with owner.connect() as connection:
            yield connection


def fill() -> None:
    """A furnished hospital with an import beside it."""
    import_synthea(SAMPLE, Actor.system("import"))
    with Session(db.bound(), expire_on_commit=False) as session:
        furnish(session)


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has."""
    inspected = sa.inspect(connection)
    return {
        table: connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one()
        for table in inspected.get_table_names()
        if table != "alembic_version" and not table.startswith("procrastinate_")
    }


def test_each_migration_goes_down_and_up_again_with_rows_in_the_tables(filled: sa.Connection) -> None:
    config = runtime.alembic_config()
    config.attributes["connection"] = filled
    whole = schema.lines_of(filled, OURS), schema.lines_of(filled, OURS, schema.TRIGGERS)
    fill_empty_tables(filled)
    filled.commit()
    assert [table for table, rows in counts(filled).items() if not rows] == []
    lost: dict[str, list[str]] = {}
    for step in ScriptDirectory.from_config(config).walk_revisions():
        command.downgrade(config, str(step.down_revision or "base"))
        below = counts(filled)
        command.upgrade(config, step.revision)
        above = counts(filled)
        if gone := [table for table, rows in below.items() if above[table] < rows]:
            lost[step.revision] = gone
        command.downgrade(config, str(step.down_revision or "base"))
    assert lost == FORGOTTEN
    assert sa.inspect(filled).get_table_names() == ["alembic_version"]
    command.upgrade(config, "head")
    assert (schema.lines_of(filled, OURS), schema.lines_of(filled, OURS, schema.TRIGGERS)) == whole


@contextmanager
def migrated_to(revision: str, url: str) -> Iterator[tuple[sa.Connection, Config]]:
    """A connection to an empty database that was migrated so far, and what migrates it further."""
    config = runtime.alembic_config()
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        yield connection, config


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
    with migrated_to("0004", fresh_database_url) as (connection, config):
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
    with migrated_to("1060", fresh_database_url) as (connection, config):
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


RIGHTS: Final = (
    "INSERT INTO role (code, name, description, is_builtin, version) VALUES ('a', 'A', '', false, 1),"
    " ('b', 'B', '', false, 1)",
    "INSERT INTO role_permission (role_id, permission) VALUES (1, 'b:c'), (1, 'B:c'), (1, 'a:c')",
    "INSERT INTO app_user (email, email_key, name, search_name, status, created_at, version)"
    " VALUES ('a@example.org', 'a@example.org', 'x', 'x', 'invited', now(), 1)",
    "INSERT INTO user_role (user_id, role_id, starts_on, ends_on, ended_at) VALUES"
    " (1, 1, '2020-01-01', NULL, NULL), (1, 2, '2020-01-01', '2021-01-01', NULL),"
    " (1, 1, '2019-01-01', NULL, '2020-01-01 12:00:00.5+02'), (1, 2, '2022-01-01', NULL, now())",
)


def test_rights_from_before_each_had_an_entry_get_one(fresh_database_url: str) -> None:
    with migrated_to("1061", fresh_database_url) as (connection, config):
        _entry(connection)
        for statement in RIGHTS:
            connection.execute(sa.text(statement))
        connection.commit()
        command.upgrade(config, "1062")
        connection.commit()
        told = connection.execute(
            sa.text(
                "SELECT subject_type, subject_id, after - '_salt' FROM audit_entry"
                " WHERE action = 'security.role.carried_over' ORDER BY subject_type, subject_id"
            )
        ).all()
        command.upgrade(config, "head")
        with Session(connection) as session:
            assert [one for check in (verify_chain, *CHECKS) for one in check(session).problems] == [
                "No active administrator is left."
            ]
    assert [tuple(one[:2]) for one in told] == [
        *(("role", 1), ("role", 2)),
        *(("user_role", 1), ("user_role", 2), ("user_role", 3), ("user_role", 4)),
    ]
    assert told[0][2] == {"name": "A", "permissions": ["B:c", "a:c", "b:c"]}
    assert told[4][2]["ended_at"] == "2020-01-01T10:00:00.500000+00:00"


def test_people_are_found_by_one_form_of_the_address_they_had(fresh_database_url: str) -> None:
    with migrated_to("0031", fresh_database_url) as (connection, config):
        for email in ("\u0130rini@Example.org", "Stra\u00dfe@example.org"):
            _user(connection, email)
        command.upgrade(config, "1060")
        found = connection.execute(sa.text("SELECT email_key FROM app_user ORDER BY id")).scalars().all()
    assert found == ["irini@example.org", "strasse@example.org"]


def test_two_people_of_one_address_are_named_before_anything_is_changed(fresh_database_url: str) -> None:
    with migrated_to("0031", fresh_database_url) as (connection, config):
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


def test_patients_get_back_the_keys_of_their_forms_and_lists(fresh_database_url: str) -> None:
    with migrated_to("1063", fresh_database_url) as (connection, config):
        for mrn, source in (("10000018", None), ("10000026", "patient_list"), ("10000034", None)):
            connection.execute(
                sa.text(
                    "INSERT INTO patient (mrn, family_name, name_sort, registration_key, source_system, source_key)"
                    " VALUES (:mrn, 'x', 'x', 'f-' || :mrn, :source, CASE WHEN :source <> '' THEN 'f-' || :mrn END)"
                ),
                {"mrn": mrn, "source": source},
            )
        command.upgrade(config, "1080")
        connection.execute(
            sa.text(
                "INSERT INTO command (key, command, digest, result_id, at)"
                " SELECT 'sent', 'patients.register_patient', 'x', min(id), now() FROM patient"
            )
        )
        command.downgrade(config, "1063")
        keys = connection.execute(sa.text("SELECT registration_key FROM patient ORDER BY mrn")).scalars()
        assert list(keys) == ["sent", "f-10000026", None]


def test_codes_and_links_from_before_they_had_entries_get_one(fresh_database_url: str) -> None:
    with migrated_to("1080", fresh_database_url) as (connection, config):
        for statement in (
            "INSERT INTO role (code, name, description, is_builtin) VALUES ('a', 'A', '', true)",
            "INSERT INTO app_user (email, email_key, name, search_name, status, created_at, patient_id)"
            " VALUES ('a@example.org', 'a@example.org', 'x', 'x', 'invited', now(), 7),"
            " ('b@example.org', 'b@example.org', 'x', 'x', 'invited', now(), NULL)",
        ):
            connection.execute(sa.text(statement))
        command.upgrade(config, "head")
        with Session(connection) as session:
            assert check_codes_of_roles(session).problems == []
            assert check_linked_sign_ins(session).problems == []
            assert verify_chain(session).problems == []
