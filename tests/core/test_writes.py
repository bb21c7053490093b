"""What a statement writes, and that no road to the database passes the audit guard unheard."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlmodel import Session

from hms_app.core import db, writes
from hms_app.domain.security.tables import Role
from tests.factories.organization import make_payer


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO role (code) VALUES ('x')", {"role"}),
        ("insert\n into\tROLE (code) VALUES ('x')", {"role"}),
        ('UPDATE ONLY public."role" SET name = :name', {"role"}),
        ("-- a note\n/* and\nanother */ DELETE FROM role", {"role"}),
        (
            "WITH gone AS (DELETE FROM role RETURNING id) INSERT INTO payer SELECT 1 FROM gone",
            {"role", "payer"},
        ),
        ("WITH some AS MATERIALIZED (SELECT 1) UPDATE role r SET name = ''", {"role"}),
        ("SELECT 1; TRUNCATE TABLE role", {"role"}),
        ("MERGE INTO role USING payer ON true WHEN MATCHED THEN UPDATE SET name = ''", {"role"}),
        ("COPY role (code, name) FROM STDIN", {"role"}),
        ("PREPARE p AS UPDATE role SET name = $1", {"role"}),
        ("DO $$ BEGIN DELETE FROM role; END $$", {writes.SOMETHING}),
        ("CALL forget_roles()", {writes.SOMETHING}),
        ("INSERT INTO role (code) VALUES ('x') ON CONFLICT (code) DO UPDATE SET name = ''", {"role"}),
        ("SELECT * FROM role WHERE name = 'x; UPDATE role' FOR UPDATE", set()),
        ("SELECT updated FROM (SELECT 1 AS updated) t FOR NO KEY UPDATE OF t", set()),
        ("COPY role (code) TO STDOUT", set()),
        ("COPY (SELECT code FROM role) TO STDOUT", set()),
        ("", set()),
    ],
)
def test_the_tables_that_a_statement_writes_are_found(statement: str, tables: set[str]) -> None:
    assert writes.tables_written(statement) == tables
    assert writes.tables_written(statement + " " * 20_000) == tables


def test_only_our_tables_want_an_entry_unless_they_say_why_not() -> None:
    assert writes.wants_audit("role")
    assert writes.wants_audit(writes.SOMETHING)
    assert not writes.wants_audit("patient_search_key")
    assert not writes.wants_audit("import_stage")


CHANGE = "UPDATE payer SET city = 'Ulm'"


def _driver(session: Session) -> Any:
    return session.connection().connection.driver_connection


def _copied(session: Session) -> None:
    columns = "code, name, description, is_builtin, version"
    with _driver(session).cursor() as cursor, cursor.copy(f"COPY role ({columns}) FROM STDIN") as copy:
        copy.write_row(("x", "X", "", False, 1))


ROADS: dict[str, Callable[[Session], object]] = {
    "the session": lambda session: session.execute(sa.text(CHANGE)),
    "in small letters": lambda session: session.execute(
        sa.text(f"/* why */ {CHANGE.replace('UPDATE', 'update')}")
    ),
    "in capitals": lambda session: session.execute(sa.text(CHANGE.replace("payer", "PAYER"))),
    "a statement of ours": lambda session: session.execute(sa.update(Role).values(name="X")),
    "the connection": lambda session: session.connection().execute(sa.text(CHANGE)),
    "inside another statement": lambda session: session.connection().execute(
        sa.text(f"WITH changed AS ({CHANGE} RETURNING id) SELECT count(*) FROM changed")
    ),
    "driver's text": lambda session: session.connection().exec_driver_sql(CHANGE),
    "a driver's cursor": lambda session: _driver(session).cursor().execute(CHANGE),
    "a raw cursor": lambda session: session.connection().connection.cursor().execute(CHANGE),
    "the driver itself": lambda session: _driver(session).execute(CHANGE.encode()),
    "put together": lambda session: _driver(session).execute(
        sql.SQL("UPDATE {} SET city = 'Ulm'").format(sql.Identifier("payer"))
    ),
    "many at once": lambda session: (
        _driver(session).cursor().executemany(f"{CHANGE} WHERE id = %s", [(1,), (2,)])
    ),
    "row by row": lambda session: list(_driver(session).cursor().stream(f"{CHANGE} RETURNING id")),
    "a copy": _copied,
    "a block": lambda session: session.connection().execute(sa.text(f"DO $$ BEGIN {CHANGE}; END $$")),
    "in a savepoint": lambda session: _in_savepoint(session),
}


@pytest.mark.usefixtures("committing")
def test_a_statement_that_changes_no_row_needs_no_entry() -> None:
    with db.transaction() as session:
        assert session.connection().execute(sa.text(CHANGE)).rowcount == 0
        assert _driver(session).execute("DELETE FROM payer").rowcount == 0


def _in_savepoint(session: Session) -> None:
    with session.begin_nested():
        session.connection().execute(sa.text(CHANGE))


@pytest.mark.usefixtures("committing")
@pytest.mark.parametrize("road", ROADS)
def test_no_write_is_committed_without_an_entry_by_whichever_road_it_went(road: str) -> None:
    with db.transaction() as session:
        make_payer(session, city="Bonn")
    with pytest.raises(db.UnauditedWrite), db.transaction() as session:
        ROADS[road](session)
    with db.transaction() as session:
        assert session.scalar(sa.text("SELECT DISTINCT city FROM payer")) == "Bonn"


@pytest.mark.usefixtures("committing")
def test_what_one_session_wrote_is_not_held_against_another_on_the_same_connection() -> None:
    with db.rehearsal() as connection:
        with db.transaction() as session:
            make_payer(session, city="Bonn")
        with Session(connection, join_transaction_mode="create_savepoint") as outer:
            outer.execute(sa.text("SELECT 1"))
            with Session(connection, join_transaction_mode="create_savepoint") as inner:
                inner.execute(sa.text(CHANGE))
                assert inner.info.get("wrote")
            assert not outer.info.get("wrote")
            outer.connection().execute(sa.text(CHANGE))
            assert outer.info.get("wrote")
