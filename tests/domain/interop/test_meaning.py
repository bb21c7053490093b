"""What other systems say keeps its meaning, or the report says line by line what was not kept."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotPermitted
from hms_app.core.permissions import Permission
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.service.fhir_left_out import record_left_out
from tests.domain.interop import fhir_bundles as make
from tests.domain.interop import official_shapes
from tests.domain.interop.told import IMPORTER, Json, read, remarks, rows

pytestmark = pytest.mark.usefixtures("connection")


def _medicine(name: str, *dosages: Json, **said: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": "Patient/p1"},
        "authoredOn": "2026-01-02",
        "dosageInstruction": list(dosages),
        **said,
    }


def _between(low: float | None = None, high: float | None = None, unit: str = "mg/dL", **said: Any) -> Json:
    ends = {"low": low, "high": high}
    return {end: make.quantity(value, unit) for end, value in ends.items() if value is not None} | said


def _result(value: float, *ranges: Json, unit: str = "mg/dL", **said: Any) -> Json:
    return make.observation(valueQuantity=make.quantity(value, unit), referenceRange=list(ranges), **said)


MALE: Json = {"appliesTo": [{"text": "Male"}]}
FEMALE: Json = {"appliesTo": [{"text": "Female"}]}
BABY: Json = {"age": {"high": {"value": 1, "unit": "a", "code": "a"}}}
ADULT: Json = {"age": {"low": {"value": 18, "unit": "a", "code": "a"}}}
RANGES: dict[str, tuple[list[Json], tuple[str | None, str | None], str]] = {
    "by sex": (
        [_between(0.76, 1.27, **MALE), _between(0.57, 1.0, **FEMALE)],
        ("0.57", "1.0"),
        "Reference range (Male): 0.76 to 1.27 mg/dL",
    ),
    "by age": (
        [_between(10, 20, **BABY), _between(3, 8, **ADULT)],
        ("3", "8"),
        "Reference range (at most 1 year): 10 to 20 mg/dL",
    ),
    "only another's": (
        [_between(10, 20, **BABY)],
        (None, None),
        "Reference range (at most 1 year): 10 to 20 mg/dL",
    ),
    "by type": (
        [_between(high=8, type={"text": "Severe injury"}), _between(13, type={"text": "Mild injury"})],
        (None, None),
        "Reference range (Severe injury): at most 8 mg/dL\nReference range (Mild injury): at least 13 mg/dL",
    ),
    "of a group nobody knows": (
        [_between(1, 2, appliesTo=[{"text": "Pregnant"}]), _between(3, 4)],
        ("3", "4"),
        "Reference range (Pregnant): 1 to 2 mg/dL",
    ),
    "in words": ([{"text": "negative"}], (None, None), "Reference range: negative"),
}


@pytest.mark.parametrize("said", RANGES)
def test_the_range_that_is_the_patients_is_used_and_the_others_are_kept(
    said: str, tmp_path: Path, connection: sa.Connection
) -> None:
    ranges, kept, note = RANGES[said]
    woman = make.patient(gender="female", birthDate="1970-02-03")
    read(tmp_path, woman, _result(0.7, *ranges, effectiveDateTime="2026-01-02T10:00:00Z"))
    found = rows(connection, "SELECT reference_low::text, reference_high::text, note FROM observation")
    low, high, said_in_note = found[0]
    assert (low, high) == kept
    assert said_in_note == note


STATUSES: list[tuple[Json, str, tuple[str, str]]] = [
    (_medicine("held", status="on-hold"), "medication_request", ("active", "on-hold")),
    (_medicine("finished", status="completed"), "medication_request", ("ended", "completed")),
    (_medicine("stopped", status="stopped"), "medication_request", ("ended", "")),
    (_medicine("unclear", status="unknown"), "medication_request", ("active", "unknown")),
    (make.observation(status="preliminary"), "observation", ("completed", "preliminary")),
    (make.observation(status="cancelled"), "observation", ("cancelled", "")),
    (make.observation(status="corrected"), "observation", ("completed", "corrected")),
    (
        make.condition(clinicalStatus={"coding": [{"code": "remission"}]}),
        "condition",
        ("ended", "remission"),
    ),
    (make.condition(clinicalStatus={"coding": [{"code": "relapse"}]}), "condition", ("active", "relapse")),
    (
        make.condition(clinicalStatus=None, onsetDateTime="2012-05-24", abatementDateTime="2012-06-01"),
        "condition",
        ("ended", ""),
    ),
    (
        make.condition(clinicalStatus={"coding": [{"code": "active"}]}, abatementString="last year"),
        "condition",
        ("ended", ""),
    ),
    (make.encounter(status="onleave"), "encounter", ("in_progress", "onleave")),
]


@pytest.mark.parametrize(("resource", "table", "status"), STATUSES, ids=lambda one: str(one)[:40])
def test_a_status_is_kept_as_it_was_told(
    resource: Json, table: str, status: tuple[str, str], tmp_path: Path, connection: sa.Connection
) -> None:
    said = {name: value for name, value in resource.items() if value is not None}
    read(tmp_path, make.patient(), make.encounter(), said) if table != "encounter" else read(
        tmp_path, make.patient(), said
    )
    assert rows(connection, f"SELECT status, status_told FROM {table}") == [status]


@pytest.mark.parametrize("sure", ["confirmed", "unconfirmed", "provisional", "differential", "refuted"])
def test_how_sure_somebody_is_is_kept(sure: str, tmp_path: Path, connection: sa.Connection) -> None:
    said = make.condition(verificationStatus={"coding": [{"code": sure}]}, encounter=None)
    read(tmp_path, make.patient(), {name: value for name, value in said.items() if value is not None})
    status = "ended" if sure == "refuted" else "active"
    assert rows(connection, "SELECT status, verification FROM condition") == [(status, sure)]


def test_who_refers_to_what_is_nowhere_keeps_the_rest_and_the_words(
    tmp_path: Path, connection: sa.Connection
) -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": "Penicillin"},
        "patient": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/elsewhere", "display": "Visit of 3 March"},
    }
    who = {"individual": {"reference": "Practitioner/unknown", "display": "Dr Elsewhere"}}
    visit = make.encounter(participant=[who])
    visit.pop("serviceProvider", None)
    report = read(
        tmp_path, make.patient(), allergy, visit, make.condition(encounter={"reference": "Encounter/e1"})
    )
    assert report.problems == []
    assert rows(connection, "SELECT display, note FROM allergy_intolerance") == [
        ("Penicillin", "Visit: Visit of 3 March")
    ]
    assert rows(connection, "SELECT note FROM encounter") == [("By: Dr Elsewhere",)]
    assert rows(connection, "SELECT count(*) FROM condition WHERE encounter_id IS NOT NULL") == [(1,)]
    assert sorted(remark[:40] for remark in remarks(report)) == [
        "kept without its encounter: encounter re",
        "kept without its practitioner: participa",
    ]


def test_what_was_missing_is_linked_when_it_comes(tmp_path: Path, connection: sa.Connection) -> None:
    late = make.condition(encounter={"reference": "Encounter/e1", "display": "Visit of 3 March"})
    read(tmp_path / "first", make.patient(), late)
    assert rows(connection, "SELECT encounter_id, note FROM condition") == [(None, "Visit: Visit of 3 March")]
    visit = make.encounter()
    visit.pop("serviceProvider", None), visit.pop("participant", None)
    read(tmp_path / "then", make.patient(), visit, late)
    assert rows(connection, "SELECT encounter_id IS NOT NULL, note FROM condition") == [(True, "")]


OF_P1 = {"reference": "Patient/p1"}
NOTES: dict[str, tuple[Json, str, tuple[Any, ...]]] = {
    "procedure": (
        {
            "resourceType": "Procedure",
            "id": "amputation",
            "status": "completed",
            "code": {"text": "Amputation of toe", "coding": [{"code": "1", "display": "Amputation"}]},
            "subject": OF_P1,
            "performedDateTime": "2026-01-01",
            "bodySite": [{"text": "left great toe"}],
            "note": [{"text": "Revision needed"}],
            "outcome": {"text": "infected"},
            "complication": [{"text": "bleeding"}],
            "reasonCode": [{"text": "Gangrene"}, {"text": "Pain"}],
        },
        "display, reason_display, note",
        (
            "Amputation of toe",
            "Gangrene",
            "Revision needed\nAlso for: Pain\nBody site: left great toe\nOutcome: infected\nComplication: bleeding",
        ),
    ),
    "immunization": (
        {
            "resourceType": "Immunization",
            "id": "mmr",
            "status": "completed",
            "isSubpotent": True,
            "vaccineCode": {"text": "MMR"},
            "patient": OF_P1,
            "occurrenceDateTime": "2026-01-01",
            "protocolApplied": [{"doseNumberPositiveInt": 2}],
            "expirationDate": "2026-06-01",
        },
        "note",
        ("Protocol: dose 2\nSubpotent: this dose does not count in full\nExpires: 2026-06-01",),
    ),
    "allergy_intolerance": (
        {
            "resourceType": "AllergyIntolerance",
            "id": "cashew",
            "category": ["medication", "food"],
            "code": {"text": "Cashew"},
            "patient": OF_P1,
            "reaction": [
                {
                    "manifestation": [{"text": "Anaphylaxis"}],
                    "description": "Needed ventilation",
                    "note": [{"text": "within 15 minutes"}],
                }
            ],
        },
        "note",
        ("Category: medication, food\nReaction (Anaphylaxis): Needed ventilation; within 15 minutes",),
    ),
    "care_plan": (
        {
            "resourceType": "CarePlan",
            "id": "plan",
            "status": "active",
            "intent": "plan",
            "category": [{"text": "Diabetes"}],
            "subject": OF_P1,
            "activity": [{"detail": {"code": {"text": "Walk daily"}, "status": "in-progress"}}],
        },
        "note",
        ("Activity: Walk daily, in progress",),
    ),
}


@pytest.mark.parametrize("table", NOTES)
def test_what_has_no_column_is_a_line_of_the_note(
    table: str, tmp_path: Path, connection: sa.Connection
) -> None:
    resource, columns, said = NOTES[table]
    read(tmp_path, make.patient(), resource)
    assert rows(connection, f"SELECT {columns} FROM {table}") == [said]


def test_what_a_patient_says_to_take_is_a_medicine(tmp_path: Path, connection: sa.Connection) -> None:
    statement = {
        "resourceType": "MedicationStatement",
        "id": "warfarin",
        "status": "active",
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Warfarin 5 mg"}}],
        "medicationReference": {"reference": "#m"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-01-01",
        "dosage": [{"text": "1 daily"}],
    }
    report = read(tmp_path, make.patient(), statement)
    assert report.not_read == {"Medication": 1} or report.not_read == {}
    assert rows(connection, "SELECT display, status, dosage, note FROM medication_request") == [
        ("Warfarin 5 mg", "active", "1 daily", "Taken as reported; not a prescription")
    ]


def test_the_record_says_what_was_left_out_of_it(tmp_path: Path, connection: sa.Connection) -> None:
    given = {
        "resourceType": "MedicationAdministration",
        "id": "x",
        "status": "completed",
        "medicationCodeableConcept": {"text": "Heparin"},
        "subject": {"reference": "Patient/p1"},
    }
    draft = _medicine("Aspirin", status="draft")
    read(tmp_path / "first", make.patient(), given, draft)
    assert rows(connection, "SELECT resource_type, display FROM not_taken_over ORDER BY display") == [
        ("MedicationRequest", "Aspirin"),
        ("MedicationAdministration", "Heparin"),
    ]
    read(tmp_path / "then", make.patient(), _medicine("Aspirin"))
    assert rows(connection, "SELECT display FROM not_taken_over") == [("Heparin",)]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("no-known-allergies", "716186003"),
        ("no-known-medication-allergies", "409137002"),
        ("no-known-food-allergies", "429625007"),
    ],
)
def test_that_no_allergy_is_known_is_a_statement(
    code: str, kept: str, tmp_path: Path, connection: sa.Connection
) -> None:
    system = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "none",
        "code": {"coding": [{"system": system, "code": code}]},
        "patient": {"reference": "Patient/p1"},
    }
    read(tmp_path, make.patient(), allergy)
    assert rows(connection, "SELECT code, code_system FROM allergy_intolerance") == [(kept, "SNOMED-CT")]


NOT_KEPT = Path(__file__).with_name("not_kept.txt")
"""Each element of the shapes of the official examples that is in no row: the report counts it, nothing else goes."""


def test_whatever_is_not_kept_of_the_official_examples_is_counted(
    tmp_path: Path, connection: sa.Connection
) -> None:
    directory = make.write(tmp_path, record=official_shapes.record(), told=make.bundle(*ALL_OF_EACH))
    report = import_fhir(directory, IMPORTER)
    assert sorted(report.not_kept) == NOT_KEPT.read_text(encoding="utf-8").split()


OF = {"reference": "Patient/p9"}
CODED = {"coding": [{"system": "http://example.org/codes", "code": "1", "display": "One"}], "text": "One"}
ALL_OF_EACH: list[Json] = [
    make.patient(
        "p9",
        photo=[{"url": "x.png"}],
        multipleBirthInteger=2,
        generalPractitioner=[{"display": "Dr House"}],
        managingOrganization={"display": "Clinic"},
    ),
    {
        "resourceType": "Procedure",
        "id": "all",
        "status": "completed",
        "category": CODED,
        "code": CODED,
        "subject": OF,
        "performedDateTime": "2020-01-01",
        "recorder": {"display": "Nurse"},
        "asserter": {"display": "Nurse"},
        "performer": [{"function": CODED, "actor": {"display": "Dr X"}}],
        "location": {"display": "Theatre"},
        "report": [{"display": "Report"}],
        "focalDevice": [{"manipulated": {"display": "Pin"}}],
        "usedReference": [{"display": "Pin"}],
    },
    {
        "resourceType": "Observation",
        "id": "all",
        "status": "final",
        "code": CODED,
        "subject": OF,
        "focus": [{"display": "Donor"}],
        "performer": [{"display": "Nurse"}],
        "valueString": "fine",
        "derivedFrom": [{"display": "Image"}],
    },
    {
        "resourceType": "Condition",
        "id": "all",
        "category": [CODED],
        "code": CODED,
        "subject": OF,
        "recorder": {"display": "Nurse"},
        "asserter": {"display": "Nurse"},
    },
    {
        "resourceType": "MedicationRequest",
        "id": "all",
        "status": "active",
        "intent": "order",
        "category": [CODED],
        "priority": "urgent",
        "medicationCodeableConcept": CODED,
        "subject": OF,
        "performer": {"display": "Nurse"},
        "recorder": {"display": "Nurse"},
        "courseOfTherapyType": CODED,
        "insurance": [{"display": "Payer"}],
        "detectedIssue": [{"display": "Interaction"}],
        "priorPrescription": {"display": "Before"},
    },
]


def test_who_may_not_import_notes_nothing_as_left_out(session: Session, connection: sa.Connection) -> None:
    nobody = Actor(1, "Nobody", frozenset(Permission) - {Permission.INTEROP_IMPORT_RUN})
    with pytest.raises(NotPermitted):
        record_left_out(
            session, nobody, found=[("p1", "Condition", "Condition/c1", "Asthma", "it is a draft")]
        )
    assert rows(connection, "SELECT * FROM not_taken_over") == []
