"""What other systems say keeps its meaning, or the report says line by line what was not kept."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.interop.service import import_fhir
from hms_app.domain.interop.values import FhirReport
from tests.domain.interop import fhir_bundles as make
from tests.domain.interop import official_shapes

IMPORTER = Actor.system("import", HospitalLocale(country="DE"))
Json = dict[str, Any]

pytestmark = pytest.mark.usefixtures("connection")


def _read(directory: Path, *resources: Json) -> FhirReport:
    return import_fhir(make.write(directory, told=make.bundle(*resources)), IMPORTER)


def _rows(connection: sa.Connection, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(sql))]


def _remarks(report: FhirReport) -> list[str]:
    return [remark.reason for remark in report.remarks]


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


def _repeat(**said: Any) -> Json:
    return {"timing": {"repeat": said}, "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}


FOUR_GRAMS = {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}}
DOSES: dict[str, tuple[list[Json], str]] = {
    "times of day": ([_repeat(timeOfDay=["09:00:00", "21:00:00"])], "1 tablet, at 09:00 and 21:00"),
    "weekday": ([_repeat(dayOfWeek=["mon"])], "1 tablet, on Mondays"),
    "weekdays": (
        [_repeat(dayOfWeek=["mon", "thu"], frequency=1, period=1, periodUnit="d")],
        "1 tablet, once a day, on Mondays and Thursdays",
    ),
    "bounds": (
        [_repeat(boundsDuration={"value": 7, "unit": "d"}, frequency=2, period=1, periodUnit="d")],
        "1 tablet, 2 times a day, for 7 days",
    ),
    "a range of periods": (
        [_repeat(frequency=1, period=4, periodMax=6, periodUnit="h")],
        "1 tablet, every 4 to 6 hours",
    ),
    "a range of frequencies": (
        [_repeat(frequency=1, frequencyMax=2, period=8, periodUnit="h")],
        "1 tablet, 1 to 2 times every 8 hours",
    ),
    "before meals": ([_repeat(when=["AC"], offset=30)], "1 tablet, 30 minutes before meals"),
    "a count": (
        [_repeat(count=3, frequency=1, period=1, periodUnit="wk")],
        "1 tablet, once a week, 3 doses in all",
    ),
    "rate": (
        [{"route": {"text": "IV"}, "doseAndRate": [{"rateQuantity": {"value": 200, "unit": "ug/min"}}]}],
        "at 200 ug/min, IV",
    ),
    "ratio of a rate": (
        [
            {
                "doseAndRate": [
                    {
                        "rateRatio": {
                            "numerator": {"value": 1, "unit": "L"},
                            "denominator": {"value": 8, "unit": "h"},
                        }
                    }
                ]
            }
        ],
        "at 1 L per 8 hours",
    ),
    "at most": (
        [
            {
                "asNeededBoolean": True,
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g"}}],
                "maxDosePerPeriod": FOUR_GRAMS,
            }
        ],
        "1 g, as needed, at most 4 g in 1 day",
    ),
    "a text and more": (
        [
            {
                "text": "1 tablet",
                "asNeededCodeableConcept": {"text": "severe pain"},
                "additionalInstruction": [{"text": "Not with other paracetamol"}],
                "maxDosePerPeriod": FOUR_GRAMS,
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
            }
        ],
        "1 tablet, as needed for severe pain, at most 4 g in 1 day, Not with other paracetamol",
    ),
    "a taper": (
        [{"sequence": 2, "text": "then 20 mg"}, {"sequence": 1, "text": "40 mg for 5 days"}],
        "40 mg for 5 days; then 20 mg",
    ),
    "a site": (
        [{"site": {"text": "left eye"}, **_repeat(frequency=2, period=1, periodUnit="d")}],
        "1 tablet, left eye, 2 times a day",
    ),
    "STU3": (
        [
            {
                "doseQuantity": {"value": 10, "unit": "mL"},
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
            }
        ],
        "10 mL, 2 times a day",
    ),
    "a range of doses": (
        [
            {
                "doseAndRate": [
                    {"doseRange": {"low": {"value": 1, "unit": "puff"}, "high": {"value": 2, "unit": "puff"}}}
                ]
            }
        ],
        "1 to 2 puff",
    ),
}


@pytest.mark.parametrize("said", DOSES)
def test_a_dose_in_codes_becomes_words_whole(said: str, tmp_path: Path, connection: sa.Connection) -> None:
    instructions, words = DOSES[said]
    report = _read(tmp_path, make.patient(), _medicine("m", *instructions))
    assert _rows(connection, "SELECT dosage FROM medication_request") == [(words,)]
    assert {name for name in report.not_kept if name.startswith("MedicationRequest.dosage")} == set()


def _between(low: float | None = None, high: float | None = None, unit: str = "mg/dL", **said: Any) -> Json:
    ends = {"low": low, "high": high}
    return {end: make.quantity(value, unit) for end, value in ends.items() if value is not None} | said


def _result(value: float, *ranges: Json, unit: str = "mg/dL", **said: Any) -> Json:
    return make.observation(valueQuantity=make.quantity(value, unit), referenceRange=list(ranges), **said)


MALE, FEMALE = {"appliesTo": [{"text": "Male"}]}, {"appliesTo": [{"text": "Female"}]}
BABY = {"age": {"high": {"value": 1, "unit": "a", "code": "a"}}}
ADULT = {"age": {"low": {"value": 18, "unit": "a", "code": "a"}}}
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
    _read(tmp_path, woman, _result(0.7, *ranges, effectiveDateTime="2026-01-02T10:00:00Z"))
    found = _rows(connection, "SELECT reference_low::text, reference_high::text, note FROM observation")
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
    _read(tmp_path, make.patient(), make.encounter(), said) if table != "encounter" else _read(
        tmp_path, make.patient(), said
    )
    assert _rows(connection, f"SELECT status, status_told FROM {table}") == [status]


@pytest.mark.parametrize("sure", ["confirmed", "unconfirmed", "provisional", "differential", "refuted"])
def test_how_sure_somebody_is_is_kept(sure: str, tmp_path: Path, connection: sa.Connection) -> None:
    said = make.condition(verificationStatus={"coding": [{"code": sure}]}, encounter=None)
    _read(tmp_path, make.patient(), {name: value for name, value in said.items() if value is not None})
    status = "ended" if sure == "refuted" else "active"
    assert _rows(connection, "SELECT status, verification FROM condition") == [(status, sure)]


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
    report = _read(
        tmp_path, make.patient(), allergy, visit, make.condition(encounter={"reference": "Encounter/e1"})
    )
    assert report.problems == []
    assert _rows(connection, "SELECT display, note FROM allergy_intolerance") == [
        ("Penicillin", "Visit: Visit of 3 March")
    ]
    assert _rows(connection, "SELECT note FROM encounter") == [("By: Dr Elsewhere",)]
    assert _rows(connection, "SELECT count(*) FROM condition WHERE encounter_id IS NOT NULL") == [(1,)]
    assert sorted(remark[:40] for remark in _remarks(report)) == [
        "kept without its encounter: encounter re",
        "kept without its practitioner: participa",
    ]


def test_what_was_missing_is_linked_when_it_comes(tmp_path: Path, connection: sa.Connection) -> None:
    late = make.condition(encounter={"reference": "Encounter/e1", "display": "Visit of 3 March"})
    _read(tmp_path / "first", make.patient(), late)
    assert _rows(connection, "SELECT encounter_id, note FROM condition") == [
        (None, "Visit: Visit of 3 March")
    ]
    visit = make.encounter()
    visit.pop("serviceProvider", None), visit.pop("participant", None)
    _read(tmp_path / "then", make.patient(), visit, late)
    assert _rows(connection, "SELECT encounter_id IS NOT NULL, note FROM condition") == [(True, "")]


def test_what_has_no_column_is_a_line_of_the_note(tmp_path: Path, connection: sa.Connection) -> None:
    of = {"reference": "Patient/p1"}
    _read(
        tmp_path,
        make.patient(),
        {
            "resourceType": "Procedure",
            "id": "amputation",
            "status": "completed",
            "code": {"text": "Amputation of toe", "coding": [{"code": "1", "display": "Amputation"}]},
            "subject": of,
            "performedDateTime": "2026-01-01",
            "bodySite": [{"text": "left great toe"}],
            "note": [{"text": "Revision needed"}],
            "outcome": {"text": "infected"},
            "complication": [{"text": "bleeding"}],
            "reasonCode": [{"text": "Gangrene"}, {"text": "Pain"}],
        },
        {
            "resourceType": "Immunization",
            "id": "mmr",
            "status": "completed",
            "isSubpotent": True,
            "vaccineCode": {"text": "MMR"},
            "patient": of,
            "occurrenceDateTime": "2026-01-01",
            "protocolApplied": [{"doseNumberPositiveInt": 2}],
            "expirationDate": "2026-06-01",
        },
        {
            "resourceType": "AllergyIntolerance",
            "id": "cashew",
            "category": ["medication", "food"],
            "code": {"text": "Cashew"},
            "patient": of,
            "reaction": [
                {
                    "manifestation": [{"text": "Anaphylaxis"}],
                    "description": "Needed ventilation",
                    "note": [{"text": "within 15 minutes"}],
                }
            ],
        },
        {
            "resourceType": "CarePlan",
            "id": "plan",
            "status": "active",
            "intent": "plan",
            "category": [{"text": "Diabetes"}],
            "subject": of,
            "activity": [{"detail": {"code": {"text": "Walk daily"}, "status": "in-progress"}}],
        },
    )
    assert _rows(connection, "SELECT display, reason_display, note FROM procedure") == [
        (
            "Amputation of toe",
            "Gangrene",
            "Revision needed\nAlso for: Pain\nBody site: left great toe\nOutcome: infected\nComplication: bleeding",
        )
    ]
    assert _rows(connection, "SELECT note FROM immunization") == [
        ("Protocol: dose 2\nSubpotent: this dose does not count in full\nExpires: 2026-06-01",)
    ]
    assert _rows(connection, "SELECT note FROM allergy_intolerance") == [
        ("Category: medication, food\nReaction (Anaphylaxis): Needed ventilation; within 15 minutes",)
    ]
    assert _rows(connection, "SELECT note FROM care_plan") == [("Activity: Walk daily, in progress",)]


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
    report = _read(tmp_path, make.patient(), statement)
    assert report.not_read == {"Medication": 1} or report.not_read == {}
    assert _rows(connection, "SELECT display, status, dosage, note FROM medication_request") == [
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
    _read(tmp_path / "first", make.patient(), given, draft)
    assert _rows(connection, "SELECT resource_type, display FROM not_taken_over ORDER BY display") == [
        ("MedicationRequest", "Aspirin"),
        ("MedicationAdministration", "Heparin"),
    ]
    _read(tmp_path / "then", make.patient(), _medicine("Aspirin"))
    assert _rows(connection, "SELECT display FROM not_taken_over") == [("Heparin",)]


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
    _read(tmp_path, make.patient(), allergy)
    assert _rows(connection, "SELECT code, code_system FROM allergy_intolerance") == [(kept, "SNOMED-CT")]


DEATHS: dict[str, tuple[Json, tuple[str | None, bool, str]]] = {
    "nobody knows when": ({"deceasedBoolean": True}, (None, True, "unknown")),
    "a year": ({"deceasedDateTime": "2025"}, ("2025-01-01 12:00", True, "year")),
    "a month": ({"deceasedDateTime": "2025-07"}, ("2025-07-01 12:00", True, "month")),
    "a day": ({"deceasedDateTime": "2025-12-31"}, ("2025-12-31 12:00", True, "day")),
    "an instant": ({"deceasedDateTime": "2025-12-31T23:30:00+01:00"}, ("2025-12-31 22:30", False, "day")),
    "alive": ({"deceasedBoolean": False}, (None, True, "day")),
    "in the future": ({"deceasedDateTime": "2999-01-01"}, (None, True, "unknown")),
    "before the birth": ({"deceasedDateTime": "1901"}, (None, True, "unknown")),
}


@pytest.mark.parametrize("said", DEATHS)
def test_a_death_is_as_exact_as_it_was_told(said: str, tmp_path: Path, connection: sa.Connection) -> None:
    told, kept = DEATHS[said]
    changed = {"meta": {"lastUpdated": "2026-11-20T08:00:00Z"}}
    _read(tmp_path, make.patient(birthDate="1970-02-03", **changed, **told))
    assert _rows(
        connection,
        "SELECT to_char(deceased_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), deceased_is_day_only,"
        " deceased_precision FROM patient",
    ) == [kept]


SSN = {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "900-11-2222"}


def _ada(key: str, **said: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": key,
        "name": [{"family": "Probe", "given": ["Ada"]}],
        "birthDate": "1970-02-03",
        "gender": "female",
        "identifier": [SSN],
        **said,
    }


def test_a_patient_who_is_met_again_brings_what_is_new_and_keeps_what_differs(
    tmp_path: Path, connection: sa.Connection
) -> None:
    married = {"coding": [{"code": "M"}]}
    _read(tmp_path / "first", _ada("a", maritalStatus=married))
    report = _read(
        tmp_path / "then",
        _ada(
            "b",
            name=[{"family": "Probe", "given": ["Ada"]}, {"use": "maiden", "family": "Gabler"}],
            maritalStatus={"coding": [{"code": "W"}]},
            identifier=[{**SSN, "value": "900 11 2222"}],
            deceasedDateTime="2026-10-01",
            telecom=[{"system": "phone", "value": "+49 30 1234567"}],
            address=[{"line": ["Weg 1"], "city": "Berlin", "postalCode": "10115", "country": "DE"}],
        ),
    )
    assert _rows(connection, "SELECT maiden_name, marital_status, deceased_at::date::text FROM patient") == [
        ("Gabler", "married", "2026-10-01")
    ]
    assert _rows(connection, "SELECT digits FROM patient_contact_point") == [("49301234567",)]
    assert _rows(connection, "SELECT address_line FROM patient_address") == [("Weg 1",)]
    assert _rows(connection, "SELECT differs FROM patient_source") == [({"marital_status": "widowed"},)]
    (remark,) = _remarks(report)
    assert "taken over: maiden name, death" in remark
    assert "kept as it was, for the file says otherwise: marital status" in remark
    assert "added: phone or e-mail, address" in remark
    again = _read(tmp_path / "then_again", _ada("a", maritalStatus=married))
    assert again.resources["Patient"].unchanged == 1


def test_two_people_with_one_number_come_both_and_the_report_says_so(
    tmp_path: Path, connection: sa.Connection
) -> None:
    number = {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        "system": "urn:oid:1.2.3",
        "value": "654",
    }
    first, second = (_ada(key, identifier=[number]) for key in ("a", "b"))
    first.pop("birthDate"), second.pop("birthDate")
    report = _read(tmp_path, first, second)
    assert report.problems == []
    assert _rows(connection, "SELECT count(*) FROM patient") == [(2,)]
    (remark,) = _remarks(report)
    assert "of one of them no date of birth is known" in remark
    assert _read(tmp_path, first, second).resources["Patient"].unchanged == 2


@pytest.mark.parametrize(
    "value", ["n/a", "-", "none", "Unknown", "000-00-0000", "9999", "123-45-6789", "N/A "]
)
def test_what_stands_where_there_is_no_number_is_nobodys_number(
    value: str, tmp_path: Path, connection: sa.Connection
) -> None:
    report = _read(
        tmp_path,
        _ada("a", identifier=[{**SSN, "value": value}]),
        _ada("b", identifier=[{**SSN, "value": value}], birthDate="1980-01-02"),
    )
    assert report.resources["Patient"].created == 2
    assert _rows(connection, "SELECT value FROM patient_identifier") == []


def test_one_number_in_another_spelling_is_one_number(tmp_path: Path, connection: sa.Connection) -> None:
    passport = {"type": {"coding": [{"code": "PPN"}]}, "assigner": {"display": "DE"}}
    _read(tmp_path, _ada("a", identifier=[{**passport, "value": "AB 123-456"}]))
    report = _read(tmp_path, _ada("b", identifier=[{**passport, "value": "ab123456"}]))
    assert report.resources["Patient"].created == 0
    assert _rows(connection, "SELECT count(*) FROM patient") == [(1,)]


def test_of_several_names_the_one_that_counts_now_is_the_name(
    tmp_path: Path, connection: sa.Connection
) -> None:
    names = [
        {"use": "official", "family": "Old", "given": ["Ada"], "period": {"end": "2010-01-01"}},
        {"use": "usual", "family": "New", "given": ["Ada"], "period": {"start": "2010-01-01"}},
    ]
    _read(tmp_path, _ada("a", name=names, identifier=[]))
    assert _rows(connection, "SELECT family_name FROM patient") == [("New",)]
    assert _rows(connection, "SELECT type, value FROM patient_identifier") == [("other-name", "Ada Old")]


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
