"""What became of a record in words, and who looked at it as what."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import get_patient_form, list_accesses, list_changes
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import (
    AccessRow,
    ChangeRow,
    CoveragePart,
    EditPatientInput,
    HistoryFilters,
    PatientAction,
    PhonePart,
)
from hms_app.domain.security.tables import UserRole
from tests.factories.organization import make_payer
from tests.factories.patients import make_patient
from tests.factories.security import make_user

ActorWith = Callable[..., Actor]
ANY = HistoryFilters()


def _saved(work: Callable[[Session], object]) -> None:
    """Do something as a transaction of its own, so that the trail has it."""
    with db.transaction() as session:
        work(session)


def _changes(
    session: Session, actor: Actor, patient: Patient, filters: HistoryFilters = ANY
) -> list[ChangeRow]:
    page, _ = list_changes(session, actor, patient_id=patient.key, filters=filters)
    return page.rows


def _accesses(
    session: Session, actor: Actor, patient: Patient, filters: HistoryFilters = ANY
) -> list[AccessRow]:
    page, _ = list_accesses(session, actor, patient_id=patient.key, filters=filters)
    return page.rows


@pytest.fixture
def patient(session: Session, desk: Actor) -> Patient:
    """Anna Berg, who was corrected, got a phone and a coverage, and died."""
    made = make_patient(session)
    payer = make_payer(session).id
    session.commit()
    form = get_patient_form(session, desk, patient_id=made.key)
    request = EditPatientInput.from_form({**form.fields, "given_names": "Anne", "gender": "other"})
    _saved(lambda s: service.correct_patient(s, desk, patient_id=made.key, version=1, request=request))
    _saved(
        lambda s: service.add_contact(s, desk, patient_id=made.key, request=PhonePart(number="030 901820"))
    )
    coverage = CoveragePart(payer_id=payer, share="80", starts_on=dt.date(2024, 1, 1))
    _saved(lambda s: service.add_coverage(s, desk, patient_id=made.key, request=coverage))
    _saved(
        lambda s: service.deactivate_patient(s, desk, patient_id=made.key, version=2, reason="Moved to Ulm")
    )
    return made


def test_each_change_is_said_field_by_field_newest_first(
    session: Session, desk: Actor, patient: Patient
) -> None:
    ended, covered, reached, corrected = _changes(session, desk, patient)
    assert (ended.act, ended.reason, ended.person) == ("Record deactivated", "Moved to Ulm", desk.name)
    assert ("Status", "Active", "Inactive") in [(f.label, f.before, f.after) for f in ended.fields]
    assert covered.act == "Coverage added"
    assert {(f.label, f.after) for f in covered.fields} >= {
        ("Payer", "Kasse Nord"),
        ("Share the payer covers", "80 %"),
        ("From", "1 Jan 2024"),
    }
    assert [(f.label, f.after) for f in reached.fields] == [
        ("For", "Mobile"),
        ("Number or address", "+4930901820"),
    ]
    assert [(f.label, f.before, f.after) for f in corrected.fields] == [
        ("Given names", "Anna", "Anne"),
        ("Gender", "Unknown", "Other"),
    ]


def test_what_the_reader_may_not_see_is_said_without_its_contents(
    session: Session, person_with: ActorWith, patient: Patient
) -> None:
    reader = person_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_HISTORY_READ)
    _, covered, reached, corrected = _changes(session, reader, patient)
    told = ("Details of a patient: not shown to your role.",)
    assert (covered.act, covered.fields, covered.hidden) == ("Coverage added", (), told)
    assert (reached.fields, reached.hidden) == ((), told)
    assert corrected.fields
    assert corrected.hidden == ()


def test_changes_are_narrowed_by_kind_person_and_day(session: Session, desk: Actor, patient: Patient) -> None:
    def acts(**narrowed: Any) -> list[str]:
        return [row.act for row in _changes(session, desk, patient, HistoryFilters(**narrowed))]  # type: ignore[arg-type]

    assert acts(kind="coverage") == ["Coverage added"]
    assert acts(kind="identity") == ["Record deactivated", "Identity corrected"]
    assert len(acts(user_id=desk.user_id)) == 4
    assert acts(user_id=(desk.user_id or 0) + 1) == []
    today = desk.locale.today()
    assert len(acts(from_on=today, to_on=today)) == 4
    assert acts(to_on=today - dt.timedelta(1)) == []


def test_changes_are_walked_page_by_page(session: Session, desk: Actor, patient: Patient) -> None:
    with db.transaction() as writing:
        for number in range(60):
            audit.record(
                writing,
                desk,
                PatientAction.PATIENT_CORRECTED,
                patient,
                patient_id=patient.id,
                before={"language": str(number)},
                after={"language": str(number + 1)},
            )
    first, people = list_changes(session, desk, patient_id=patient.key, filters=ANY)
    second, _ = list_changes(session, desk, patient_id=patient.key, filters=ANY, bookmark=first.next_bookmark)
    back, _ = list_changes(
        session, desk, patient_id=patient.key, filters=ANY, bookmark=second.previous_bookmark
    )
    ids = [row.id for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows)) == (50, 14)
    assert ids == sorted(ids, reverse=True)
    assert back.rows == first.rows
    assert people == [(desk.user_id, desk.name)]


def test_history_and_access_log_are_for_who_may(
    session: Session, actor_with: ActorWith, patient: Patient
) -> None:
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    with pytest.raises(NotPermitted):
        _changes(session, reader, patient)
    with pytest.raises(NotPermitted):
        _accesses(session, reader, patient)


def test_the_past_of_a_restricted_record_is_not_found(
    session: Session, desk: Actor, patient: Patient
) -> None:
    patient.is_restricted = True
    session.flush()
    with pytest.raises(NotFound):
        _changes(session, desk, patient)
    with pytest.raises(NotFound):
        _accesses(session, desk, patient)


def _look(patient: Patient, *parts: str, user: object, name: str) -> None:
    actor = Actor(user.id, name, frozenset(), session_id=1)  # type: ignore[attr-defined]
    for part in parts:
        with db.transaction() as session:
            audit.record_access(session, actor, patient_id=patient.key, what=part)


def test_the_access_log_says_who_looked_as_what_at_which_part(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    doctor = make_user(session, "doctor", name="Dr Doe")
    session.commit()
    _look(patient, "banner", "overview", "timeline", user=doctor, name="Dr Doe")
    with db.transaction() as writing:
        audit.record_access(writing, Actor.system("importer"), patient_id=patient.key, what="export")
    rows = _accesses(session, desk, patient)
    assert [(row.person, row.roles, row.parts) for row in rows] == [
        ("system: importer", "The system itself", "export"),
        ("Dr Doe", "Doctor", "overview, timeline"),
    ]
    assert rows[0].day == desk.locale.date(desk.locale.today())


def test_a_role_that_ended_before_the_look_does_not_count(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    user = make_user(session, "nurse", name="Ned Nurse")
    held = session.exec(select(UserRole).where(UserRole.user_id == user.id)).one()
    held.ended_at = clock.now() - dt.timedelta(hours=1)
    session.commit()
    _look(patient, "overview", user=user, name="Ned Nurse")
    assert [row.roles for row in _accesses(session, desk, patient)] == ["No role"]


def test_the_access_log_is_narrowed_to_one_person(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    users = [make_user(session, name=name) for name in ("Ann", "Ben")]
    session.commit()
    for user in users:
        _look(patient, "overview", user=user, name=user.name)
    page, people = list_accesses(
        session, desk, patient_id=patient.key, filters=HistoryFilters(user_id=users[0].id)
    )
    assert [row.person for row in page.rows] == ["Ann"]
    assert [name for _, name in people] == ["Ann", "Ben"]


def test_patients_see_who_looked_at_their_own_record_only(session: Session) -> None:
    mine, other = make_patient(session), make_patient(session)
    session.commit()
    me = Actor(5, "Anna Berg", frozenset({Permission.PORTAL_RECORD_READ}), session_id=1, patient_id=mine.id)
    assert _accesses(session, me, mine) == []
    with pytest.raises(NotFound):
        _accesses(session, me, other)


def _selects(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.startswith("SELECT")]


def test_both_lists_take_the_same_number_of_statements_however_long(
    session: Session, connection: sa.Connection, desk: Actor, patient: Patient
) -> None:
    doctor = make_user(session, "doctor")
    session.commit()
    for _ in range(5):
        _look(patient, "overview", "timeline", user=doctor, name="Dr Doe")
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    _changes(session, desk, patient)
    assert len(_selects(statements)) == 5  # The patient, the page, the payers, whom it names, the people.
    statements.clear()
    _accesses(session, desk, patient)
    assert len(_selects(statements)) == 4  # The patient, the page, their roles, the people.
