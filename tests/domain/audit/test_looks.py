"""Looks at lists and searches: one entry each, with whom it showed, under the protection of the chain."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.domain.audit import queries
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.rules import digest_of

READER = Actor(4711, "Nora Nurse", frozenset(), session_id=12, ip_address="192.0.2.7")
LISTS = sa.text("SELECT * FROM audit_entry WHERE action = 'patients.list.seen' AND id > :after ORDER BY id")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that passes only when it is told to."""
    with time_machine.travel("2026-11-24T09:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def before(connection: sa.Connection) -> int:
    """The last entry before the test."""
    return int(connection.execute(sa.text("SELECT last_id FROM audit_chain_head")).scalar_one())


def look(*shown: int, actor: Actor = READER, place: str = "patients", **how: Any) -> None:
    """Somebody is shown a list."""
    with db.transaction() as session:
        audit.record_list(session, actor, place=place, shown=shown, **how)


def settle() -> int:
    """What the server does every second."""
    return db.in_transaction(audit.settle_searches)


def entries(connection: sa.Connection, before: int) -> list[dict[str, Any]]:
    """The looks at lists since, each with its patients."""
    found = [dict(row) for row in connection.execute(LISTS, {"after": before}).mappings()]
    shown = sa.text("SELECT patient_id FROM audit_shown WHERE entry_id = :id ORDER BY patient_id")
    for entry in found:
        entry["shown"] = list(connection.execute(shown, {"id": entry["id"]}).scalars())
    return found


def problems(connection: sa.Connection) -> list[str]:
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        return [problem for check in queries.CHECKS for problem in check(session).problems]


def test_a_list_is_one_entry_with_its_filters_and_everybody_it_showed(
    connection: sa.Connection, before: int
) -> None:
    look(31, 7, 31, told={"condition": "44054006", "payer": ""})
    (entry,) = entries(connection, before)
    told = {name: value for name, value in entry["after"].items() if not name.startswith("_")}
    assert told == {"place": "patients", "condition": "44054006", "payer": "", "shown": 3}
    assert (entry["actor_name"], entry["session_id"], entry["patient_id"]) == ("Nora Nurse", 12, None)
    assert entry["shown"] == [7, 31]
    assert problems(connection) == []


def test_several_lists_and_entries_of_one_transaction_keep_their_own_patients(
    connection: sa.Connection, before: int
) -> None:
    with db.transaction() as session:
        audit.record_list(session, READER, place="home", shown=[1, 2])
        audit.record_access(session, READER, patient_id=3, what="overview")
        audit.record_list(session, READER, place="duplicates", shown=[])
        audit.record_list(session, READER, place="patients", shown=[2, 4])
    assert [entry["shown"] for entry in entries(connection, before)] == [[1, 2], [], [2, 4]]
    assert problems(connection) == []


def test_the_same_list_again_at_once_is_the_same_look_and_later_another(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    look(1, 2)
    look(1, 2)
    look(1, 2, 3)
    look(1, 2, actor=replace(READER, session_id=13))
    assert [entry["shown"] for entry in entries(connection, before)] == [[1, 2], [1, 2, 3], [1, 2]]
    clock.shift(4)
    look(1, 2)
    assert len(entries(connection, before)) == 4


def test_a_screen_that_refreshes_by_itself_looks_at_nobody(connection: sa.Connection, before: int) -> None:
    refreshing = replace(READER, looks=False)
    look(1, 2, actor=refreshing)
    look(1, 2, actor=refreshing, is_typed=True)
    with db.transaction() as session:
        audit.record_access(session, refreshing, patient_id=3, what="overview")
    assert queries.chain_head(Session(connection)).last_id == before
    assert connection.execute(sa.text("SELECT count(*) FROM typed_search")).scalar_one() == 0


def test_of_a_search_that_is_typed_only_what_stays_on_screen_is_an_entry(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    for shown in ([1, 2, 3], [1, 2], [2]):
        look(*shown, is_typed=True, told={"searched_by": ["name"]})
        settle()
        clock.shift(1)
    assert entries(connection, before) == []
    clock.shift(2)
    assert settle() == 1
    (entry,) = entries(connection, before)
    assert (entry["shown"], entry["after"]["searched_by"]) == ([2], ["name"])
    assert entry["after"]["seen_at"] == "2026-11-24T09:00:02+00:00"
    assert (entry["actor_user_id"], entry["actor_name"], entry["ip_address"]) == (
        4711,
        "Nora Nurse",
        "192.0.2.7",
    )
    assert settle() == 0


def test_two_searches_three_seconds_apart_are_two_entries_whoever_settles_them(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    look(1, is_typed=True)
    clock.shift(3)
    look(2, is_typed=True)
    assert [entry["shown"] for entry in entries(connection, before)] == [[1]]
    clock.shift(60)
    settle()
    assert [entry["shown"] for entry in entries(connection, before)] == [[1], [2]]


def test_whoever_searches_on_and_on_leaves_an_entry_every_ten_seconds(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    for second in range(31):
        look(second + 1, is_typed=True)
        clock.shift(1)
    assert [entry["shown"] for entry in entries(connection, before)] == [[10], [20], [30]]


def test_each_place_and_session_has_its_own_search(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    look(1, is_typed=True)
    look(2, is_typed=True, place="palette")
    look(3, is_typed=True, actor=replace(READER, session_id=13))
    clock.shift(3)
    settle()
    assert sorted(entry["shown"] for entry in entries(connection, before)) == [[1], [2], [3]]


def test_a_page_takes_the_place_of_what_was_just_typed_but_not_of_what_had_settled(
    connection: sa.Connection, before: int, clock: time_machine.Traveller
) -> None:
    look(1, is_typed=True)
    clock.shift(1)
    look(2)
    look(3, is_typed=True)
    clock.shift(5)
    look(4)
    assert [entry["shown"] for entry in entries(connection, before)] == [[2], [3], [4]]
    clock.shift(5)
    assert settle() == 0


def test_the_hospitals_own_hand_has_no_session_and_its_lists_are_entries_at_once(
    connection: sa.Connection, before: int
) -> None:
    look(1, actor=Actor.system("export"))
    look(1, actor=Actor.system("export"), is_typed=True)
    assert [entry["actor_name"] for entry in entries(connection, before)] == ["system: export"] * 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_shown SET patient_id = 99",
        "DELETE FROM audit_shown",
        "TRUNCATE audit_shown",
        "ALTER TABLE audit_shown DISABLE TRIGGER audit_shown_complete",
    ],
)
def test_the_application_can_neither_change_nor_remove_whom_a_list_showed(
    connection: sa.Connection, statement: str
) -> None:
    look(1, 2)
    with pytest.raises(sa.exc.DBAPIError), connection.begin_nested():
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("patient_id", [1, 3])
def test_nobody_is_added_to_a_list_afterwards(
    connection: sa.Connection, before: int, patient_id: int
) -> None:
    look(1, 2)
    (entry,) = entries(connection, before)
    added = sa.text("INSERT INTO audit_shown (patient_id, entry_id) VALUES (:patient, :entry)")
    for entry_id in (entry["id"], entry["id"] + 1, before):
        with pytest.raises(sa.exc.IntegrityError), connection.begin_nested():
            connection.execute(added, {"patient": patient_id, "entry": entry_id})
    assert problems(connection) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_shown WHERE entry_id = {id}",
        "DELETE FROM audit_shown WHERE entry_id = {id} AND patient_id = 2",
        "UPDATE audit_shown SET patient_id = 99 WHERE entry_id = {id} AND patient_id = 2",
        "INSERT INTO audit_shown (patient_id, entry_id) VALUES (99, {id})",
    ],
)
def test_whom_a_list_showed_is_not_altered_unnoticed(owner_connection: sa.Connection, statement: str) -> None:
    look(1, 2)
    look(3)
    owner_connection.execute(sa.text("ALTER TABLE audit_shown DISABLE TRIGGER USER"))
    entry_id = queries.chain_head(Session(owner_connection)).last_id - 1
    owner_connection.execute(sa.text(statement.format(id=entry_id)))
    assert problems(owner_connection) == [
        f"Audit entry {entry_id}: the patients its list showed were altered."
    ]


def test_the_digest_is_the_same_in_whatever_order_and_another_for_others() -> None:
    assert digest_of([3, 1, 2, 1]) == digest_of([1, 2, 3])
    assert digest_of([1, 23]) != digest_of([12, 3])


def _refused(*, tells: bool) -> None:
    with pytest.raises(DomainError), db.transaction() as session:
        audit.record_access(session, READER, patient_id=8, what="overview")
        audit.record_list(session, READER, place="home", shown=[9])
        if tells:
            audit.record_access_if_refused(session, READER, patient_id=7)
        raise DomainError("Anna Berg is merged.")


def test_of_a_refused_change_only_the_look_stays_that_its_refusal_was(
    connection: sa.Connection, before: int
) -> None:
    _refused(tells=True)
    since = sa.text("SELECT action, patient_id, after->>'what' FROM audit_entry WHERE id > :before")
    assert connection.execute(since, {"before": before}).all() == [("patients.record.accessed", 7, "refusal")]
    assert problems(connection) == []


def test_a_refusal_that_tells_of_nobody_leaves_nothing(connection: sa.Connection, before: int) -> None:
    _refused(tells=False)
    with db.transaction() as session:
        audit.record_access_if_refused(session, READER, patient_id=7)
    assert queries.chain_head(Session(connection)).last_id == before
