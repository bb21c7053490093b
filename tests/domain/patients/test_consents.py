"""What patients agree to: recorded, withdrawn, never deleted."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.errors import RecordClosed
from hms_app.domain.patients.queries import list_consents
from hms_app.domain.patients.values import ConsentInput, ConsentRow, ConsentState, PatientAction
from hms_app.domain.records.errors import Conflict
from tests.factories.patients import make_consent, make_patient

ActorWith = Callable[..., Actor]
TODAY = dt.date(2024, 6, 1)


def _record(session: Session, actor: Actor, patient_id: int, **form: str) -> ConsentRow:
    fields = {"kind": "research", "decision": "given", **form}
    return service.record_consent(
        session, actor, patient_id=patient_id, request=ConsentInput.from_form(fields)
    )


def test_a_consent_is_recorded_with_who_and_when(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    row = _record(session, desk, patient.key, note="On paper, shelf 4")
    assert (row.state, row.kind_label, row.note, row.recorded_by) == (
        ConsentState.GIVEN,
        "Research",
        "On paper, shelf 4",
        desk.name,
    )
    assert row.recorded_on == desk.locale.date(desk.locale.today())
    assert audit.noted(session) == ["patients.consent.recorded"]
    assert list_consents(session, desk, patient_id=patient.key) == [row]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"recorded_on": "2999-01-01"}, "recorded_on"),
        ({"recorded_on": "2024-05-01", "valid_until": "2024-04-30"}, "valid_until"),
        ({"kind": "other"}, "note"),
        ({"kind": "selling"}, "kind"),
        ({"decision": "maybe"}, "decision"),
    ],
)
def test_a_consent_that_cannot_be_is_refused_beside_its_field(
    session: Session, desk: Actor, form: dict[str, str], field: str
) -> None:
    patient = make_patient(session)
    with pytest.raises(InvalidInput) as refused:
        _record(session, desk, patient.key, **form)
    assert set(refused.value.problems) == {field}


def test_a_consent_is_withdrawn_once(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    row = _record(session, desk, patient.key)
    withdrawn = service.withdraw_consent(session, desk, consent_id=row.id, version=row.version)
    assert withdrawn.state is ConsentState.WITHDRAWN
    assert audit.noted(session)[-1] == "patients.consent.withdrawn"
    with pytest.raises(DomainError, match="withdrawn already"):
        service.withdraw_consent(session, desk, consent_id=row.id, version=withdrawn.version)


def test_a_refusal_cannot_be_withdrawn(session: Session, desk: Actor) -> None:
    row = _record(session, desk, make_patient(session).key, decision="refused")
    with pytest.raises(DomainError, match="Only a consent that was given"):
        service.withdraw_consent(session, desk, consent_id=row.id, version=row.version)


def test_two_people_changing_a_consent_do_not_overwrite_each_other(session: Session, desk: Actor) -> None:
    row = _record(session, desk, make_patient(session).key)
    service.withdraw_consent(session, desk, consent_id=row.id, version=row.version)
    with pytest.raises(Conflict):
        service.retract_consent(session, desk, consent_id=row.id, version=row.version, reason="Wrong person")


def test_a_consent_entered_in_error_stays_with_its_reason(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    row = _record(session, desk, patient.key)
    with pytest.raises(DomainError, match="Say why"):
        service.retract_consent(session, desk, consent_id=row.id, version=row.version, reason="  ")
    service.retract_consent(session, desk, consent_id=row.id, version=row.version, reason="Wrong person")
    (shown,) = list_consents(session, desk, patient_id=patient.key)
    assert shown.state is ConsentState.ENTERED_IN_ERROR
    assert shown.error_note.startswith("Wrong person (")
    assert desk.name in shown.error_note


def test_consents_are_for_who_may(session: Session, actor_with: ActorWith) -> None:
    patient = make_patient(session)
    reader = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_CONSENT_READ)
    assert list_consents(session, reader, patient_id=patient.key) == []
    with pytest.raises(NotPermitted):
        _record(session, reader, patient.key)
    with pytest.raises(NotPermitted):
        list_consents(session, actor_with(Permission.PATIENTS_PATIENT_READ), patient_id=patient.key)


def test_consents_of_a_restricted_record_are_not_found(session: Session, desk: Actor) -> None:
    patient = make_patient(session, is_restricted=True)
    consent = make_consent(session, patient)
    with pytest.raises(NotFound):
        list_consents(session, desk, patient_id=patient.key)
    with pytest.raises(NotFound):
        _record(session, desk, patient.key)
    with pytest.raises(NotFound):
        service.withdraw_consent(session, desk, consent_id=consent.key, version=1)


def test_a_record_entered_in_error_takes_no_consent(session: Session, desk: Actor) -> None:
    patient = make_patient(session, status="entered_in_error")
    with pytest.raises(RecordClosed, match="entered in error"):
        _record(session, desk, patient.key)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"valid_until": dt.date(2024, 5, 4)}, "valid_after_recorded"),
        ({"withdrawn_on": dt.date(2024, 5, 4)}, "withdrawn_after_recorded"),
        ({"decision": "refused", "withdrawn_on": dt.date(2024, 5, 6)}, "only_given_is_withdrawn"),
        ({"entered_in_error_reason": "no day"}, "error_has_reason"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    session: Session, wrong: dict[str, object], constraint: str
) -> None:
    patient = make_patient(session)
    with pytest.raises(sa.exc.IntegrityError, match=constraint):
        make_consent(session, patient, **wrong)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ConsentState.GIVEN),
        ({"decision": "refused"}, ConsentState.REFUSED),
        ({"valid_until": TODAY}, ConsentState.GIVEN),
        ({"valid_until": TODAY - dt.timedelta(1)}, ConsentState.EXPIRED),
        ({"withdrawn_on": TODAY}, ConsentState.WITHDRAWN),
        ({"is_error": True, "withdrawn_on": TODAY}, ConsentState.ENTERED_IN_ERROR),
    ],
)
def test_what_a_consent_means_today(facts: dict[str, object], state: ConsentState) -> None:
    given = {"decision": "given", "valid_until": None, "withdrawn_on": None, "is_error": False} | facts
    assert rules.consent_state(**given, today=TODAY) is state  # type: ignore[arg-type]


def test_a_list_of_consents_takes_one_statement_more_than_the_patient(
    session: Session, connection: sa.Connection, desk: Actor
) -> None:
    patient = make_patient(session)
    for _ in range(20):
        make_consent(session, patient)
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *call: statements.append(call[2]))
    assert len(list_consents(session, desk, patient_id=patient.key)) == 20
    assert len(statements) == 2


@pytest.mark.usefixtures("committing")
def test_of_two_withdrawals_at_once_one_wins() -> None:
    system = Actor.system("race")
    with db.transaction() as session:
        patient = make_patient(session, family_name="Racedconsent")
        consent = make_consent(session, patient)
        audit.record(session, system, PatientAction.CONSENT_RECORDED, consent)

    def withdraw(_number: int) -> str:
        try:
            db.in_transaction(
                lambda session: service.withdraw_consent(session, system, consent_id=consent.key, version=1)
            )
        except Conflict:
            return "refused"
        return "won"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(withdraw, range(4))) == ["refused", "refused", "refused", "won"]
