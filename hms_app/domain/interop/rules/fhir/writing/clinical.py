"""What happened to the patient."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from hms_app.domain.clinical.values.statuses import (
    COURSE_TOLD,
    ENCOUNTER_TOLD,
    EVENT_TOLD,
    REQUEST_TOLD,
    RESULT_TOLD,
    told_status,
)
from hms_app.domain.interop.rules.fhir import clinical, medicines, observations, problems
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.writing import further
from hms_app.domain.interop.rules.fhir.writing.elements import (
    Row,
    Writing,
    between,
    coded,
    concept,
    filled,
    hl7,
    listed,
    named_code,
    notes,
    number,
    own,
    patient_of,
    period,
    reasons,
    visit_of,
    when,
)
from hms_app.domain.interop.rules.fhir.writing.further import NOTHING, Below

_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_BOUND: Final = re.compile(r"([<>]=?) (-?[0-9.]+)")
_CLASSES: Final = {
    "ambulatory": "AMB",
    "outpatient": "AMB",
    "urgent_care": "AMB",
    "wellness": "AMB",
    "inpatient": "IMP",
    "nursing": "IMP",
    "hospice": "IMP",
    "emergency": "EMER",
    "home": "HH",
    "virtual": "VR",
    "other": "AMB",
}
_CATEGORY: Final = "observation-category"
_CATEGORIES: Final = frozenset(
    (
        "social-history",
        "vital-signs",
        "imaging",
        "laboratory",
        "procedure",
        "survey",
        "exam",
        "therapy",
        "activity",
    )
)
"""The codes that HL7's system has."""


def write_encounter(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A visit or stay."""
    who = writing.reference("practitioner", row["practitioner_id"])
    elements = {
        "status": _told(row, ENCOUNTER_TOLD),
        "class": {"system": _ACT, "code": _CLASSES[row["encounter_class"]]},
        "type": listed(coded(row)),
        "subject": patient_of(writing, row),
        "participant": listed({"individual": who} if who else None),
        "period": period(row),
        "reasonCode": reasons(row),
        "serviceProvider": writing.reference("organization", row["organization_id"]),
        "extension": [*_payer(writing, row), *_note_extension(row)],
    }
    return writing.resource("Encounter", "encounter", row, elements, clinical.ENCOUNTERS)


def write_condition(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A diagnosis or problem."""
    elements = {
        **_course(row, "condition"),
        "code": coded(row),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "onsetDateTime": when(row["occurred_at"], row, row["occurred_precision"]),
        "abatementDateTime": when(row["ended_at"], row, row["ended_precision"]),
        "note": notes(row),
    }
    return writing.resource("Condition", "condition", row, elements, problems.CONDITIONS)


def write_allergy(writing: Writing, row: Row, below: Below = NOTHING) -> Json:
    """Something the patient must not meet, with its reactions."""
    elements = {
        **_course(row, "allergyintolerance"),
        "type": row["kind"],
        "category": listed(row["category"] if row["category"] != "other" else None),
        "criticality": row["criticality"],
        "code": coded(row),
        "patient": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "onsetDateTime": when(row["occurred_at"], row, row["occurred_precision"]),
        "note": notes(row),
        "reaction": [_reaction(one) for one in below.get(row["id"], ())],
    }
    return writing.resource("AllergyIntolerance", "allergy_intolerance", row, elements, problems.ALLERGIES)


def write_medication_request(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A medicine the patient was told to take."""
    elements = {
        "status": _told(row, REQUEST_TOLD),
        "intent": "order",
        "medicationCodeableConcept": named_code(row),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "authoredOn": when(row["occurred_at"], row, row["occurred_precision"]),
        "requester": writing.reference("practitioner", row["practitioner_id"]),
        "reasonCode": reasons(row),
        "dosageInstruction": listed({"text": row["dosage"]} if row["dosage"] else None),
        "note": notes(row),
        "extension": _payer(writing, row),
    }
    spec = medicines.MEDICATION_REQUESTS
    return writing.resource("MedicationRequest", "medication_request", row, elements, spec)


def write_report(writing: Writing, row: Row, below: Below = NOTHING) -> Json:
    """A report; its results are the observations below it."""
    issued = row["issued_at"]
    elements = {
        "status": _told(row, RESULT_TOLD),
        "category": _category(row),
        "code": named_code(row),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        **_effective(row),
        "issued": issued and issued.isoformat(),
        "performer": listed(writing.reference("practitioner", row["practitioner_id"])),
        "result": _references(writing, below.get(row["id"], ())),
        "conclusion": row["conclusion"],
        "extension": _note_extension(row),
    }
    return writing.resource("DiagnosticReport", "diagnostic_report", row, elements, observations.REPORTS)


def write_observation(writing: Writing, row: Row, below: Below = NOTHING) -> Json:
    """A value, or a panel with its components and members."""
    under = below.get(row["id"], ())
    elements = {
        "status": _told(row, RESULT_TOLD),
        "category": _category(row),
        "code": named_code(row),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        **_effective(row),
        **_value(row),
        "note": notes(row),
        "hasMember": _references(writing, [one for one in under if not is_component(one)]),
        "component": [
            {"code": named_code(one), **_value(one), **_beside(one)} for one in under if is_component(one)
        ],
    }
    return writing.resource("Observation", "observation", row, elements, observations.OBSERVATIONS)


def write_procedure(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """Something done to or for the patient."""
    who = writing.reference("practitioner", row["practitioner_id"])
    elements = {
        "status": _told(row, EVENT_TOLD),
        "code": coded(row),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        **between(row, "performedDateTime", "performedPeriod"),
        "performer": listed({"actor": who} if who else None),
        "reasonCode": reasons(row),
        "note": notes(row),
    }
    return writing.resource("Procedure", "procedure", row, elements, clinical.PROCEDURES)


def write_immunization(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A vaccine given."""
    who = writing.reference("practitioner", row["practitioner_id"])
    elements = {
        "status": _given(row),
        "vaccineCode": named_code(row),
        "patient": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "occurrenceDateTime": when(row["occurred_at"], row, row["occurred_precision"]),
        "occurrenceString": "unknown" if row["occurred_precision"] == "unknown" else None,
        "lotNumber": row["lot_number"],
        "performer": listed({"actor": who} if who else None),
        "note": notes(row),
    }
    return writing.resource("Immunization", "immunization", row, elements, clinical.IMMUNIZATIONS)


def write_care_plan(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """What is planned over a time."""
    elements = {
        "status": _told(row, REQUEST_TOLD),
        "intent": "plan",
        "category": listed(coded(row)),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "period": period(row),
        "extension": listed(_reason_extension(row)),
        "note": notes(row),
    }
    return writing.resource("CarePlan", "care_plan", row, elements, clinical.CARE_PLANS)


def is_component(row: Row) -> bool:
    """Whether an observation below a panel is a part of it, not an observation that stands by itself too."""
    return "#component-" in (row["source_key"] or "")


WRITERS: Final[dict[str, Callable[[Writing, Row, Below], Json]]] = {
    "coverage": further.write_coverage,
    "patient_consent": further.write_consent,
    "encounter": write_encounter,
    "condition": write_condition,
    "allergy_intolerance": write_allergy,
    "medication_request": write_medication_request,
    "diagnostic_report": write_report,
    "observation": write_observation,
    "procedure": write_procedure,
    "immunization": write_immunization,
    "care_plan": write_care_plan,
    "device_use": further.write_device_use,
    "supply_use": further.write_supply,
    "imaging_study": further.write_imaging,
    "family_member_history": further.write_family_history,
    "document_reference": further.write_document,
}
"""How the rows of each table are written, in the order of the bundle."""


def _payer(writing: Writing, row: Row) -> list[Json]:
    payer = writing.reference("payer", row["payer_id"])
    return listed(own("payer", valueReference=payer) if payer else None)


def _told(row: Row, meanings: Mapping[str, str]) -> str:
    return told_status(meanings, row["status_told"], row["status"])


def _given(row: Row) -> str:
    """An immunization is given, not given, or an error: FHIR knows nothing between."""
    told = _told(row, EVENT_TOLD)
    return told if told in {"completed", "entered-in-error"} else "not-done"


def _category(row: Row) -> list[Json]:
    """The category as HL7 codes it, or in our word where HL7 has no code."""
    if row["category"] in _CATEGORIES:
        return [hl7(_CATEGORY, row["category"])]
    return listed({"text": row["category"]} if row["category"] != "other" else None)


def _note_extension(row: Row) -> list[Json]:
    """The note of a type of resource that has no element for one."""
    return listed(own("note", valueString=row["note"]) if row["note"] else None)


def _course(row: Row, system: str) -> Json:
    verification = f"{system}-ver{'-status' if system == 'condition' else 'ification'}"
    if row["status"] == "entered_in_error":
        return {"verificationStatus": hl7(verification, "entered-in-error")}
    clinical = hl7(f"{system}-clinical", told_status(COURSE_TOLD, row["status_told"], row["status"]))
    sure = hl7(verification, row["verification"]) if row["verification"] else None
    return {"clinicalStatus": clinical, "verificationStatus": sure}


def _reaction(row: Row) -> Json:
    return filled({"manifestation": [named_code(row)], "severity": row["severity"]})


def _effective(row: Row) -> Json:
    return between(row, "effectiveDateTime", "effectivePeriod")


def _value(row: Row) -> Json:
    if row["value_number"] is not None:
        unit = row["unit"]
        system = "http://unitsofmeasure.org" if unit else None
        quantity = {"value": number(row["value_number"]), "unit": unit, "system": system, "code": unit}
        return {"valueQuantity": filled(quantity), "referenceRange": _reference_range(row, quantity)}
    if row["value_code"]:
        return {"valueCodeableConcept": concept(row["value_code"], row["value_system"], row["value_text"])}
    if bounded := _bounded(row):
        return {"valueQuantity": bounded}
    return {"valueString": row["value_text"]} if row["value_text"] else {}


def _reference_range(row: Row, quantity: Json) -> list[Json]:
    ends = {"low": row["reference_low"], "high": row["reference_high"]}
    told = {
        end: filled({**quantity, "value": number(value)}) for end, value in ends.items() if value is not None
    }
    return listed(told or None)


def _beside(row: Row) -> Json:
    """What FHIR has no element for in a component: the unit of a value that is a text, and a note."""
    unit = row["unit"] if row["value_number"] is None and not _bounded(row) else ""
    told = {"unit": unit, "note": row["note"]}
    return {"extension": [own(name, valueString=words) for name, words in told.items() if words]}


def _bounded(row: Row) -> Json | None:
    """A value such as "< 5" as FHIR writes it, with its unit."""
    found = _BOUND.fullmatch(row["value_text"])
    if found is None or row["value_code"]:
        return None
    value = number(Decimal(found[2]))
    if format(Decimal(str(value)), "f") != found[2]:
        return None
    unit = row["unit"]
    system = "http://unitsofmeasure.org" if unit else None
    return filled({"value": value, "comparator": found[1], "unit": unit, "system": system, "code": unit})


def _reason_extension(row: Row) -> Json | None:
    reason = concept(row["reason_code"], row["reason_system"], row["reason_display"])
    return own("reason", valueCodeableConcept=reason) if reason else None


def _references(writing: Writing, rows: Sequence[Row]) -> list[Any]:
    return [writing.reference("observation", row["id"], row["display"]) for row in rows]
