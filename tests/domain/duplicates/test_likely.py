"""Finding who may already be in the register."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries import candidate_statement, find_likely_duplicates
from hms_app.domain.duplicates.queries.likely import MOST_CANDIDATES
from hms_app.domain.patients.queries import rows_of
from hms_app.domain.patients.queries.checks import check_identifiers
from hms_app.domain.patients.tables import PatientIdentifier
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]
BORN = dt.date(1980, 2, 13)


@pytest.fixture
def reader(actor_with: ActorWith) -> Actor:
    return actor_with(Permission.PATIENTS_PATIENT_READ)


@pytest.fixture
def john(session: Session) -> int:
    make_patient(session, given_names="Maja", family_name="Gärtner", birth_date=dt.date(1991, 7, 8))
    return make_patient(
        session,
        given_names="John",
        family_name="Keller",
        birth_date=BORN,
        sex_at_birth="male",
        phones=("(617) 555-0147",),
        identifiers=("999-50-8136",),
    ).key


def found(session: Session, actor: Actor, **facts: Any) -> list[int]:
    likely = find_likely_duplicates(session, actor, facts=rules.match_facts(**facts))
    return [duplicate.row.id for duplicate in likely]


@contextmanager
def statements(connection: sa.Connection) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*event: Any) -> None:
        seen.append(event[2])

    sa.event.listen(connection, "before_cursor_execute", note)
    yield seen
    sa.event.remove(connection, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "typed",
    [
        {"given_names": "John", "family_name": "Keller", "birth_date": BORN},
        {"given_names": "Jon", "family_name": "Kelller", "birth_date": BORN},
        {"given_names": "Keller", "family_name": "John", "birth_date": BORN},
        {"given_names": "John", "family_name": "Keller", "birth_date": dt.date(1980, 2, 18)},
        {
            "given_names": "John",
            "family_name": "Keller",
            "birth_date": dt.date(1980, 1, 1),
            "precision": "year",
        },
        {"given_names": "Johnny", "family_name": "Keller", "phones": ["+16175550147"]},
        {"family_name": "Keller", "birth_date": BORN, "phones": ["617 555 0147"]},
    ],
)
def test_somebody_already_here_is_found(
    session: Session, reader: Actor, john: int, typed: dict[str, Any]
) -> None:
    if "phones" not in typed and typed.get("birth_date") != BORN:
        typed = typed | {"sex": "male", "phones": ["617 555 0147"]}
    assert found(session, reader, **typed) == [john]


def test_the_reasons_come_with_it(session: Session, reader: Actor, john: int) -> None:
    facts = rules.match_facts(given_names="Jon", family_name="Keller", birth_date=BORN)
    [likely] = find_likely_duplicates(session, reader, facts=facts)
    assert "same date of birth" in likely.reasons
    assert "given name nearly the same: John / Jon" in likely.reasons
    assert likely.score.probability > 0.5


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"given_names": "John"},
        {"given_names": "John", "family_name": "Keller", "birth_date": dt.date(1951, 7, 30)},
        {"given_names": "Ruth", "family_name": "Weber", "birth_date": BORN},
    ],
)
def test_somebody_new_is_not(session: Session, reader: Actor, john: int, typed: dict[str, Any]) -> None:
    assert found(session, reader, **typed) == []


def test_the_record_itself_can_be_left_out(session: Session, reader: Actor, john: int) -> None:
    facts = rules.match_facts(given_names="John", family_name="Keller", birth_date=BORN)
    assert find_likely_duplicates(session, reader, facts=facts, leave_out=john) == []


def test_records_entered_in_error_are_left_out(session: Session, reader: Actor) -> None:
    make_patient(session, family_name="Olm", birth_date=BORN, status="entered_in_error")
    assert found(session, reader, given_names="Anna", family_name="Olm", birth_date=BORN) == []


def test_a_restricted_record_is_found_only_by_who_may_see_it(
    session: Session, reader: Actor, actor_with: ActorWith
) -> None:
    hidden = make_patient(session, family_name="Olm", birth_date=BORN, is_restricted=True).key
    privacy = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_RESTRICTED_READ)
    typed = {"given_names": "Anna", "family_name": "Olm", "birth_date": BORN}
    assert found(session, reader, **typed) == []
    assert found(session, privacy, **typed) == [hidden]


def test_looking_is_refused_without_the_right(session: Session, actor_with: ActorWith) -> None:
    with pytest.raises(NotPermitted):
        find_likely_duplicates(session, actor_with(), facts=rules.match_facts())


def test_it_takes_one_statement_however_many_are_alike(
    session: Session, connection: sa.Connection, reader: Actor
) -> None:
    for number in range(12):
        make_patient(
            session, given_names="John", family_name="Keller", birth_date=BORN, phones=(f"61755501{number}",)
        )
    session.flush()
    with statements(connection) as seen:
        likely = found(session, reader, given_names="John", family_name="Keller", birth_date=BORN)
    assert len(likely) == 5
    assert len(seen) == 1


def test_no_more_than_a_bounded_number_is_read(session: Session, reader: Actor) -> None:
    session.connection().exec_driver_sql(
        "INSERT INTO patient (mrn, family_name, given_names, name_sort, birth_date)"
        " SELECT (80000000 + n)::text, 'Keller', 'John', 'keller john', '1980-02-13'"
        f" FROM generate_series(1, {MOST_CANDIDATES + 50}) n"
    )
    for key, second in (("d:1980-02-13", "n:john"), ("d:1980-02-13", "n:keller"), ("n:john", "n:keller")):
        session.connection().exec_driver_sql(
            f"INSERT INTO patient_search_key SELECT '{key}', '{second}', id FROM patient WHERE mrn ~ '^800'"
        )
    facts = rules.match_facts(given_names="John", family_name="Keller", birth_date=BORN)
    assert len(rows_of(session, candidate_statement(reader, facts=facts))) <= MOST_CANDIDATES


def test_verify_finds_an_identifier_that_two_bear(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection, connection.begin() as doomed:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            connection.exec_driver_sql("DROP INDEX uq_patient_identifier_value")
            for _ in range(2):
                patient = make_patient(session)
                session.add(PatientIdentifier(patient_id=patient.key, type="ssn", value="999-50-8136"))
            session.flush()
            check = check_identifiers(session)
        doomed.rollback()
    assert not check.ok
    assert "ssn is there 2 times" in check.problems[0]
