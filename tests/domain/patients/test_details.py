"""How a patient is reached, who pays, and numbers others gave: added, corrected, ended, never deleted."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidRequest, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.core.request import FormRequest
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.service import close_payer
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.queries import (
    CHECKS,
    list_contacts,
    list_coverages,
    list_identifiers,
    search_patients,
)
from hms_app.domain.patients.tables import Coverage, Patient, PatientContactPoint
from hms_app.domain.patients.values import (
    DETAIL_FORMS,
    AddressRequest,
    CoveragePart,
    DetailKind,
    DetailState,
    EmailRequest,
    IdentifierPart,
    PatientAction,
    PhonePart,
    RelationPart,
)
from hms_app.domain.records.errors import Conflict
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
YESTERDAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


@pytest.fixture
def payer_id(session: Session) -> int:
    return make_payer(session).id


def _entries(session: Session, action: str) -> list[dict[str, Any]]:
    return [entry for entry in session.info.get("audit_entries", ()) if entry["action"] == action]


def _add_phone(session: Session, desk: Actor, patient: Patient, number: str = "030 901820") -> int:
    request = PhonePart(number=number)
    return service.add_contact(session, desk, patient_id=patient.key, request=request)


def test_each_way_to_reach_a_patient_is_added_and_read_as_people_write_it(
    session: Session, desk: Actor, patient: Patient
) -> None:
    requests = (
        PhonePart(number="030 901820", use="work"),
        EmailRequest(value="anna@example.org"),
        AddressRequest(address_line="Am Markt 1", city="Ulm", postal_code="89073", country="DE"),
        RelationPart(name="Bo Berg", kind="guardian", relationship_name="Father", phone="+1 617 555 0123"),
    )
    for request in requests:
        service.add_contact(session, desk, patient_id=patient.key, request=request)
    shown = list_contacts(session, desk, patient_id=patient.key)
    assert [(row.kind.value, row.label, row.title, row.detail) for row in shown] == [
        ("phone", "Work phone", "030 901820", ""),
        ("email", "Home e-mail", "anna@example.org", ""),
        ("address", "Home address", "Am Markt 1, Ulm 89073", "Germany"),
        ("relation", "Guardian", "Bo Berg", "Father · +1 617-555-0123"),
    ]
    assert audit.noted(session) == ["patients.contact.added"] * 4
    assert {row.state for row in shown} == {DetailState.CURRENT}


def test_a_number_that_is_none_is_refused_beside_its_field(
    session: Session, desk: Actor, patient: Patient
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _add_phone(session, desk, patient, "12")
    assert set(refused.value.problems) == {"number"}
    with pytest.raises(InvalidRequest) as empty:
        AddressRequest.from_form({"country": "DE", "use": "home"})
    assert set(empty.value.problems) == {"address_line"}


def test_a_corrected_phone_finds_the_patient_and_the_old_one_does_not(
    session: Session, desk: Actor, patient: Patient
) -> None:
    row_id = _add_phone(session, desk, patient)
    assert [row.id for row in search_patients(session, desk, text="030901820")] == [patient.id]
    service.correct_contact(
        session, desk, row_id=row_id, version=1, request=PhonePart(number="030 901821", use="work")
    )
    assert search_patients(session, desk, text="030901820") == []
    assert [row.id for row in search_patients(session, desk, text="030901821")] == [patient.id]
    (entry,) = _entries(session, "patients.contact.corrected")
    assert (entry["before"]["value"], entry["after"]["value"]) == ("+4930901820", "+4930901821")
    assert all(check(session).ok for check in CHECKS)


def test_an_imported_number_nobody_touched_stays_as_it_was(
    session: Session, desk: Actor, patient: Patient
) -> None:
    point = PatientContactPoint(patient_id=patient.key, system="phone", value="ask next door", digits="")
    session.add(point)
    session.flush()
    request = PhonePart(number="ask next door", use="work")
    service.correct_contact(session, desk, row_id=point.key, version=1, request=request)
    assert (point.value, point.use) == ("ask next door", "work")


def test_a_row_ends_and_the_end_is_taken_back(session: Session, desk: Actor, patient: Patient) -> None:
    row_id = _add_phone(session, desk, patient)
    service.end_contact(session, desk, kind=DetailKind.PHONE, row_id=row_id, version=1, ended_on=YESTERDAY)
    (row,) = list_contacts(session, desk, patient_id=patient.key)
    assert (row.state, row.note) == (DetailState.ENDED, f"Not valid since {desk.locale.date(YESTERDAY)}")
    service.end_contact(session, desk, kind=DetailKind.PHONE, row_id=row_id, version=2, ended_on=None)
    (row,) = list_contacts(session, desk, patient_id=patient.key)
    assert row.state is DetailState.CURRENT


def test_a_row_entered_in_error_stays_with_who_when_and_why(
    session: Session, desk: Actor, patient: Patient
) -> None:
    row_id = _add_phone(session, desk, patient)
    service.retract_contact(
        session, desk, kind=DetailKind.PHONE, row_id=row_id, version=1, reason="The neighbour's"
    )
    (row,) = list_contacts(session, desk, patient_id=patient.key)
    assert row.state is DetailState.ENTERED_IN_ERROR
    assert row.note.startswith("The neighbour's (")
    assert desk.name in row.note
    assert search_patients(session, desk, text="030901820") == []
    with pytest.raises(DomainError, match="entered in error"):
        service.correct_contact(
            session, desk, row_id=row_id, version=2, request=PhonePart(number="030 901822")
        )


def test_two_people_changing_a_row_do_not_overwrite_each_other(
    session: Session, desk: Actor, patient: Patient
) -> None:
    row_id = _add_phone(session, desk, patient)
    request = PhonePart(number="030 901829")
    service.correct_contact(session, desk, row_id=row_id, version=1, request=request)
    with pytest.raises(Conflict, match="phone number"):
        service.correct_contact(session, desk, row_id=row_id, version=1, request=request)


def _coverage(payer_id: int, **form: str) -> CoveragePart:
    return CoveragePart.from_form({"payer_id": str(payer_id), "rank": "primary", **form})


def test_a_coverage_is_said_with_its_last_day(
    session: Session, desk: Actor, patient: Patient, payer_id: int
) -> None:
    request = _coverage(payer_id, plan="Gold", starts_on="2024-01-01", ends_on="2024-12-31", share="80")
    service.add_coverage(session, desk, patient_id=patient.key, request=request)
    (row,) = list_coverages(session, desk, patient_id=patient.key)
    assert row.detail == "Gold · pays 80 % · 1 Jan 2024 to 31 Dec 2024"
    assert (row.form["ends_on"], row.form["share"]) == ("2024-12-31", "80")
    assert row.state is DetailState.ENDED


def test_two_primary_coverages_never_overlap(
    session: Session, desk: Actor, patient: Patient, payer_id: int
) -> None:
    def add(**form: str) -> int:
        return service.add_coverage(
            session, desk, patient_id=patient.key, request=_coverage(payer_id, **form)
        )

    first = add(starts_on="2024-01-01", ends_on="2024-12-31")
    with pytest.raises(InvalidRequest) as refused:
        add(starts_on="2024-12-31")
    assert refused.value.problems["rank"].startswith(
        "Kasse Nord 1 Jan 2024 to 31 Dec 2024 is the primary coverage in this time."
    )
    add(starts_on="2024-12-31", rank="secondary")
    second = add(starts_on="2025-01-01")
    with pytest.raises(InvalidRequest):
        service.end_coverage(session, desk, row_id=first, version=1, last_day=None)
    service.retract_coverage(session, desk, row_id=second, version=1, reason="Other patient")
    service.end_coverage(session, desk, row_id=first, version=1, last_day=None)


def test_an_imported_primary_coverage_counts_as_well(
    session: Session, desk: Actor, patient: Patient, payer_id: int
) -> None:
    imported: dict[str, Any] = {
        "source_system": "synthea",
        "rank": "primary",
        "patient_id": patient.key,
        "payer_id": payer_id,
    }
    session.add(Coverage(**imported, source_key="a", starts_on=dt.date(2020, 1, 1)))
    session.add(Coverage(**imported, source_key="b", starts_on=dt.date(2020, 1, 1)))
    session.flush()  # Files may know better: the database lets theirs overlap.
    with pytest.raises(InvalidRequest):
        service.add_coverage(session, desk, patient_id=patient.key, request=_coverage(payer_id))


def test_the_database_itself_refuses_a_second_primary_coverage(
    session: Session, patient: Patient, payer_id: int
) -> None:
    for start in (dt.date(2024, 1, 1), dt.date(2024, 6, 1)):
        session.add(Coverage(patient_id=patient.key, payer_id=payer_id, starts_on=start))
    with pytest.raises(sa.exc.IntegrityError, match="ex_coverage_one_primary"):
        session.flush()


def test_a_payer_must_be_there_and_be_offered(
    session: Session, desk: Actor, patient: Patient, everyone_allowed: Actor
) -> None:
    closed = make_payer(session, name="Old Fund").id
    close_payer(session, everyone_allowed, payer_id=closed, version=1)
    for payer_id in (closed, 987_654_321):
        with pytest.raises(InvalidRequest) as refused:
            service.add_coverage(session, desk, patient_id=patient.key, request=_coverage(payer_id))
        assert set(refused.value.problems) == {"payer_id"}


def _passport(value: str = "C01X00T47") -> IdentifierPart:
    return IdentifierPart(type="passport", issuer="Germany", value=value)


def test_an_identifier_is_unique_and_its_holder_named_only_to_who_may_see_them(
    session: Session, desk: Actor, patient: Patient
) -> None:
    holder = make_patient(session, given_names="Vera", family_name="Hidden")
    service.add_identifier(session, desk, patient_id=holder.key, request=_passport())
    with pytest.raises(InvalidRequest) as named:
        service.add_identifier(session, desk, patient_id=patient.key, request=_passport())
    assert named.value.problems == {"value": f"Vera Hidden ({holder.mrn}) has this passport already."}
    holder.is_restricted = True
    session.flush()
    with pytest.raises(InvalidRequest) as unnamed:
        service.add_identifier(session, desk, patient_id=patient.key, request=_passport())
    assert unnamed.value.problems == {"value": "Another patient has this passport already."}


def test_an_identifier_entered_in_error_is_free_for_whom_it_belongs_to(
    session: Session, desk: Actor, patient: Patient
) -> None:
    other = make_patient(session)
    row_id = service.add_identifier(session, desk, patient_id=other.key, request=_passport())
    with pytest.raises(InvalidRequest, match="attention"):
        service.add_identifier(session, desk, patient_id=other.key, request=_passport())
    service.retract_identifier(session, desk, row_id=row_id, version=1, reason="Swapped")
    service.add_identifier(session, desk, patient_id=patient.key, request=_passport())
    assert [row.id for row in search_patients(session, desk, text="C01X00T47")] == [patient.id]


def test_an_identifier_is_corrected_and_ended(session: Session, desk: Actor, patient: Patient) -> None:
    row_id = service.add_identifier(session, desk, patient_id=patient.key, request=_passport())
    service.correct_identifier(session, desk, row_id=row_id, version=1, request=_passport("C01X00T48"))
    service.end_identifier(session, desk, row_id=row_id, version=2, ended_on=YESTERDAY)
    (row,) = list_identifiers(session, desk, patient_id=patient.key)
    assert (row.title, row.label, row.state) == ("C01X00T48", "Passport", DetailState.ENDED)
    assert [found.id for found in search_patients(session, desk, text="C01X00T48")] == [patient.id]


def test_what_is_not_permitted_is_refused(session: Session, actor_with: ActorWith, patient: Patient) -> None:
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    key = patient.key
    calls: list[Callable[[], object]] = [
        lambda: _add_phone(session, reader, patient),
        lambda: service.add_coverage(session, reader, patient_id=key, request=_coverage(1)),
        lambda: service.add_identifier(session, reader, patient_id=key, request=_passport()),
        lambda: list_contacts(session, reader, patient_id=key),
        lambda: list_coverages(session, reader, patient_id=key),
        lambda: list_identifiers(session, reader, patient_id=key),
    ]
    for call in calls:
        with pytest.raises(NotPermitted):
            call()


def test_rows_of_a_restricted_record_are_not_found(session: Session, desk: Actor, patient: Patient) -> None:
    row_id = _add_phone(session, desk, patient)
    patient.is_restricted = True
    session.flush()
    with pytest.raises(NotFound):
        service.retract_contact(
            session, desk, kind=DetailKind.PHONE, row_id=row_id, version=1, reason="forged"
        )
    with pytest.raises(NotFound):
        list_contacts(session, desk, patient_id=patient.key)
    with pytest.raises(NotFound):
        service.correct_contact(session, desk, row_id=10**12, version=1, request=PhonePart(number="1"))


def test_a_closed_record_takes_no_row(session: Session, desk: Actor) -> None:
    with pytest.raises(RecordClosed):
        _add_phone(session, desk, make_patient(session, status="entered_in_error"))


def test_lists_take_the_same_number_of_statements_however_long(
    session: Session, connection: sa.Connection, desk: Actor, patient: Patient
) -> None:
    for number in range(10):
        _add_phone(session, desk, patient, f"030 90182{number}")
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(list_contacts(session, desk, patient_id=patient.key)) == 10
    assert len(statements) == 4


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (None, None, ""),
        (dt.date(2024, 1, 1), None, "since 1 Jan 2024"),
        (None, dt.date(2024, 1, 1), "until 31 Dec 2023"),
        (dt.date(2024, 1, 1), dt.date(2024, 1, 1), "1 Jan 2024 to 1 Jan 2024"),
    ],
)
def test_a_period_is_said_with_its_last_day(
    desk: Actor, starts: dt.date | None, ends: dt.date | None, words: str
) -> None:
    assert rules.period_words(starts, ends, desk.locale) == words


REQUESTS: dict[DetailKind, type[FormRequest]] = {
    DetailKind.PHONE: PhonePart,
    DetailKind.EMAIL: EmailRequest,
    DetailKind.ADDRESS: AddressRequest,
    DetailKind.RELATION: RelationPart,
    DetailKind.COVERAGE: CoveragePart,
    DetailKind.IDENTIFIER: IdentifierPart,
}


@pytest.mark.parametrize("kind", list(DetailKind))
def test_every_field_of_a_form_is_compared_when_two_people_save_it(kind: DetailKind) -> None:
    assert set(DETAIL_FORMS[kind]) == set(REQUESTS[kind].model_fields)


def test_the_second_of_two_is_shown_who_saved_a_row_first_and_what(
    connection: sa.Connection, desk: Actor
) -> None:
    with db.transaction() as session:
        row_id = _add_phone(session, desk, make_patient(session))
    with db.transaction() as session:
        request = PhonePart(number="030 901821", use="work")
        service.correct_contact(session, desk, row_id=row_id, version=1, request=request)
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        service.end_contact(
            session, desk, kind=DetailKind.PHONE, row_id=row_id, version=1, ended_on=YESTERDAY
        )
    theirs = refused.value.theirs
    assert (theirs.version, theirs.changed_by) == (2, desk.name)
    assert theirs.form.fields == {"number": "030 901821", "use": "work"}
    assert str(refused.value) == f"{desk.name} saved this phone number on {theirs.changed_at}."


@pytest.mark.usefixtures("committing")
def test_of_two_desks_entering_the_same_number_at_once_one_is_told() -> None:
    system, at_once = Actor.system("race"), Barrier(2)
    with db.transaction() as session:
        patients = [make_patient(session, family_name="Racednumber") for _ in range(2)]
        audit.record(session, system, PatientAction.PATIENT_CORRECTED, patients[0])

    def add(patient_id: int) -> str:
        def work(session: Session) -> str:
            at_once.wait(timeout=10)
            service.add_identifier(session, system, patient_id=patient_id, request=_passport("RACE1"))
            return "added"

        try:
            return db.in_transaction(work)
        except DomainError as refusal:
            return str(refusal) or "refused"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(add, [patient.key for patient in patients]))
    assert outcomes.count("added") == 1
