"""Scanning the register, and the worklist it makes."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import service
from hms_app.domain.duplicates.queries import blocks, compare_patients, find_scan, list_duplicates
from hms_app.domain.duplicates.service import scanning
from hms_app.domain.duplicates.tables import DuplicateScan, PatientDuplicate
from hms_app.domain.duplicates.values import DuplicateFilters, ScanRow
from hms_app.domain.patients import service as patient_service
from hms_app.domain.patients.tables import Patient, PatientAddress
from hms_app.domain.patients.values import PatientAction
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]
BORN = dt.date(1980, 2, 13)
SYSTEM = Actor.system("test")


@pytest.fixture
def desk(actor_with: ActorWith) -> Actor:
    clerk = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_PATIENT_MERGE)
    return replace(clerk, user_id=None)


@pytest.fixture
def register(committing: sa.Engine) -> sa.Engine:
    """A database of its own with real commits, and four pairs in it that share one thing each."""
    with db.transaction() as session:
        fill(session)
        audit.record(session, SYSTEM, PatientAction.REGISTER_SCANNED, Patient)
    return committing


def fill(session: Session) -> None:
    def add(given: str, family: str, born: dt.date | None = BORN, **more: Any) -> Patient:
        return make_patient(session, given_names=given, family_name=family, birth_date=born, **more)

    add("Jon", "Keller")
    add("John", "Keller")
    add("Maja", "Gärtner", dt.date(1991, 7, 8))
    add("Maja", "Gärtner", dt.date(1991, 7, 3), sex_at_birth="male", phones=("617 555 0111",))
    add("Ruth", "Weber", None, phones=("617 555 0123",))
    add("Ruth", "Weber", None, phones=("+1 617 555 0123",))
    for line in ("12 Mill Lane", "12 Mill Lane, rear"):
        patient = add("Omar", "Haddad", None)
        session.add(
            PatientAddress(patient_id=patient.key, address_line=line, city="Salem", postal_code="01970")
        )
    add("Ida", "Olm", dt.date(1950, 1, 1))


def scan(steps: int | None = None) -> None:
    db.in_transaction(lambda session: service.start_scan(session, SYSTEM))
    service.run_scan(steps=steps)


def scans() -> list[DuplicateScan]:
    with db.transaction() as session:
        return list(session.exec(select(DuplicateScan)))


def pairs() -> set[frozenset[str]]:
    with db.transaction() as session:
        page = list_duplicates(session, SYSTEM)
        return {frozenset((row.first.name, row.second.name)) for row in page.rows}


FOUND = {
    frozenset(("Jon Keller", "John Keller")),
    frozenset(("Maja Gärtner",)),
    frozenset(("Ruth Weber",)),
    frozenset(("Omar Haddad",)),
}


@pytest.mark.usefixtures("register")
def test_a_scan_finds_who_shares_something_telling() -> None:
    seen: list[ScanRow] = []
    db.in_transaction(lambda session: service.start_scan(session, SYSTEM))
    service.run_scan(on_progress=seen.append)
    assert pairs() == FOUND
    assert [row.share for row in seen] == sorted(row.share for row in seen)
    with db.transaction() as session:
        row = find_scan(session, SYSTEM)
    assert row is not None
    assert (row.status, row.share) == ("finished", 100)


def test_a_killed_scan_goes_on_where_it_was(register: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    small = [stage._replace(rows=stage.rows.replace("LIMIT 40000", "LIMIT 8")) for stage in blocks.STAGES]
    monkeypatch.setattr(scanning, "STAGES", small)
    monkeypatch.setattr(blocks, "ROWS_OF_STEP", 8)
    scan(steps=4)
    with db.transaction() as session:
        broken = session.exec(select(DuplicateScan)).one()
    assert broken.status == "running"
    assert 0 < broken.done < broken.total
    with register.begin() as connection:
        connection.execute(sa.text("UPDATE duplicate_scan SET beat_at = beat_at - interval '2 minutes'"))
    with db.transaction() as session:
        row = find_scan(session, SYSTEM)
        assert row is not None and not row.is_alive and "interrupted" in row.sentence
    scan()
    with db.transaction() as session:
        assert [found.status for found in session.exec(select(DuplicateScan))] == ["finished"]
    assert pairs() == FOUND


@pytest.mark.usefixtures("register")
def test_a_second_scan_brings_nothing_up_that_was_decided() -> None:
    scan()
    with db.transaction() as session:
        row = list_duplicates(session, SYSTEM).rows[0]
        service.dismiss_duplicate(session, SYSTEM, first_id=row.first.id, second_id=row.second.id)
    scan()
    assert len(pairs()) == len(FOUND) - 1
    with db.transaction() as session:
        service.reopen_duplicate(session, SYSTEM, first_id=row.first.id, second_id=row.second.id)
    assert pairs() == FOUND


@pytest.mark.usefixtures("register")
def test_a_pair_that_is_alike_no_more_leaves_the_worklist() -> None:
    scan()
    with db.transaction() as session:
        jon = session.exec(select(Patient).where(Patient.given_names == "Jon")).one()
        jon.birth_date, jon.given_names = dt.date(1951, 7, 30), "Ferdinand"
        session.flush()
        patient_service.refresh_search_keys(session, [jon.key])
        audit.record(session, SYSTEM, PatientAction.PATIENT_CORRECTED, jon)
    scan()
    assert pairs() == FOUND - {frozenset(("Jon Keller", "John Keller"))}


@pytest.mark.usefixtures("register")
def test_of_many_who_start_a_scan_at_once_one_does() -> None:
    at_once = Barrier(6)

    def start(_number: int) -> bool:
        at_once.wait(timeout=20)
        return db.in_transaction(lambda session: service.start_scan(session, SYSTEM))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(start, range(6))) == [False] * 5 + [True]
    service.run_scan()
    assert [(found.status, found.problem) for found in scans()] == [("finished", "")]
    assert pairs() == FOUND


@pytest.mark.usefixtures("register")
def test_a_second_scanner_does_nothing_while_the_first_is_at_work() -> None:
    seen: list[ScanRow] = []

    def meanwhile(row: ScanRow) -> None:
        before = scans()
        service.run_scan(on_progress=lambda _: pytest.fail("It scanned as well."))
        assert scans() == before
        seen.append(row)

    db.in_transaction(lambda session: service.start_scan(session, SYSTEM))
    service.run_scan(on_progress=meanwhile)
    assert seen
    assert [found.status for found in scans()] == ["finished"]
    assert pairs() == FOUND


@pytest.mark.usefixtures("register")
def test_why_a_scan_failed_is_told() -> None:
    db.in_transaction(lambda session: service.start_scan(session, SYSTEM))
    service.fail_scan("The database was stopped.")
    with db.transaction() as session:
        row = find_scan(session, SYSTEM)
    assert row is not None
    assert "The database was stopped." in row.sentence
    scan()
    assert pairs() == FOUND


# The worklist.


def make_pair(session: Session, weight: float = 30, **fields: Any) -> PatientDuplicate:
    first, second = (make_patient(session, **fields) for _ in range(2))
    pair = PatientDuplicate(
        first_id=first.key,
        second_id=second.key,
        weight=Decimal(weight),
        reasons=["same"],
        found_at=first.created_at,
    )
    session.add(pair)
    session.flush()
    return pair


def test_the_likeliest_come_first_page_after_page_and_back(session: Session, desk: Actor) -> None:
    for number in range(120):
        make_pair(session, weight=20 + number % 7)
    page, seen = list_duplicates(session, desk), []
    pages = [page]
    while page.next_bookmark:
        page = list_duplicates(session, desk, at=page.next_bookmark)
        pages.append(page)
    seen = [row for page in pages for row in page.rows]
    assert [(-row.weight, row.id) for row in seen] == sorted((-row.weight, row.id) for row in seen)
    assert len({row.id for row in seen}) == 120
    back = list_duplicates(session, desk, at=pages[2].previous_bookmark)
    assert [row.id for row in back.rows] == [row.id for row in pages[1].rows]
    assert pages[0].count_label == "120"


def test_a_page_takes_a_bounded_number_of_statements(
    session: Session, connection: sa.Connection, desk: Actor
) -> None:
    for _ in range(20):
        make_pair(session)
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(list_duplicates(session, desk).rows) == 20
    assert len(statements) == 5  # Three to read, two to see whether this look is noted already.


def test_it_is_narrowed_by_likeness_and_decision(session: Session, desk: Actor) -> None:
    likely, doubtful = make_pair(session, weight=31), make_pair(session, weight=17)
    service.dismiss_duplicate(
        session, desk, first_id=doubtful.first_id, second_id=doubtful.second_id, reason="Cousins"
    )

    def ids(**filters: Any) -> list[int]:
        return [row.id for row in list_duplicates(session, desk, filters=DuplicateFilters(**filters)).rows]

    assert ids() == [likely.key]
    assert ids(weight_from=20.0, weight_to=30.0) == []
    assert ids(status="not_duplicate") == [doubtful.key]
    row = list_duplicates(session, desk, filters=DuplicateFilters(status="not_duplicate")).rows[0]
    assert row.decided.startswith("Test Person, ")
    assert row.decided.endswith(": Cousins")


def test_pairs_with_a_restricted_record_are_for_who_may_see_it(
    session: Session, desk: Actor, everyone_allowed: Actor
) -> None:
    pair = make_pair(session, is_restricted=True)
    assert list_duplicates(session, desk).rows == []
    assert [row.id for row in list_duplicates(session, everyone_allowed).rows] == [pair.key]
    for use_case in (compare_patients, service.dismiss_duplicate, service.reopen_duplicate):
        with pytest.raises(NotFound):
            use_case(session, desk, first_id=pair.first_id, second_id=pair.second_id)


def test_the_worklist_is_for_who_may_merge(session: Session, actor_with: ActorWith) -> None:
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    calls: list[Callable[[], Any]] = [
        lambda: list_duplicates(session, reader),
        lambda: find_scan(session, reader),
        lambda: service.start_scan(session, reader),
        lambda: compare_patients(session, reader, first_id=1, second_id=2),
        lambda: service.dismiss_duplicate(session, reader, first_id=1, second_id=2),
    ]
    for call in calls:
        with pytest.raises(NotPermitted):
            call()


def test_a_comparison_marks_what_differs_and_says_who_knows_more(session: Session, desk: Actor) -> None:
    first = make_patient(session, phones=("617 555 0147",))
    second = make_patient(session, given_names="Ana", birth_place="Salem")
    compared = compare_patients(session, desk, first_id=first.key, second_id=second.key)
    by_name = {field.name: field for field in compared.fields}
    assert by_name["given_names"].is_different
    assert not by_name["family_name"].is_different
    assert (by_name["birth_place"].second, by_name["birth_place"].better) == ("Salem", "second")
    assert by_name["given_names"].better == "first"
    assert [(held.label, held.first, held.second) for held in compared.holdings] == [
        ("Contacts and addresses", 1, 0)
    ]
    assert "same date of birth" in compared.reasons
    assert audit.noted(session).count("patients.record.accessed") == 2


def test_one_record_is_not_compared_to_itself(session: Session, desk: Actor) -> None:
    anna = make_patient(session)
    with pytest.raises(DomainError, match="one record"):
        compare_patients(session, desk, first_id=anna.key, second_id=anna.key)


def test_what_nobody_decided_cannot_be_taken_back(session: Session, desk: Actor) -> None:
    pair = make_pair(session)
    with pytest.raises(DomainError, match="Nobody said"):
        service.reopen_duplicate(session, desk, first_id=pair.first_id, second_id=pair.second_id)
