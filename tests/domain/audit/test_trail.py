"""The audit trail: written with the change, chained, never altered unnoticed."""

import csv
import io
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import queries, rules
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import SALT, AuditAction, ChainHead, EntryFilters

READER = Actor(
    1, "Reader", frozenset({Permission.AUDIT_ENTRY_READ, Permission.AUDIT_ENTRY_EXPORT}), session_id=1
)


def everybody(named: Collection[int | str]) -> Collection[int | str]:
    """The reader may know of everybody."""
    return named


def write(count: int, **fields: Any) -> None:
    for number in range(count):
        with db.transaction() as session:
            values = {"subject_id": number, "patient_id": None, "after": {"number": number}} | fields
            audit.record(session, READER, AuditAction.TRAIL_EXPORTED, "thing", **values)


def tamper(connection: sa.Connection, *statements: str) -> None:
    connection.execute(sa.text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
    for statement in statements:
        connection.execute(sa.text(statement))
    connection.execute(sa.text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


def problems(connection: sa.Connection, kept: ChainHead | None = None) -> list[str]:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return queries.verify_chain(session, kept_head=kept).problems


def last_id(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one())


def test_entries_are_numbered_without_gap_and_chained(connection: sa.Connection) -> None:
    before = last_id(connection)
    write(5)
    rows = connection.execute(
        sa.text("SELECT id, hash, previous_hash FROM audit_entry WHERE id > :b ORDER BY id"), {"b": before}
    ).all()
    assert [row.id for row in rows] == list(range(before + 1, before + 6))
    assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(rows))
    assert problems(connection) == []


def test_a_rolled_back_change_leaves_neither_entry_nor_gap(connection: sa.Connection) -> None:
    write(1)
    before = last_id(connection)
    with pytest.raises(DomainError), db.transaction() as session:
        audit.record(session, READER, AuditAction.TRAIL_EXPORTED, "thing")
        raise DomainError("No.")
    write(1)
    assert last_id(connection) == before + 1
    assert problems(connection) == []


def test_an_entry_says_who_what_where_and_leaves_secrets_out(connection: sa.Connection) -> None:
    with db.transaction() as session:
        audit.record(
            session,
            Actor(7, "Ada Okafor", frozenset(), session_id=9, ip_address="192.0.2.1"),
            AuditAction.TRAIL_EXPORTED,
            "thing",
            subject_id=3,
            patient_id=4,
            before={"name": "old", "password_hash": "v1$secret"},
            after={"name": "new\x00", "token": "secret", "nested": {"recovery_code": "secret"}},
            reason="because",
        )
    row = connection.execute(sa.text("SELECT * FROM audit_entry ORDER BY id DESC LIMIT 1")).mappings().one()
    assert (row["actor_user_id"], row["actor_name"], row["session_id"]) == (7, "Ada Okafor", 9)
    assert (row["ip_address"], row["subject_id"], row["patient_id"]) == ("192.0.2.1", 3, 4)
    assert row["before"] == {"name": "old"}
    assert {name: value for name, value in row["after"].items() if name != SALT} == {
        "name": "new",
        "nested": {},
    }
    assert row["reason"] == "because"


def test_reading_the_same_part_twice_in_a_transaction_is_one_entry(session: Session) -> None:
    for what in ("overview", "overview", "timeline"):
        audit.record_access(session, READER, patient_id=5, what=what)
    assert audit.noted(session) == ["patients.record.accessed"] * 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_name = 'somebody else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_chain_head SET last_id = 0",
        "DELETE FROM audit_chain_head",
        "INSERT INTO audit_chain_head (id, last_id, last_hash) VALUES (1, 0, 'x')",
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_chain",
    ],
)
def test_the_application_can_neither_change_nor_remove_what_is_written(
    connection: sa.Connection, statement: str
) -> None:
    write(1)
    with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
        connection.execute(sa.text(statement))
    assert problems(connection) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_even_the_owner_is_refused_while_the_guard_stands(
    owner_connection: sa.Connection, statement: str
) -> None:
    write(1)
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), owner_connection.begin_nested():
        owner_connection.execute(sa.text(statement))


def test_the_application_cannot_choose_an_entrys_number_or_hash(connection: sa.Connection) -> None:
    before = last_id(connection)
    connection.execute(
        sa.text(
            "INSERT INTO audit_entry (id, occurred_at, actor_name, ip_address, action, subject_type,"
            " previous_hash, hash) VALUES (99999999, now(), 'x', '', 'x', 'x', 'x', 'x')"
        )
    )
    assert last_id(connection) == before + 1
    assert problems(connection) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_name", "'somebody else'"),
        ("occurred_at", "occurred_at - interval '1 day'"),
        ("after", """'{"number": 7}'"""),
        ("reason", "'a better one'"),
        ("patient_id", "77"),
        ("ip_address", "'203.0.113.1'"),
        ("written_at", "written_at - interval '1 second'"),
    ],
)
def test_an_altered_row_is_found_and_named(owner_connection: sa.Connection, column: str, value: str) -> None:
    write(5)
    victim = last_id(owner_connection) - 2
    tamper(owner_connection, f"UPDATE audit_entry SET {column} = {value} WHERE id = {victim}")
    assert problems(owner_connection) == [
        f"Audit entry {victim} was altered: its contents do not match its hash."
    ]


def test_an_altered_row_with_a_fresh_hash_breaks_the_next_one(owner_connection: sa.Connection) -> None:
    write(5)
    victim = last_id(owner_connection) - 2
    tamper(
        owner_connection,
        f"UPDATE audit_entry SET hash = encode(sha256('forged'), 'hex') WHERE id = {victim}",
    )
    found = " ".join(problems(owner_connection))
    assert f"entry {victim} was altered" in found
    assert f"entry {victim + 1} does not follow" in found


def test_a_removed_row_is_found_and_named(owner_connection: sa.Connection) -> None:
    write(5)
    victim = last_id(owner_connection) - 2
    tamper(owner_connection, f"DELETE FROM audit_entry WHERE id = {victim}")
    assert f"Audit entry {victim} was removed." in problems(owner_connection)


def test_rows_cut_from_the_end_are_found(owner_connection: sa.Connection) -> None:
    write(5)
    last = last_id(owner_connection)
    tamper(owner_connection, f"DELETE FROM audit_entry WHERE id > {last - 2}")
    assert problems(owner_connection) == [f"Audit entry {last - 1} to {last} was removed from the end."]


def test_rows_that_changed_places_are_found(owner_connection: sa.Connection) -> None:
    write(5)
    last = last_id(owner_connection)
    tamper(
        owner_connection,
        f"UPDATE audit_entry SET id = -1 WHERE id = {last - 2}",
        f"UPDATE audit_entry SET id = {last - 2} WHERE id = {last - 1}",
        f"UPDATE audit_entry SET id = {last - 1} WHERE id = -1",
    )
    found = " ".join(problems(owner_connection))
    assert f"entry {last - 2}" in found
    assert f"entry {last - 1}" in found


def test_a_rewritten_end_with_its_head_is_found_by_a_head_kept_elsewhere(
    owner_connection: sa.Connection,
) -> None:
    write(5)
    with Session(owner_connection, join_transaction_mode="create_savepoint") as session:
        kept = queries.chain_head(session)
    before = owner_connection.execute(
        sa.text("SELECT id, hash FROM audit_entry WHERE id = :id"), {"id": kept.last_id - 1}
    ).one()
    tamper(
        owner_connection,
        f"DELETE FROM audit_entry WHERE id = {kept.last_id}",
        f"UPDATE audit_chain_head SET last_id = {before.id}, last_hash = '{before.hash}'",
    )
    write(1, reason="rewritten")
    assert problems(owner_connection) == []
    assert problems(owner_connection, kept) == [
        f"Audit entry {kept.last_id} or one before it differs from the kept head."
    ]


def test_pages_neither_skip_nor_repeat_and_walk_back(connection: sa.Connection) -> None:
    write(120, patient_id=424242)
    filters = EntryFilters(patient_id=424242)
    seen: list[int] = []
    bookmark = None
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        pages = []
        while True:
            page = queries.list_entries(session, READER, filters=filters, at=bookmark, known=everybody)
            pages.append(page)
            seen += [row.id for row in page.rows]
            bookmark = page.next_bookmark
            if bookmark is None:
                break
        back = queries.list_entries(
            session, READER, filters=filters, at=pages[-1].previous_bookmark, known=everybody
        )
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    assert [row.id for row in back.rows] == [row.id for row in pages[-2].rows]
    assert pages[0].previous_bookmark is None


@pytest.mark.parametrize(
    "filters",
    [
        EntryFilters(actor_user_id=31337),
        EntryFilters(action="patients.record."),
        EntryFilters(patient_id=31337),
    ],
)
def test_each_filter_finds_just_its_entries(connection: sa.Connection, filters: EntryFilters) -> None:
    write(3)
    with db.transaction() as session:
        audit.record_access(session, Actor(31337, "Other", frozenset()), patient_id=31337, what="overview")
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        rows = queries.list_entries(session, READER, filters=filters, known=everybody).rows
    assert rows[0].actor_name == "Other"
    assert {row.action for row in rows} == {"patients.record.accessed"}


def test_a_filter_is_data_and_never_sql(session: Session) -> None:
    hostile = EntryFilters(action="%' OR 1=1 --'; DROP TABLE audit_entry; --")
    assert queries.list_entries(session, READER, filters=hostile).rows == []


def test_a_forged_bookmark_is_refused_with_a_sentence(session: Session) -> None:
    with pytest.raises(DomainError, match="damaged"):
        queries.list_entries(session, READER, filters=EntryFilters(), at="forged")


def test_reading_and_exporting_want_their_permissions(session: Session, actor_with: object) -> None:
    nobody = Actor(1, "x", frozenset(), session_id=1)
    for call in (queries.list_entries, audit.export_page, audit.record_export):
        with pytest.raises(NotPermitted):
            call(session, nobody, filters=EntryFilters())


def test_formulas_in_the_export_are_defused(connection: sa.Connection) -> None:
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
    for text in hostile:
        with db.transaction() as session:
            audit.record(
                session, replace(READER, user_id=515151, name=text), AuditAction.TRAIL_EXPORTED, "thing"
            )
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        page = audit.export_page(session, READER, filters=EntryFilters(actor_user_id=515151))
    text = "".join([audit.export_head(), *page.lines])
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["actor_name"] for row in reversed(rows)] == [f"'{cell}" for cell in hostile]


def test_changes_show_only_what_differs() -> None:
    assert rules.changes({"a": 1, "b": 2, "token_hash": 1}, {"a": 1, "b": 3, "token_hash": 2}) == (
        {"b": 2},
        {"b": 3},
    )
