"""Documents in the record: listed, taken back, on the timeline, seen by whom it concerns."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit.tables import AuditEntry
from hms_app.domain.clinical.queries import get_document, list_documents, list_timeline, open_document
from hms_app.domain.clinical.service import add_document, retract_document
from hms_app.domain.clinical.tables import DocumentReference
from hms_app.domain.clinical.values import DocumentInput, DocumentKind, DocumentRow
from hms_app.domain.files.service import Received, check_file
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.tables import Patient
from hms_app.domain.records.errors import Conflict
from hms_app.state.clinical.documents import document_item
from tests.factories.clinical import NOON, make_record
from tests.factories.files import pdf
from tests.factories.patients import make_patient
from tests.factories.security import make_user

pytestmark = pytest.mark.usefixtures("files_dir")


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


@pytest.fixture
def doctor(session: Session) -> Actor:
    user = make_user(session)
    return Actor(user.key, "Dr Okafor", frozenset(Permission), session_id=1)


def add(session: Session, actor: Actor, patient: Patient, **said: Any) -> DocumentRow:
    with Received.whole(pdf(), max_bytes=10_000) as received:
        checked = check_file(received)
        return add_document(
            session,
            actor,
            patient_id=patient.key,
            request=DocumentInput(**({"kind": DocumentKind.LETTER} | said)),
            checked=checked,
            file_name="from the clinic.pdf",
        )


def test_a_document_is_called_after_its_file_and_dated_today_unless_said(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = add(session, doctor, patient)
    assert (row.title, row.written_on) == ("from the clinic", doctor.locale.today())
    assert (row.kind, row.media_type) == (DocumentKind.LETTER, "application/pdf")
    shown = document_item(row, doctor)
    assert (shown["kind"], shown["preview"], shown["file"]) == ("Letter", "pdf", "PDF, 1 kB")
    assert open_document(session, doctor, document_id=row.id).path.read_bytes() == pdf()


def test_a_document_stands_on_the_timeline_of_who_may_see_documents(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    add(session, doctor, patient, title="Discharge letter", occurred_on=dt.date(2024, 5, 6))
    entry = list_timeline(session, doctor, patient_id=patient.key, kinds=["document"]).rows[0]
    assert (entry.title, entry.kind_word, entry.detail, entry.day) == (
        "Discharge letter",
        "Document",
        "Letter",
        "6 May 2024",
    )
    blind = Actor(2, "A", frozenset(Permission) - {Permission.CLINICAL_DOCUMENT_READ}, session_id=1)
    assert list_timeline(session, blind, patient_id=patient.key).rows == []


def test_a_document_taken_back_stays_marked_with_who_when_and_why(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = add(session, doctor, patient)
    marked = retract_document(session, doctor, document_id=row.id, version=1, reason="Another patient's")
    assert marked.is_error
    assert marked.error_reason == "Another patient's"
    assert document_item(marked, doctor)["error"].startswith("Another patient's (Person ")
    with pytest.raises(Conflict):
        retract_document(session, doctor, document_id=row.id, version=1, reason="Again")
    with pytest.raises(DomainError, match="entered in error"):
        retract_document(session, doctor, document_id=row.id, version=2, reason="Again")


def test_taking_back_wants_a_reason(session: Session, doctor: Actor, patient: Patient) -> None:
    row = add(session, doctor, patient)
    with pytest.raises(DomainError) as refusal:
        retract_document(session, doctor, document_id=row.id, version=1, reason="  ")
    assert refusal.value.field == "reason"


def test_a_closed_record_takes_no_document(session: Session, doctor: Actor, patient: Patient) -> None:
    patient.status = "entered_in_error"
    session.flush()
    with pytest.raises(RecordClosed):
        add(session, doctor, patient)


def test_without_the_permission_nothing_is_added_taken_back_or_read(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = add(session, doctor, patient)
    reader = Actor(doctor.user_id, "A", frozenset({Permission.PATIENTS_PATIENT_READ}), session_id=1)
    for attempt in (
        lambda: add(session, reader, patient),
        lambda: retract_document(session, reader, document_id=row.id, version=1, reason="x"),
        lambda: list_documents(session, reader, patient_id=patient.key),
        lambda: get_document(session, reader, document_id=row.id),
        lambda: open_document(session, reader, document_id=row.id),
    ):
        with pytest.raises(NotPermitted):
            attempt()


def test_a_document_of_a_restricted_record_is_nobody_elses(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = add(session, doctor, patient)
    patient.is_restricted = True
    session.flush()
    other = Actor(
        doctor.user_id, "A", frozenset(Permission) - {Permission.PATIENTS_RESTRICTED_READ}, session_id=1
    )
    for attempt in (
        lambda: get_document(session, other, document_id=row.id),
        lambda: open_document(session, other, document_id=row.id),
        lambda: retract_document(session, other, document_id=row.id, version=1, reason="x"),
        lambda: list_documents(session, other, patient_id=patient.key),
        lambda: add(session, other, patient),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_pages_give_every_document_once_in_two_statements_each(
    session: Session, doctor: Actor, patient: Patient, connection: sa.Connection
) -> None:
    for number in range(103):
        make_record(
            session,
            DocumentReference,
            patient,
            kind="consent" if number % 2 else "letter",
            occurred_at=NOON - dt.timedelta(days=number // 3),
        )
    make_record(session, DocumentReference, make_patient(session))
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *args: statements.append(args[2]))
    seen, bookmark = [], None
    while True:
        statements.clear()
        page = list_documents(session, doctor, patient_id=patient.key, at=bookmark)
        assert len(statements) == 2
        seen += page.rows
        bookmark = page.next_bookmark
        if bookmark is None:
            break
    assert len(seen) == 103 == len({row.id for row in seen})
    only = list_documents(session, doctor, patient_id=patient.key, kind=DocumentKind.CONSENT)
    assert {row.kind for row in only.rows} == {DocumentKind.CONSENT}
    with pytest.raises(DomainError):
        list_documents(session, doctor, patient_id=patient.key, at="forged")


def test_reading_the_list_and_opening_a_file_are_in_the_trail(
    session: Session, doctor: Actor, patient: Patient
) -> None:
    row = add(session, doctor, patient)
    list_documents(session, doctor, patient_id=patient.key)
    open_document(session, doctor, document_id=row.id)
    noted = [entry["action"] for entry in session.info["audit_entries"]]
    assert noted == [
        "files.file.stored",
        "clinical.document.added",
        "patients.record.accessed",
        "clinical.document.opened",
    ]
    assert session.exec(select(AuditEntry).where(AuditEntry.patient_id == patient.id)).all() == []
