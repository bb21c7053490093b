"""The overview, the timeline and vital signs: complete, in order, and only for who may see them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical.queries import (
    CHECKS,
    get_overview,
    get_patient_banner,
    list_timeline,
    list_vital_sign_series,
    timeline_counts,
)
from hms_app.domain.clinical.tables import (
    Condition,
    DiagnosticReport,
    Encounter,
    MedicationRequest,
    Observation,
    SupplyUse,
)
from hms_app.domain.clinical.values import NO_RANGE, TimelineEntry, TimelineKind
from hms_app.domain.patients.tables import Patient
from tests.factories.clinical import ALL_KINDS, NOON, make_allergy, make_measurement, make_record
from tests.factories.patients import make_patient
from tests.factories.queues import make_clinic, put_appointment

ActorWith = Callable[..., Actor]


@pytest.fixture
def patient(session: Session) -> Patient:
    return make_patient(session)


def whole_timeline(session: Session, actor: Actor, patient_id: int) -> list[TimelineEntry]:
    page = list_timeline(session, actor, patient_id=patient_id)
    entries = list(page.rows)
    while page.next_bookmark:
        page = list_timeline(session, actor, patient_id=patient_id, bookmark=page.next_bookmark)
        entries += page.rows
    return entries


def test_pages_of_the_timeline_give_every_entry_once_newest_first(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    other = make_patient(session)
    for step in range(16):
        for kind in ALL_KINDS:
            at = NOON + dt.timedelta(hours=step // 4)  # Four of each kind at each instant.
            make_record(session, kind, patient, occurred_at=at)
    make_record(session, Condition, other)
    entries = whole_timeline(session, everyone_allowed, patient.key)
    assert len(entries) == 16 * len(ALL_KINDS) == len({entry.id for entry in entries})
    moments = [entry.occurred_at for entry in entries]
    assert moments == sorted(moments, key=lambda at: at or NOON, reverse=True)
    counts = timeline_counts(session, everyone_allowed, patient_id=patient.key)
    assert counts == dict.fromkeys(TimelineKind, 16)


def test_the_timeline_is_one_statement_beside_the_patient(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    for kind in ALL_KINDS:
        make_record(session, kind, patient)
    statements: list[str] = []
    sa.event.listen(session.connection(), "before_cursor_execute", lambda *args: statements.append(args[2]))
    list_timeline(session, everyone_allowed, patient_id=patient.key)
    assert len(statements) == 2


def test_kinds_are_filtered_and_unknown_ones_refused(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    for kind in ALL_KINDS:
        make_record(session, kind, patient)
    page = list_timeline(session, everyone_allowed, patient_id=patient.key, kinds=["supply", "condition"])
    assert {entry.kind for entry in page.rows} == {TimelineKind.SUPPLY, TimelineKind.CONDITION}
    with pytest.raises(DomainError, match="no such kind"):
        list_timeline(session, everyone_allowed, patient_id=patient.key, kinds=["salary"])
    with pytest.raises(DomainError, match="damaged"):
        list_timeline(session, everyone_allowed, patient_id=patient.key, bookmark="rubbish")


def test_only_permitted_kinds_are_shown_and_counted(
    session: Session, actor_with: ActorWith, patient: Patient
) -> None:
    for kind in ALL_KINDS:
        make_record(session, kind, patient)
    actor = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.CLINICAL_MEDICATION_READ)
    assert [entry.kind for entry in whole_timeline(session, actor, patient.key)] == [TimelineKind.MEDICATION]
    assert timeline_counts(session, actor, patient_id=patient.key) == {TimelineKind.MEDICATION: 1}
    with pytest.raises(NotPermitted):
        list_timeline(session, actor, patient_id=patient.key, kinds=["condition"])


def test_a_cashier_gets_no_clinical_card_and_no_timeline(
    session: Session, actor_with: ActorWith, patient: Patient
) -> None:
    make_allergy(session, patient, "Latex (substance)")
    make_record(session, Condition, patient)
    cashier = actor_with(Permission.PATIENTS_PATIENT_READ, Permission.PATIENTS_COVERAGE_READ)
    about, clinical = get_overview(session, cashier, patient_id=patient.key)
    assert about.coverage == () and about.contacts is None and about.identifiers is None
    assert (clinical.allergies, clinical.conditions, clinical.medications, clinical.vital_signs) == (
        None,
    ) * 4
    assert get_patient_banner(session, cashier, patient_id=patient.key).allergies == ()
    for refused in (list_timeline, timeline_counts, list_vital_sign_series):
        with pytest.raises(NotPermitted):
            refused(session, cashier, patient_id=patient.key)


def test_a_patient_reads_the_whole_own_record_and_no_other(
    session: Session, actor_with: ActorWith, patient: Patient
) -> None:
    other = make_patient(session)
    make_record(session, Condition, patient)
    own = actor_with(Permission.PORTAL_RECORD_READ, patient_id=patient.key)
    assert len(whole_timeline(session, own, patient.key)) == 1
    assert get_overview(session, own, patient_id=patient.key).clinical.conditions
    for use_case in (
        list_timeline,
        timeline_counts,
        get_overview,
        get_patient_banner,
        list_vital_sign_series,
    ):
        with pytest.raises(NotFound):
            use_case(session, own, patient_id=other.key)


def test_every_read_of_a_record_is_noted_for_the_audit_trail(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    get_patient_banner(session, everyone_allowed, patient_id=patient.key)
    get_overview(session, everyone_allowed, patient_id=patient.key)
    list_timeline(session, everyone_allowed, patient_id=patient.key)
    list_vital_sign_series(session, everyone_allowed, patient_id=patient.key)
    assert audit.noted(session).count("patients.record.accessed") == 4


def test_the_overview_shows_what_is_active_and_the_last_measurements(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    make_allergy(session, patient, "Latex (substance)", "Itching (finding)", category="environment")
    make_record(session, Condition, patient, display="Asthma (disorder)")
    make_record(session, Condition, patient, display="Cold", status="ended", ended_at=NOON)
    make_record(session, MedicationRequest, patient, display="Salbutamol")
    make_measurement(session, patient, "8480-6", "118", unit="mm[Hg]")
    make_measurement(session, patient, "8462-4", "76", unit="mm[Hg]")
    make_measurement(session, patient, "8867-4", "90", unit="/min", occurred_at=NOON - dt.timedelta(days=9))
    make_measurement(session, patient, "8867-4", "72", unit="/min")
    clinical = get_overview(session, everyone_allowed, patient_id=patient.key).clinical
    assert [fact.title for fact in clinical.allergies or ()] == ["Latex"]
    assert [fact.title for fact in clinical.conditions or ()] == ["Asthma"]
    assert [fact.title for fact in clinical.medications or ()] == ["Salbutamol"]
    assert [(fact.title, fact.detail) for fact in clinical.vital_signs or ()] == [
        ("Blood pressure", "118 / 76 mmHg"),
        ("Heart rate", "72 per minute"),
    ]
    assert get_patient_banner(session, everyone_allowed, patient_id=patient.key).allergies == ("Latex",)


def test_blood_pressure_comes_as_one_series_with_adult_ranges(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    for day, (systolic, diastolic) in enumerate([("118", "76"), ("121.5", "80")]):
        at = NOON + dt.timedelta(days=day)
        make_measurement(session, patient, "8480-6", systolic, unit="mm[Hg]", occurred_at=at)
        make_measurement(session, patient, "8462-4", diastolic, unit="mm[Hg]", occurred_at=at)
    (series,) = list_vital_sign_series(session, everyone_allowed, patient_id=patient.key)
    assert [(point.value, point.second) for point in series.points] == [(118.0, 76.0), (121.5, 80.0)]
    assert (series.usual, series.second_usual, series.is_range_given) == ((90, 120), (60, 80), False)
    assert [point.mark.value for point in series.points] == ["", "High"]


def test_children_get_no_adult_ranges(session: Session, everyone_allowed: Actor) -> None:
    child = make_patient(session, birth_date=everyone_allowed.locale.today() - dt.timedelta(days=900))
    make_measurement(session, child, "8867-4", "110", unit="/min")
    [series] = list_vital_sign_series(session, everyone_allowed, patient_id=child.key)
    assert (series.usual, series.points[0].mark) == (NO_RANGE, "")


def test_a_range_that_came_with_the_measurement_wins(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    given = {"reference_low": Decimal(40), "reference_high": Decimal(70)}
    for day, (value, more) in enumerate([("72", {}), ("72", given), ("50", given)]):
        at = NOON + dt.timedelta(days=day)
        make_measurement(session, patient, "8867-4", value, unit="/min", occurred_at=at, **more)
    [series] = list_vital_sign_series(session, everyone_allowed, patient_id=patient.key)
    assert [point.mark.value for point in series.points] == ["", "High", ""]
    assert (series.usual, series.is_range_given) == ((40, 70), True)


def test_a_value_in_another_unit_is_not_held_against_the_usual_range(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    make_measurement(session, patient, "8310-5", "98.6", unit="[degF]")
    [series] = list_vital_sign_series(session, everyone_allowed, patient_id=patient.key)
    assert (series.usual, series.points[0].mark) == (NO_RANGE, "")


def test_a_known_day_is_shown_as_that_day_whatever_the_zone(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    midnight = dt.datetime(2024, 5, 6, tzinfo=dt.UTC)
    make_record(session, Condition, patient, occurred_at=midnight, is_day_only=True)
    [entry] = whole_timeline(session, everyone_allowed, patient.key)
    assert (entry.day, entry.occurred_at) == ("6 May 2024", None)


def test_quantities_values_and_states_are_put_into_words(
    session: Session, everyone_allowed: Actor, patient: Patient
) -> None:
    make_record(session, SupplyUse, patient, quantity=Decimal(24))
    make_record(session, Observation, patient, value_number=Decimal("36.60"), unit="Cel")
    make_record(session, Condition, patient, status="ended", ended_at=NOON + dt.timedelta(days=1))
    entries = {entry.kind: entry for entry in whole_timeline(session, everyone_allowed, patient.key)}
    assert entries[TimelineKind.SUPPLY].detail == "quantity 24"
    assert entries[TimelineKind.OBSERVATION].detail == "36.6 °C"
    assert entries[TimelineKind.CONDITION].status == "resolved"


def test_the_database_refuses_another_patients_encounter(session: Session, patient: Patient) -> None:
    visit = make_record(session, Encounter, make_patient(session))
    with pytest.raises(IntegrityError, match="fk_condition_encounter_of_patient"):
        make_record(session, Condition, patient, encounter_id=visit.key)


def test_the_database_refuses_an_end_before_the_beginning(session: Session, patient: Patient) -> None:
    with pytest.raises(IntegrityError, match="ck_condition_ends_after_start"):
        make_record(session, Condition, patient, ended_at=NOON - dt.timedelta(seconds=1))


def test_verify_is_content_with_sound_records(session: Session, patient: Patient) -> None:
    arrived = put_appointment(session, make_clinic(session), patient_id=patient.key, status="arrived")
    visit = make_record(session, Encounter, patient, appointment_id=arrived.key, status="planned")
    make_record(session, Condition, patient, encounter_id=visit.key, ended_at=NOON)
    report = make_record(session, DiagnosticReport, patient)
    panel = make_record(session, Observation, patient, is_panel=True, diagnostic_report_id=report.key)
    make_record(session, Observation, patient, panel_id=panel.key)
    assert all(check(session).ok and check(session).checked == 1 for check in CHECKS)


def test_verify_names_a_part_of_what_is_no_panel_of_its_patient(session: Session, patient: Patient) -> None:
    panel = make_record(session, Observation, make_patient(session), is_panel=True)
    part = make_record(session, Observation, patient, panel_id=panel.key)
    problems = [problem for check in CHECKS for problem in check(session).problems]
    assert problems == [f"observation {part.key} stands under what is no panel of its patient."]


def test_the_database_refuses_a_result_of_another_patients_report(session: Session, patient: Patient) -> None:
    report = make_record(session, DiagnosticReport, make_patient(session))
    with pytest.raises(IntegrityError, match="fk_observation_report_of_patient"):
        make_record(session, Observation, patient, diagnostic_report_id=report.key)


def test_only_a_panel_may_stand_without_a_value(session: Session, patient: Patient) -> None:
    make_record(session, Observation, patient, is_panel=True, value_number=None)
    with pytest.raises(IntegrityError, match="ck_observation_has_value"):
        make_record(session, Observation, patient, value_number=None)


def test_a_blood_pressure_is_one_entry_and_a_point_of_the_chart(
    session: Session, patient: Patient, everyone_allowed: Actor
) -> None:
    panel = make_record(
        session, Observation, patient, display="Blood pressure", is_panel=True, value_number=None
    )
    for code, value in (("8462-4", "79.44"), ("8480-6", "118.0065905413")):
        make_measurement(session, patient, code, value, unit="mm[Hg]", panel_id=panel.key)
    entries = whole_timeline(session, everyone_allowed, patient.key)
    assert [(entry.title, entry.detail) for entry in entries] == [("Blood pressure", "118.01 / 79.44 mmHg")]
    counts = timeline_counts(session, everyone_allowed, patient_id=patient.key)
    assert counts[TimelineKind.OBSERVATION] == 1
    series = list_vital_sign_series(session, everyone_allowed, patient_id=patient.key)
    assert [(point.value, point.second) for point in series[0].points] == [(118.0065905413, 79.44)]


def test_a_report_holds_its_results_and_a_panel_in_it_is_an_entry_of_its_own(
    session: Session, patient: Patient, everyone_allowed: Actor
) -> None:
    report = make_record(session, DiagnosticReport, patient, display="Lipids", conclusion="High.")
    make_record(
        session,
        Observation,
        patient,
        display="Cholesterol",
        value_number=Decimal("231.5"),
        unit="mg/dL",
        diagnostic_report_id=report.key,
    )
    panel = make_record(
        session, Observation, patient, display="Panel", is_panel=True, diagnostic_report_id=report.key
    )
    make_record(session, Observation, patient, display="Part", panel_id=panel.key)
    entries = whole_timeline(session, everyone_allowed, patient.key)
    assert {(entry.kind.value, entry.title, entry.detail) for entry in entries} == {
        ("report", "Lipids", "High. · Cholesterol 231.5 mg/dL"),
        ("observation", "Panel", "1 · Part 1"),
    }
