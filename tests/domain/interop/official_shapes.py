"""Shapes of HL7's official examples, cut down to what is odd about each; the name says which example it is from."""

import random
from typing import Any, cast

from tests.domain.interop import fhir_bundles as make

Json = dict[str, Any]
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
NOT_PERFORMED = make.concept("not-performed", "Not Performed", "http://terminology.hl7.org/CodeSystem/dar")


def valued(key: str = "x1", **elements: Any) -> Json:
    """An observation without a value of its own, but with these elements."""
    return make.observation(key, **{"valueQuantity": None, **elements})


def resource(kind: str, key: str, **elements: Any) -> Json:
    """A resource of the patient p1."""
    return {"resourceType": kind, "id": key, "subject": {"reference": "Patient/p1"}, **elements}


def prescription(key: str = "m1", **elements: Any) -> Json:
    """An active order of one day in 2015."""
    return resource(
        "MedicationRequest", key, status="active", intent="order", authoredOn="2015-01-15", **elements
    )


def vaccination(key: str = "v1", **elements: Any) -> Json:
    """A vaccine given, as far as the elements do not say otherwise."""
    return {
        "resourceType": "Immunization",
        "id": key,
        "status": "completed",
        "vaccineCode": make.concept("01", "DTP", "http://hl7.org/fhir/sid/cvx"),
        "patient": {"reference": "Patient/p1"},
        **elements,
    }


def allergy(key: str = "a1", **elements: Any) -> Json:
    """An allergy to cashew nuts."""
    return {
        "resourceType": "AllergyIntolerance",
        "id": key,
        "clinicalStatus": make.concept("active", ""),
        "code": make.concept("227493005", "Cashew nuts"),
        "patient": {"reference": "Patient/p1"},
        **elements,
    }


def samples() -> Json:
    """observation-example-sample-data."""
    return {"origin": {"value": 2048}, "period": 10, "dimensions": 1, "data": "2041 2043"}


READ: dict[str, tuple[Json, str, Json]] = {
    "observation-example-bloodpressure-dar": (
        valued(
            component=[
                {
                    "code": make.concept("8480-6", "Systolic", LOINC),
                    "valueQuantity": make.quantity(107, "mm"),
                },
                {"code": make.concept("8462-4", "Diastolic", LOINC), "dataAbsentReason": NOT_PERFORMED},
            ]
        ),
        "SELECT value_number::int, value_text FROM observation WHERE code = '8462-4'",
        {"value_number": None, "value_text": "no value: Not Performed"},
    ),
    "observation-example-unsat, absent": (
        valued(valueQuantity={"unit": "%"}, dataAbsentReason=NOT_PERFORMED),
        "SELECT value_number, value_text FROM observation",
        {"value_number": None, "value_text": "no value: Not Performed"},
    ),
    "diagnosticreport-micro, resistant": (
        valued(interpretation=[make.concept("R", "Resistant", "http://hl7.org/fhir/v2/0078")]),
        "SELECT value_text, value_code FROM observation",
        {"value_text": "Resistant", "value_code": "R"},
    ),
    "observation-example-f001-glucose": (
        make.observation(
            interpretation=[make.concept("H", "High")],
            referenceRange=[{"low": make.quantity(3.1, "mmol/L"), "high": make.quantity(6.2, "mmol/L")}],
            bodySite=make.concept("368209003", "Right arm"),
        ),
        "SELECT note FROM observation",
        {"note": "Interpretation: High\nReference range: 3.1 to 6.2 mmol/L\nBody site: Right arm"},
    ),
    "observation, range with one end and words": (
        make.observation(
            referenceRange=[
                {"high": make.quantity(5, "mg"), "type": make.concept("normal", "Normal Range")},
                {"low": {"value": 2}},
                {"text": "negative"},
            ]
        ),
        "SELECT note, reference_low::text FROM observation",
        {
            "note": "Reference range (Normal Range): at most 5 mg\nReference range: negative",
            "reference_low": "2",
        },
    ),
    "observation-example-f206-staphylococcus, period": (
        valued(valuePeriod={"start": "2013-04-04"}),
        "SELECT value_text FROM observation",
        {"value_text": "2013-04-04 to ..."},
    ),
    "observation-example-date-lastmp": (
        valued(valueDateTime="2016-12-30"),
        "SELECT value_text FROM observation",
        {"value_text": "2016-12-30"},
    ),
    "observation-example-sample-data": (
        valued(component=[{"code": {"text": "ECG I"}, "valueSampledData": samples()}]),
        "SELECT value_text FROM observation WHERE panel_id IS NOT NULL",
        {"value_text": "no value: a series of samples, not taken over"},
    ),
    "observation, time": (
        valued(valueTime="14:35:00"),
        "SELECT value_text FROM observation",
        {"value_text": "14:35:00"},
    ),
    "observation, numbers as E and with zeros": (
        make.observation(valueQuantity={"value": 1.0e2, "unit": "beats/min"}),
        "SELECT value_number::text, unit FROM observation",
        {"value_number": "100.0", "unit": "beats/min"},
    ),
    "observation, timing": (
        make.observation(effectiveDateTime=None, effectiveTiming={"event": ["2014-03-07"]}),
        "SELECT occurred_at::date::text FROM observation",
        {"occurred_at": "2014-03-07"},
    ),
    "observation, leap second": (
        make.observation(effectiveDateTime="2016-12-31T23:59:60Z"),
        "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS at FROM observation",
        {"at": "2017-01-01 00:00:00"},
    ),
    "observation, no date at all": (
        make.observation(effectiveDateTime=None),
        "SELECT occurred_precision, is_day_only, occurred_at::date = (now() AT TIME ZONE 'UTC')::date AS is_today"
        " FROM observation",
        {"occurred_precision": "unknown", "is_day_only": True, "is_today": True},
    ),
    "encounter-example": (
        make.encounter(status="in-progress", period=None, type=None),
        "SELECT status, occurred_precision, ended_at FROM encounter",
        {"status": "in_progress", "occurred_precision": "unknown", "ended_at": None},
    ),
    "encounter-example-home": (
        make.encounter(
            period=None,
            participant=[
                {"period": {"start": "2015-01-17T16:00:00+10:00"}, "individual": {"display": "Dr Adam"}}
            ],
        ),
        "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS at, occurred_precision FROM encounter",
        {"at": "2015-01-17 06:00", "occurred_precision": "day"},
    ),
    "encounter-example, cancelled": (
        make.encounter(status="cancelled", period={"start": "2015-01"}),
        "SELECT status, occurred_precision FROM encounter",
        {"status": "cancelled", "occurred_precision": "month"},
    ),
    "encounter, an end known to the day": (
        make.encounter(period={"start": "2013-04-02T10:00:00Z", "end": "2013-04-02"}),
        "SELECT ended_at = occurred_at AS is_one FROM encounter",
        {"is_one": True},
    ),
    "condition-example2": (
        make.condition(onsetDateTime=None, onsetString="approximately November 2012"),
        "SELECT note, occurred_precision FROM condition",
        {"note": "Onset: approximately November 2012", "occurred_precision": "unknown"},
    ),
    "condition-example-f201-fever": (
        make.condition(
            clinicalStatus=make.concept("resolved", ""),
            onsetDateTime="2013-04-02",
            abatementString="around April 9, 2013",
            severity=make.concept("255604002", "Mild"),
            bodySite=[make.concept("38266002", "Entire body")],
        ),
        "SELECT status, note FROM condition",
        {"status": "ended", "note": "Severity: Mild\nBody site: Entire body\nEnded: around April 9, 2013"},
    ),
    "condition-example-f202-malignancy, age and stage": (
        make.condition(
            onsetDateTime=None,
            onsetAge={"value": 52, "unit": "years", "code": "a"},
            stage=[{"summary": make.concept("258219007", "Stage 2")}],
        ),
        "SELECT note FROM condition",
        {"note": "Stage: Stage 2\nOnset: 52 years"},
    ),
    "condition-example-f205-infection": (
        make.condition(verificationStatus=make.concept("differential", "")),
        "SELECT status, verification FROM condition",
        {"status": "active", "verification": "differential"},
    ),
    "condition, entered in error": (
        make.condition(clinicalStatus=None, verificationStatus=make.concept("entered-in-error", "")),
        "SELECT status FROM condition",
        {"status": "entered_in_error"},
    ),
    "condition, recorded after it had ended": (
        make.condition(onsetDateTime=None, recordedDate=None, abatementDateTime="2012"),
        "SELECT ended_at::date::text, ended_precision, occurred_precision FROM condition",
        {"ended_at": "2012-12-31", "ended_precision": "year", "occurred_precision": "unknown"},
    ),
    "condition, ended in the month it began": (
        make.condition(onsetDateTime="2012-05-24", abatementDateTime="2012-05"),
        "SELECT ended_at::date::text, ended_precision FROM condition",
        {"ended_at": "2012-05-31", "ended_precision": "month"},
    ),
    "allergyintolerance-nka": (
        allergy(code={**make.concept("716186003", "No Known Allergy (situation)"), "text": "NKA"}),
        "SELECT code, status, occurred_precision FROM allergy_intolerance",
        {"code": "716186003", "status": "active", "occurred_precision": "unknown"},
    ),
    "allergyintolerance-example, no code": (
        allergy(
            code=None,
            onsetDateTime="2004",
            reaction=[
                {
                    "substance": make.concept("1160593", "cashew nut extract"),
                    "manifestation": [make.concept("39579001", "Anaphylaxis")],
                    "severity": "severe",
                }
            ],
        ),
        "SELECT a.display, a.occurred_precision, r.display AS reaction, r.severity FROM allergy_intolerance a"
        " JOIN allergy_reaction r ON r.allergy_id = a.id",
        {
            "display": "cashew nut extract",
            "occurred_precision": "year",
            "reaction": "Anaphylaxis",
            "severity": "severe",
        },
    ),
    "medicationrequest0302, contained medication": (
        prescription(
            contained=[
                {"resourceType": "Medication", "id": "med", "code": make.concept("324252006", "Azithromycin")}
            ],
            medicationReference={"reference": "#med"},
            dosageInstruction=[{"text": "Two tablets at once"}, {"text": "One tablet daily for 4 days"}],
        ),
        "SELECT display, dosage FROM medication_request",
        {"display": "Azithromycin", "dosage": "Two tablets at once; One tablet daily for 4 days"},
    ),
    "medicationrequest, made of ingredients": (
        prescription(
            contained=[
                {
                    "resourceType": "Medication",
                    "id": "m",
                    "ingredient": [
                        {"itemCodeableConcept": {"text": name}} for name in ("Salicylic acid", "Urea")
                    ],
                }
            ],
            medicationReference={"reference": "#m"},
        ),
        "SELECT display FROM medication_request",
        {"display": "Salicylic acid, Urea"},
    ),
    "document-example-dischargesummary, dosage in codes": (
        prescription(
            medicationCodeableConcept={"text": "Theophylline 200mg"},
            dosageInstruction=[
                {
                    "additionalInstruction": [{"text": "Take with Food"}],
                    "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                    "route": make.concept("394899003", "oral"),
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet", "code": "tbl"}}],
                }
            ],
        ),
        "SELECT dosage FROM medication_request",
        {"dosage": "1 tablet, oral, 2 times a day, Take with Food"},
    ),
    "medicationrequest0309, stopped": (
        {**prescription(medicationCodeableConcept={"text": "Prednisone"}), "status": "stopped"},
        "SELECT status FROM medication_request",
        {"status": "ended"},
    ),
    "immunization-example-refused": (
        vaccination(
            status="not-done",
            statusReason=make.concept("MEDPREC", "medical precaution"),
            occurrenceDateTime="2013-01-10",
        ),
        "SELECT status, note FROM immunization",
        {"status": "cancelled", "note": "Reason: medical precaution"},
    ),
    "immunization-example-historical": (
        vaccination(occurrenceString="January 2012"),
        "SELECT status, note, occurred_precision FROM immunization",
        {"status": "completed", "note": "Date: January 2012", "occurred_precision": "unknown"},
    ),
    "procedure-example-f003-abscess, not done": (
        resource(
            "Procedure",
            "pr",
            status="not-done",
            statusReason=make.concept("398254007", "Pre-existing condition"),
            code=make.concept("1", "Tonsillectomy"),
            performedDateTime="2011",
        ),
        "SELECT status, reason_display, occurred_precision FROM procedure",
        {"status": "cancelled", "reason_display": "Pre-existing condition", "occurred_precision": "year"},
    ),
    "careplan-example-f001-heart": (
        resource(
            "CarePlan",
            "cp",
            status="completed",
            intent="plan",
            period={"start": "2011-06-26", "end": "2011-06-27"},
            activity=[{"detail": {"code": make.concept("64915003", "Operation on heart")}}],
        ),
        "SELECT display, status FROM care_plan",
        {"display": "Operation on heart", "status": "ended"},
    ),
    "careplan-example, contained condition": (
        resource(
            "CarePlan",
            "cp",
            status="active",
            intent="plan",
            created="2016-01-01",
            period={"end": "2017-06-01"},
            contained=[{"resourceType": "Condition", "id": "p1", "code": {"text": "Obesity"}}],
            addresses=[{"reference": "#p1"}],
        ),
        "SELECT p.display AS plan, p.reason_display, c.display, c.occurred_at::date::text FROM care_plan p,"
        " condition c",
        {"plan": "Obesity", "reason_display": "Obesity", "display": "Obesity", "occurred_at": "2016-01-01"},
    ),
    "diagnosticreport-example-f201-brainct": (
        make.report(effectiveDateTime=None, conclusionCode=[make.concept("188340000", "Craniopharyngioma")]),
        "SELECT conclusion, occurred_precision FROM diagnostic_report",
        {"conclusion": "Craniopharyngioma", "occurred_precision": "unknown"},
    ),
    "diagnosticreport-example-papsmear, contained results": (
        make.report(
            "r1",
            "Patient/p1",
            "#one",
            contained=[
                {
                    "resourceType": "Observation",
                    "id": "one",
                    "status": "final",
                    "code": {"text": "Adequacy"},
                    "valueString": "good",
                }
            ],
        ),
        "SELECT o.value_text, o.occurred_at = r.occurred_at AS is_then, o.occurred_precision FROM observation o"
        " JOIN diagnostic_report r ON r.id = o.diagnostic_report_id",
        {"value_text": "good", "is_then": True, "occurred_precision": "day"},
    ),
}
"""What is read of each example besides the patient p1, and what the database then has."""

PEOPLE: dict[str, tuple[Json, Json]] = {
    "patient-example": (
        make.patient(
            telecom=[{"use": "home"}, {"system": "phone", "value": "(03) 5555 6473"}],
            _birthDate={"extension": [{"url": "birthTime", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
            contact=[{"name": {"family": "du Marché", "_family": {"extension": []}}}],
        ),
        {"family_name": "Berg", "status": "active"},
    ),
    "patient-example-a, replaced": (
        make.patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/pat2"}}]),
        {
            "status": "inactive",
            "status_reason": "Replaced by another record where it comes from: Patient/pat2",
        },
    ),
    "patient-example-a, see also": (
        make.patient(link=[{"type": "seealso", "other": {"reference": "Patient/pat2"}}]),
        {"status": "active", "status_reason": ""},
    ),
    "patient-genetics-example1, text only": (
        make.patient(name=[{"text": "Everywoman, Eve"}], gender=None, birthDate=None),
        {"given_names": "Eve", "family_name": "Everywoman", "gender": "unknown", "birth_date": None},
    ),
    "patient-example-f201-roel": (
        make.patient(deceasedBoolean=False, multipleBirthInteger=3, birthDate="1960"),
        {"deceased_at": None, "birth_date_precision": "year"},
    ),
    "patient-example-ihe-pcd, right to left": (
        make.patient(name=[{"family": "عبد الله", "given": ["זהבה", "e\u0301va"]}]),
        {"family_name": "عبد الله", "given_names": "זהבה e\u0301va"},
    ),
}
"""Patients, and what their rows then have."""

REFUSED: dict[str, tuple[Json, str]] = {
    "patient-example-animal": (
        make.patient(
            "dog",
            extension=[{"url": "http://hl7.org/fhir/StructureDefinition/patient-animal", "extension": []}],
        ),
        "it is an animal, not a person",
    ),
    "patient-example, STU3 animal": (
        make.patient("dog", animal={"species": {}}),
        "it is not FHIR R4: its animal belongs to another version",
    ),
    "patient, no name": (make.patient("who", name=None), "name is missing: nobody is registered without one"),
    "observation, nothing": (
        valued(),
        "it says nothing: it has neither a value nor a reason for having none",
    ),
    "observation, of a group": (
        make.observation(of="Group/herd1"),
        "subject is not a patient but a Group",
    ),
    "observation, of an organization": (
        make.observation(of="Organization/o1"),
        "subject is not a patient but an Organization",
    ),
    "observation, only a name": (
        make.observation(subject={"display": "Donald Duck"}),
        "subject is only a name, not a reference to a patient: Donald Duck",
    ),
    "observation, before all": (
        make.observation(effectiveDateTime="1492-10-12"),
        "effectiveDateTime is before the year 1800: 1492-10-12",
    ),
    "observation, NUL": (valued(valueString="a\0b"), "valueString contains a character that is no text"),
    "observation, too long": (
        valued(valueString="x" * 5000),
        "valueString is longer than 4000 characters",
    ),
    "observation, huge": (
        make.observation(valueQuantity={"value": 10**40}),
        "value is too large a number: int",
    ),
    "procedure, STU3 not done": (
        resource("Procedure", "pr", status="completed", notDone=True, code={"text": "x"}),
        "it is not FHIR R4: its notDone belongs to another version",
    ),
    "immunization, STU3 not given": (
        vaccination(notGiven=True),
        "it is not FHIR R4: its notGiven belongs to another version",
    ),
    "condition, DSTU2": (
        make.condition(clinicalStatus="active"),
        "clinicalStatus is not an object, as it is in FHIR R4",
    ),
    "medicationrequest, proposal": (
        {**prescription(medicationCodeableConcept={"text": "x"}), "intent": "proposal"},
        "it is a proposal: nothing was prescribed",
    ),
    "medicationrequest, not to be given": (
        prescription(medicationCodeableConcept={"text": "x"}, doNotPerform=True),
        "it says what is not to be given: doNotPerform is true",
    ),
    "careplan, proposal": (
        resource("CarePlan", "cp", status="active", intent="proposal", title="x"),
        "it is a proposal: nothing is planned yet",
    ),
}
"""What is not read, and the sentence that says why."""


def bundles(count: int, *, seed: int) -> list[Json]:
    """Bundles of a patient and some of all these shapes, each resource with an id of its own."""
    chance = random.Random(seed)
    examples = [cast(Json, example) for example, *_ in (*READ.values(), *PEOPLE.values(), *REFUSED.values())]
    made = []
    for number in range(count):
        chosen = chance.sample(examples, 12)
        kept = [{**one, "id": f"{one['id']}-{number}-{place}"} for place, one in enumerate(chosen)]
        made.append(make.bundle(make.patient(), *kept))
    return made


def record() -> Json:
    """One patient with everything that is read of all these shapes, each resource with an id of its own."""
    examples = [example for example, *_ in READ.values()]
    return make.bundle(make.patient(), *({**one, "id": f"x{place}"} for place, one in enumerate(examples)))
