"""Encounters and what was found, given and done in them."""

from json import dumps
from typing import Final

from hms_app.domain.clinical.values import (
    CLASS_WORDS,
    AllergyCategory,
    AllergyKind,
    CourseStatus,
    Criticality,
    EncounterClass,
    EncounterStatus,
    EventStatus,
    Severity,
)
from hms_app.domain.interop.rules.fhir.codes import (
    NOTHING,
    Coded,
    codes_of,
    coding,
    concept,
    first_concept,
    needed_concept,
    read_concept,
)
from hms_app.domain.interop.rules.fhir.dosages import dosage_words
from hms_app.domain.interop.rules.fhir.elements import (
    Json,
    Moment,
    flag,
    moment,
    part,
    parts,
    text,
    texts,
    word,
)
from hms_app.domain.interop.rules.fhir.names import target
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated
from hms_app.domain.interop.rules.fhir.remarks import remarks, stages, told, unsure
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COSTS,
    COURSE,
    ENCOUNTER,
    OF_ENCOUNTER,
    PATIENT,
    PATIENT_OF,
    PAYER,
    PERIOD,
    REASON,
    RECORDED,
    ResourceSpec,
    organization,
    payer_of,
    practitioner,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

CLASSES: Final = {
    "AMB": EncounterClass.AMBULATORY.value,
    "EMER": EncounterClass.EMERGENCY.value,
    "IMP": EncounterClass.INPATIENT.value,
    "ACUTE": EncounterClass.INPATIENT.value,
    "NONAC": EncounterClass.INPATIENT.value,
    "OBSENC": EncounterClass.INPATIENT.value,
    "SS": EncounterClass.INPATIENT.value,
    "HH": EncounterClass.HOME.value,
    "VR": EncounterClass.VIRTUAL.value,
    **{known.value: known.value for known in EncounterClass},
}
"""HL7's ActEncounterCode, and our own words, which our exports write."""
ENCOUNTER_STATUSES: Final = {
    "planned": EncounterStatus.PLANNED.value,
    "arrived": EncounterStatus.IN_PROGRESS.value,
    "triaged": EncounterStatus.IN_PROGRESS.value,
    "in-progress": EncounterStatus.IN_PROGRESS.value,
    "onleave": EncounterStatus.IN_PROGRESS.value,
    "finished": EncounterStatus.COMPLETED.value,
    "unknown": EncounterStatus.COMPLETED.value,
    "cancelled": EncounterStatus.CANCELLED.value,
    "entered-in-error": EncounterStatus.ENTERED_IN_ERROR.value,
}
COURSE_STATUSES: Final = {
    "active": CourseStatus.ACTIVE.value,
    "recurrence": CourseStatus.ACTIVE.value,
    "relapse": CourseStatus.ACTIVE.value,
    "inactive": CourseStatus.ENDED.value,
    "remission": CourseStatus.ENDED.value,
    "resolved": CourseStatus.ENDED.value,
}
_REQUEST_STATUSES: Final = {
    "active": CourseStatus.ACTIVE.value,
    "on-hold": CourseStatus.ACTIVE.value,
    "unknown": CourseStatus.ACTIVE.value,
    "cancelled": CourseStatus.ENDED.value,
    "revoked": CourseStatus.ENDED.value,
    "completed": CourseStatus.ENDED.value,
    "stopped": CourseStatus.ENDED.value,
    "entered-in-error": CourseStatus.ENTERED_IN_ERROR.value,
}
EVENT_STATUSES: Final = {
    "preparation": EventStatus.PLANNED.value,
    "in-progress": EventStatus.PLANNED.value,
    "on-hold": EventStatus.PLANNED.value,
    "registered": EventStatus.PLANNED.value,
    "completed": EventStatus.COMPLETED.value,
    "unknown": EventStatus.COMPLETED.value,
    "stopped": EventStatus.CANCELLED.value,
    "not-done": EventStatus.CANCELLED.value,
    "entered-in-error": EventStatus.ENTERED_IN_ERROR.value,
}
_KINDS: Final = {kind.value: kind.value for kind in AllergyKind}
_CATEGORIES: Final = {
    **{known.value: known.value for known in AllergyCategory},
    "biologic": AllergyCategory.MEDICATION.value,
}
_CRITICALITIES: Final = {known.value: known.value for known in Criticality}
_SEVERITIES: Final = {known.value: known.value for known in Severity}
_UNSURE: Final = {"refuted": "it is refuted"}
_NO_ORDERS: Final = frozenset({"proposal", "plan", "option"})
_NO_PLANS: Final = frozenset({"proposal", "option"})


_VISIT_COSTS: Final = (*COSTS, "total_claim_amount", "payer_coverage_amount")
_DISPENSED: Final = (*COSTS, "total_cost_amount", "payer_coverage_amount", "dispenses")


def read_encounter(reading: Reading) -> Values:
    """A visit or stay."""
    resource = reading.resource
    kind, setting = first_concept(resource, "type"), coding(part(resource, "class"))
    encounter_class = CLASSES.get(setting.code, EncounterClass.OTHER.value)
    if not kind.display:
        kind = Coded("", "", CLASS_WORDS[EncounterClass(encounter_class)])
    place = reading.first_key("location", "location", "Location")
    return {
        **coded(kind),
        **dated(_visited(reading), reading.ended("period")),
        **reading.reason(),
        "status": word(resource, "status", ENCOUNTER_STATUSES),
        "encounter_class": encounter_class,
        **payer_of(reading),
        "ref_patient_id": reading.patient(),
        "ref_practitioner_id": reading.first_key("participant", "individual", "Practitioner"),
        "ref_organization_id": reading.key("serviceProvider", "Organization") or _prefixed(place),
    }


def read_condition(reading: Reading) -> Values:
    """A diagnosis or problem."""
    resource = reading.resource
    return {
        **coded(needed_concept(resource, "code")),
        **dated(
            reading.happened("onsetDateTime", "onsetPeriod", "recordedDate"),
            reading.ended("onsetPeriod") or _at(reading, "abatementDateTime", "abatementPeriod"),
        ),
        "status": _course(resource),
        "note": reading.note(
            *unsure(resource),
            *remarks(resource, "severity", "bodySite"),
            *stages(resource),
            *told(resource, "onset", "abatement"),
        ),
        **of_encounter(reading),
    }


def read_allergy(reading: Reading) -> Values:
    """Something a patient must not meet."""
    resource = reading.resource
    categories = texts(resource, "category")
    return {
        **coded(_substance(resource)),
        **dated(
            reading.happened("onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence"),
            reading.ended("onsetPeriod"),
        ),
        "note": reading.note(*unsure(resource), *told(resource, "onset")),
        "criticality": word(resource, "criticality", _CRITICALITIES, "") or None,
        "status": _course(resource),
        "kind": word(resource, "type", _KINDS, AllergyKind.ALLERGY.value),
        "category": _CATEGORIES.get(categories[0], "other") if categories else AllergyCategory.OTHER.value,
        "reactions": dumps([one for reaction in parts(resource, "reaction") for one in _reactions(reaction)]),
        **of_encounter(reading, "patient"),
    }


def read_medication_request(reading: Reading) -> Values:
    """A medicine a patient was told to take."""
    resource = reading.resource
    if text(resource, "status") == "draft":
        raise Rejected("it is a draft: nothing was prescribed")
    if flag(resource, "doNotPerform"):
        raise Rejected("it says what is not to be given: doNotPerform is true")
    if (intent := text(resource, "intent")) in _NO_ORDERS:
        raise Rejected(f"it is a {intent}: nothing was prescribed")
    return {
        **coded(_medication(reading)),
        **dated(reading.happened("authoredOn")),
        **reading.reason(),
        **payer_of(reading),
        "dosage": "; ".join(
            filter(None, (dosage_words(one) for one in parts(resource, "dosageInstruction")))
        ),
        "note": reading.note(),
        "status": word(resource, "status", _REQUEST_STATUSES),
        "ref_practitioner_id": reading.key("requester", "Practitioner"),
        **of_encounter(reading),
    }


def read_procedure(reading: Reading) -> Values:
    """Something done to or for a patient."""
    resource = reading.resource
    return {
        **coded(needed_concept(resource, "code")),
        **dated(
            reading.happened("performedDateTime", "performedPeriod"),
            reading.ended("performedPeriod"),
        ),
        **_why(reading),
        "status": word(resource, "status", EVENT_STATUSES),
        "ref_practitioner_id": reading.first_key("performer", "actor", "Practitioner"),
        **of_encounter(reading),
    }


def _why(reading: Reading) -> Values:
    """Why a procedure was done; or else why it was not, or was broken off."""
    found = concept(reading.resource, "statusReason")
    reason = reading.reason()
    return (
        reason if reason["reason_display"] else {"reason_code": found.code, "reason_display": found.display}
    )


def read_immunization(reading: Reading) -> Values:
    """A vaccine given."""
    resource = reading.resource
    return {
        **coded(needed_concept(resource, "vaccineCode")),
        **dated(reading.happened("occurrenceDateTime", "recorded")),
        "lot_number": text(resource, "lotNumber", limit=100),
        "note": reading.note(*remarks(resource, "statusReason"), *told(resource, "occurrence")),
        "status": word(resource, "status", EVENT_STATUSES),
        "ref_practitioner_id": reading.first_key("performer", "actor", "Practitioner"),
        **of_encounter(reading, "patient"),
    }


def read_care_plan(reading: Reading) -> Values:
    """What is planned for a patient over a time; its category says what kind of plan it is."""
    resource = reading.resource
    if text(resource, "status") == "draft":
        raise Rejected("it is a draft: nothing is planned yet")
    if (intent := text(resource, "intent")) in _NO_PLANS:
        raise Rejected(f"it is a {intent}: nothing is planned yet")
    return {
        **coded(_plan(reading)),
        **dated(reading.happened("period", "created"), reading.ended("period")),
        **reading.reason(),
        "status": word(resource, "status", _REQUEST_STATUSES),
        **of_encounter(reading),
    }


def of_encounter(reading: Reading, patient: str = "subject") -> Values:
    """Whose it is, and in which visit it happened."""
    return {
        "ref_patient_id": reading.patient(patient),
        "ref_encounter_id": reading.key("encounter", "Encounter"),
    }


def _plan(reading: Reading) -> Coded:
    """What kind of plan it is: its category, or its title, what it is for, or what is first to be done."""
    resource = reading.resource
    kind = first_concept(resource, "category")
    if kind.display:
        return kind
    words = text(resource, "title") or text(resource, "description", limit=1000)
    words = words or (reading.reason()["reason_display"] or "")
    if words:
        return Coded("", "", words)
    acts = (concept(part(one, "detail"), "code") for one in parts(resource, "activity"))
    return next((one for one in acts if one.display), Coded("", "", "Care plan"))


def _prefixed(place: str | None) -> str | None:
    return f"Location/{place}" if place else None


def _visited(reading: Reading) -> Moment:
    """When a visit began: its period, or the first time anybody took part in it or it was anywhere."""
    nested = ("participant", "location", "statusHistory", "classHistory")
    found = (moment(part(one, "period"), "start") for name in nested for one in parts(reading.resource, name))
    began = reading.started("period") or min((one for one in found if one), default=None)
    return began or reading.happened("period")


def _at(reading: Reading, *names: str) -> Moment | None:
    return next((one for name in names if (one := reading.started(name))), None)


def _course(resource: Json) -> str:
    """The life cycle of a condition or an allergy, from its clinical and its verification status."""
    verified = codes_of([part(resource, "verificationStatus")])
    if "entered-in-error" in verified:
        return CourseStatus.ENTERED_IN_ERROR.value
    for code in verified:
        if code in _UNSURE:
            raise Rejected(_UNSURE[code])
    codes = codes_of([part(resource, "clinicalStatus")])
    if not codes:
        return CourseStatus.ACTIVE.value
    return word({"clinicalStatus": codes[0]}, "clinicalStatus", COURSE_STATUSES)


def _substance(resource: Json) -> Coded:
    """What the patient is allergic to: the allergy's own code, or the substance of a reaction."""
    found = concept(resource, "code")
    if found.display:
        return found
    substances = (concept(one, "substance") for one in parts(resource, "reaction"))
    named = next((one for one in substances if one.display), None)
    if named is None:
        raise Rejected("code is missing")
    return named


def _reactions(reaction: Json) -> list[dict[str, str | None]]:
    severity = text(reaction, "severity")
    shown = [read_concept(one) for one in parts(reaction, "manifestation")]
    return [
        {
            "code": one.code,
            "system": one.system,
            "display": one.display,
            "severity": _SEVERITIES.get(severity),
        }
        for one in shown
        if one.display
    ]


def _medication(reading: Reading) -> Coded:
    """What is prescribed: its code, or that of the medication it refers to; `NOTHING` when another file has that."""
    found = concept(reading.resource, "medicationCodeableConcept")
    if found.display:
        return found
    reference = part(reading.resource, "medicationReference")
    meant = target(reference, reading.named, reading.names)
    if meant is not None and meant.named is not None and meant.type == "Medication":
        return medication(meant.named.resource)
    if meant is None:
        words = text(reference, "display", limit=1000)
        if not words:
            raise Rejected("medication is missing")
        return Coded("", "", words)
    return NOTHING


def medication(resource: Json) -> Coded:
    """What a Medication is: its code, or what it is made of."""
    found = concept(resource, "code")
    if found.display:
        return found
    made_of = [concept(one, "itemCodeableConcept").display for one in parts(resource, "ingredient")]
    words = ", ".join(one for one in made_of if one)
    if not words:
        raise Rejected("the medication it refers to has no code")
    return Coded("", "", words[:1000])


def awaited_medication(reading: Reading) -> tuple[str, str] | None:
    """The key and the name of the Medication a request refers to, where it stands in no resource of its file."""
    if concept(reading.resource, "medicationCodeableConcept").display:
        return None
    reference = part(reading.resource, "medicationReference")
    meant = target(reference, reading.named, reading.names)
    if meant is None or (meant.named is not None and meant.type == "Medication"):
        return None
    return meant.key, text(reference, "display", limit=1000)


_OVERRIDE: Final[Values] = {"allergy_warning": "", "allergy_reason": ""}
"""What was warned of before a medicine was recorded, and why it was all the same."""
ENCOUNTERS: Final = ResourceSpec(
    stem="Encounter",
    table="encounter",
    data=(*PERIOD, *CODED, *REASON, "encounter_class", "status", *_VISIT_COSTS),
    references=(PATIENT, practitioner("participant"), organization("serviceProvider"), PAYER),
    stays_with_patient=True,
    read=read_encounter,
    kept=dict.fromkeys(_VISIT_COSTS),
)
CONDITIONS: Final = ResourceSpec(
    stem="Condition",
    table="condition",
    data=(*COURSE, *CODED, "note", *RECORDED),
    references=OF_ENCOUNTER,
    stays_with_patient=True,
    read=read_condition,
    kept=RECORDED,
)
ALLERGIES: Final = ResourceSpec(
    stem="AllergyIntolerance",
    table="allergy_intolerance",
    data=(*COURSE, *CODED, "kind", "category", "criticality", "note", *RECORDED),
    references=(PATIENT_OF, ENCOUNTER),
    extra=("reactions",),
    stays_with_patient=True,
    read=read_allergy,
    kept=RECORDED,
)
MEDICATION_REQUESTS: Final = ResourceSpec(
    stem="MedicationRequest",
    table="medication_request",
    data=(*COURSE, *CODED, *REASON, "dosage", "note", *RECORDED, *_OVERRIDE, *_DISPENSED),
    references=(*OF_ENCOUNTER, practitioner("requester"), PAYER),
    stays_with_patient=True,
    read=read_medication_request,
    kept={**RECORDED, **_OVERRIDE, **dict.fromkeys(_DISPENSED)},
)
PROCEDURES: Final = ResourceSpec(
    stem="Procedure",
    table="procedure",
    data=(*COURSE, *CODED, *REASON, *COSTS),
    references=(*OF_ENCOUNTER, practitioner("performer")),
    stays_with_patient=True,
    read=read_procedure,
    kept=dict.fromkeys(COSTS),
)
IMMUNIZATIONS: Final = ResourceSpec(
    stem="Immunization",
    table="immunization",
    data=(*COURSE, *CODED, "lot_number", "note", *RECORDED, *COSTS),
    references=(PATIENT_OF, ENCOUNTER, practitioner("performer")),
    stays_with_patient=True,
    read=read_immunization,
    kept={**RECORDED, **dict.fromkeys(COSTS)},
)
CARE_PLANS: Final = ResourceSpec(
    stem="CarePlan",
    table="care_plan",
    data=(*COURSE, *CODED, *REASON),
    references=OF_ENCOUNTER,
    stays_with_patient=True,
    read=read_care_plan,
)
