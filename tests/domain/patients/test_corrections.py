"""Correcting a patient: who wins, who sees both versions, and what may become of a record."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, InvalidInput, NotFound, NotPermitted
from hms_app.core.life_cycle import MoveRefused
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.errors import BirthRefused, RecordClosed
from hms_app.domain.patients.queries import CHECKS, get_patient_form, search_patients
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import (
    PATIENT_LIFE,
    DeathInput,
    EditPatientInput,
    PatientAction,
    PatientForm,
    PatientStatus,
)
from hms_app.domain.records import rules as versions
from hms_app.domain.records.errors import Conflict
from hms_app.domain.records.values import FormField
from tests.factories.patients import make_patient

ActorWith = Callable[..., Actor]


def _correct(
    session: Session, actor: Actor, patient: Patient, version: int = 1, **changed: str
) -> PatientForm:
    form = get_patient_form(session, actor, patient_id=patient.key)
    request = EditPatientInput.from_form({**form.fields, **changed})
    return service.correct_patient(session, actor, patient_id=patient.key, version=version, request=request)


def _entries(session: Session) -> list[dict[str, Any]]:
    return list(session.info.get("audit_entries", ()))


def _death(day: str, at: str = "") -> DeathInput:
    return DeathInput.from_form({"died_on": day, "died_at": at})


def test_a_correction_is_saved_with_only_what_changed_in_the_trail(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    form = _correct(session, desk, patient, given_names="Anne", gender="other")
    assert (form.version, form.name, form.fields["gender"]) == (2, "Anne Berg", "other")
    (entry,) = _entries(session)
    assert (entry["action"], entry["patient_id"]) == ("patients.patient.corrected", patient.id)
    assert entry["before"] == {"given_names": "Anna", "gender": "unknown"}
    assert entry["after"] == {"given_names": "Anne", "gender": "other"}


def test_saving_the_same_again_changes_nothing(session: Session, desk: Actor) -> None:
    patient = make_patient(session, birth_date_precision="estimated", birth_estimated_on=dt.date(2020, 1, 1))
    assert _correct(session, desk, patient).version == 1
    assert audit.noted(session) == []
    assert (patient.birth_date, patient.birth_estimated_on) == (dt.date(1980, 2, 3), dt.date(2020, 1, 1))


def test_a_corrected_patient_is_found_by_the_new_name_only(session: Session, desk: Actor) -> None:
    patient = make_patient(session, family_name="Zwabel")
    _correct(session, desk, patient, family_name="Zworbel")
    assert [row.id for row in search_patients(session, desk, text="zworbel")] == [patient.id]
    assert search_patients(session, desk, text="zwabel") == []
    assert patient.name_sort == "zworbel anna"
    assert all(check(session).ok for check in CHECKS)


@time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False)
@pytest.mark.parametrize(
    ("text", "day", "precision", "estimated_on"),
    [
        ("4.2.1980", dt.date(1980, 2, 4), "exact", None),
        ("1979", dt.date(1979, 1, 1), "year", None),
        ("", None, "exact", None),
        ("42 years", dt.date(1984, 11, 23), "estimated", dt.date(2026, 11, 23)),
    ],
)
def test_a_birth_is_typed_as_a_day_a_year_or_an_age(
    session: Session,
    desk: Actor,
    text: str,
    day: dt.date | None,
    precision: str,
    estimated_on: dt.date | None,
) -> None:
    patient = make_patient(session)
    _correct(session, desk, patient, birth=text)
    assert (patient.birth_date, patient.birth_date_precision) == (day, precision)
    assert patient.birth_estimated_on == estimated_on


def test_a_form_without_a_name_is_refused(session: Session, desk: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        _correct(session, desk, make_patient(session), given_names="", family_name="")
    assert set(refused.value.problems) == {"family_name"}


def test_a_birth_that_is_none_is_refused_beside_its_field(session: Session, desk: Actor) -> None:
    patient = make_patient(session, deceased_at=dt.datetime(2000, 5, 1, 12, tzinfo=dt.UTC))
    with pytest.raises(BirthRefused) as refused:
        _correct(session, desk, patient, birth="long ago")
    assert refused.value.field == "birth"
    with pytest.raises(InvalidInput, match="attention") as late:
        _correct(session, desk, patient, birth="2.5.2000")
    assert late.value.problems == {"birth": "This date lies after the day of death."}


def test_who_may_not_correct_is_refused(session: Session, actor_with: ActorWith) -> None:
    patient = make_patient(session)
    reader = actor_with(Permission.PATIENTS_PATIENT_READ)
    request = EditPatientInput(family_name="X")
    for call in (
        lambda: service.correct_patient(session, reader, patient_id=patient.key, version=1, request=request),
        lambda: service.record_death(
            session, reader, patient_id=patient.key, version=1, request=_death("2020-01-01")
        ),
        lambda: service.undo_death(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: service.restrict_record(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: service.open_record(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: service.deactivate_patient(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: service.reactivate_patient(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: service.retract_patient(session, reader, patient_id=patient.key, version=1, reason="x"),
        lambda: get_patient_form(session, reader, patient_id=patient.key),
    ):
        with pytest.raises(NotPermitted):
            call()


def test_a_restricted_patient_is_not_found_by_who_may_not_see_them(session: Session, desk: Actor) -> None:
    patient = make_patient(session, is_restricted=True)
    with pytest.raises(NotFound):
        get_patient_form(session, desk, patient_id=patient.key)
    with pytest.raises(NotFound):
        service.correct_patient(
            session, desk, patient_id=patient.key, version=1, request=EditPatientInput(family_name="X")
        )


def test_the_second_of_two_editors_is_shown_the_first_ones_version(
    connection: sa.Connection, desk: Actor
) -> None:
    with db.transaction() as session:
        patient = make_patient(session)
        audit.record(session, desk, PatientAction.PATIENT_CORRECTED, patient)
    with db.transaction() as session:
        _correct(session, desk, patient, given_names="Anne")
    with pytest.raises(Conflict) as refused, db.transaction() as session:
        _correct(session, desk, patient, 1, given_names="Hanna")
    theirs = refused.value.theirs
    assert (theirs.version, theirs.form.fields["given_names"], theirs.changed_by) == (2, "Anne", desk.name)
    assert theirs.changed_at


def test_versions_are_compared_field_by_field() -> None:
    was = {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}
    theirs = {"a": "2", "b": "1", "c": "2", "d": "1", "e": "2"}
    yours = {"a": "1", "b": "2", "c": "3", "d": "1", "e": "2"}
    form = {name: FormField(name.upper()) for name in was}
    shown = [
        (f.name, f.was, f.theirs, f.yours, f.preferred)
        for f in versions.compare_versions(form, was, theirs, yours)
    ]
    assert shown == [
        ("a", "1", "2", "1", "theirs"),
        ("b", "1", "1", "2", "yours"),
        ("c", "1", "2", "3", ""),
    ]


def test_a_searched_field_is_compared_by_its_text_and_taken_whole() -> None:
    form = {"payer_id": FormField("Payer"), "rank": FormField("Rank", {"primary": "Primary"})}
    was = {"payer_id": "1", "payer_id-text": "Kasse Nord", "rank": ""}
    theirs = {"payer_id": "2", "payer_id-text": "Kasse Ost", "rank": "primary"}
    yours = {"payer_id": "3", "payer_id-text": "Kasse West", "rank": ""}
    shown = [(f.was, f.theirs, f.yours) for f in versions.compare_versions(form, was, theirs, yours)]
    assert shown == [("Kasse Nord", "Kasse Ost", "Kasse West"), ("", "Primary", "")]
    merged = versions.merged_versions(theirs, yours, {"payer_id": "yours", "rank": "theirs"})
    assert merged == {"payer_id": "3", "payer_id-text": "Kasse West", "rank": "primary"}


@pytest.mark.usefixtures("committing")
def test_of_two_corrections_at_once_one_wins_and_the_other_sees_it() -> None:
    system = Actor.system("race")
    at_once = Barrier(2)
    with db.transaction() as session:
        patient = make_patient(session, family_name="Racededit")
        audit.record(session, system, PatientAction.PATIENT_CORRECTED, patient)

    def correct(given: str) -> str:
        def work(session: Session) -> str:
            request = EditPatientInput(family_name="Racededit", given_names=given, birth="3 Feb 1980")
            at_once.wait(timeout=10)
            service.correct_patient(session, system, patient_id=patient.key, version=1, request=request)
            return given

        try:
            return db.in_transaction(work)
        except Conflict as refusal:
            return f"sees {refusal.theirs.form.fields['given_names']}"

    with ThreadPoolExecutor(2) as pool:
        won, lost = sorted(pool.map(correct, ["Ada", "Bea"]), key=lambda outcome: "sees" in outcome)
    assert lost == f"sees {won}"


def test_a_death_is_a_day_or_a_time_and_can_be_corrected_and_undone(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    service.record_death(session, desk, patient_id=patient.key, version=1, request=_death("2024-05-01"))
    assert desk.locale.date_of(patient.deceased_at) == "1 May 2024"
    assert patient.deceased_is_day_only
    service.record_death(
        session, desk, patient_id=patient.key, version=2, request=_death("2024-05-02", "23:50")
    )
    assert desk.locale.moment(patient.deceased_at) == "2 May 2024, 23:50"
    assert not patient.deceased_is_day_only
    with pytest.raises(DomainError, match="Say why"):
        service.undo_death(session, desk, patient_id=patient.key, version=3, reason=" ")
    service.undo_death(session, desk, patient_id=patient.key, version=3, reason="Another Anna Berg")
    assert patient.deceased_at is None
    assert _entries(session)[-1]["reason"] == "Another Anna Berg"
    with pytest.raises(DomainError, match="not recorded as deceased"):
        service.undo_death(session, desk, patient_id=patient.key, version=4, reason="x")


def test_nobody_dies_tomorrow_or_before_birth(session: Session, desk: Actor) -> None:
    patient = make_patient(session, birth_date=dt.date(1990, 6, 15))
    here = desk.locale.local(clock.now())
    for request in (
        _death((here.date() + dt.timedelta(1)).isoformat()),
        _death("1990-06-14"),
        _death(here.date().isoformat(), "23:59"),
    ):
        with pytest.raises(DomainError) as refused:
            service.record_death(session, desk, patient_id=patient.key, version=1, request=request)
        assert refused.value.field in ("died_on", "died_at")
    service.record_death(session, desk, patient_id=patient.key, version=1, request=_death("1990-06-15"))


def test_a_year_or_an_estimate_of_birth_proves_less() -> None:
    day = dt.date(1990, 3, 1)
    assert not rules.is_before_birth(day, born_on=dt.date(1990, 1, 1), precision="year")
    assert rules.is_before_birth(day, born_on=dt.date(1991, 1, 1), precision="year")
    assert not rules.is_before_birth(day, born_on=dt.date(1995, 1, 1), precision="estimated")
    assert not rules.is_before_birth(day, born_on=None, precision="exact")


def test_a_record_is_restricted_and_opened_by_who_may(session: Session, person_with: ActorWith) -> None:
    officer = person_with(
        Permission.PATIENTS_PATIENT_READ,
        Permission.PATIENTS_RESTRICTED_READ,
        Permission.PATIENTS_RESTRICTED_EDIT,
    )
    patient = make_patient(session)
    service.restrict_record(session, officer, patient_id=patient.key, version=1, reason="Works here")
    assert patient.is_restricted
    service.open_record(session, officer, patient_id=patient.key, version=2, reason="Left")
    assert not patient.is_restricted
    assert audit.noted(session) == ["patients.patient.restricted", "patients.patient.opened"]
    assert [entry["reason"] for entry in _entries(session)] == ["Works here", "Left"]


def test_a_record_goes_only_where_the_table_says(session: Session, desk: Actor) -> None:
    verbs = {
        PatientStatus.INACTIVE: service.deactivate_patient,
        PatientStatus.ACTIVE: service.reactivate_patient,
        PatientStatus.ENTERED_IN_ERROR: service.retract_patient,
    }
    for current in PatientStatus:
        for wanted, verb in verbs.items():
            survivor = make_patient(session).id if current is PatientStatus.MERGED else None
            patient = make_patient(session, status=current.value, merged_into_id=survivor)
            if any(move.end is wanted for move in PATIENT_LIFE.offered(current, desk)):
                verb(session, desk, patient_id=patient.key, version=1, reason="Moved away")
                assert patient.status == wanted.value
                assert patient.status_reason == ("" if wanted is PatientStatus.ACTIVE else "Moved away")
            else:
                with pytest.raises(MoveRefused, match="cannot become"):
                    verb(session, desk, patient_id=patient.key, version=1, reason="Moved away")


def test_a_status_wants_a_reason_and_the_present_version(session: Session, desk: Actor) -> None:
    patient = make_patient(session)
    with pytest.raises(DomainError, match="Say why"):
        service.deactivate_patient(session, desk, patient_id=patient.key, version=1, reason="")
    with pytest.raises(Conflict):
        service.deactivate_patient(session, desk, patient_id=patient.key, version=0, reason="x")


def test_a_record_entered_in_error_takes_no_correction_until_it_is_reactivated(
    session: Session, desk: Actor
) -> None:
    patient = make_patient(session)
    service.retract_patient(session, desk, patient_id=patient.key, version=1, reason="Typed twice")
    assert search_patients(session, desk, text=patient.mrn) == []
    with pytest.raises(RecordClosed, match="Anna Berg is entered in error"):
        _correct(session, desk, patient, 2, given_names="Anne")
    with pytest.raises(RecordClosed):
        service.record_death(session, desk, patient_id=patient.key, version=2, request=_death("2020-01-01"))
    service.reactivate_patient(session, desk, patient_id=patient.key, version=2, reason="It was not")
    assert _correct(session, desk, patient, 3, given_names="Anne").name == "Anne Berg"
