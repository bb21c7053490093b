"""Encounters and what was found, given and done in them."""

from collections.abc import Iterator
from typing import Final

from hms_app.domain.clinical.values import CLASS_WORDS, EncounterClass
from hms_app.domain.clinical.values.statuses import ENCOUNTER_TOLD, EVENT_TOLD, REQUEST_TOLD
from hms_app.domain.interop.rules.fhir.codes import (
    Coded,
    coding,
    concept,
    first_concept,
    needed_concept,
)
from hms_app.domain.interop.rules.fhir.elements import Json, Moment, flag, moment, part, parts, prose, text
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated, status_of
from hms_app.domain.interop.rules.fhir.remarks import further, remarks, told, words_of
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COSTS,
    COURSE,
    ENCOUNTER,
    OF_ENCOUNTER,
    PATIENT,
    PATIENT_OF,
    PAYER,
    REASON,
    RECORDED,
    UNRESOLVED,
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
_NO_PLANS: Final = frozenset({"proposal", "option"})


_VISIT_COSTS: Final = (*COSTS, "total_claim_amount", "payer_coverage_amount")


def read_encounter(reading: Reading) -> Values:
    """A visit or stay."""
    resource = reading.resource
    kind, setting = first_concept(resource, "type"), coding(part(resource, "class"))
    encounter_class = CLASSES.get(setting.code, EncounterClass.OTHER.value)
    if not kind.display:
        kind = Coded("", "", CLASS_WORDS[EncounterClass(encounter_class)])
    place = reading.first_key("location", "location", "Location")
    treated_by, treated_at = (
        _first_of(resource, "participant", "individual"),
        part(resource, "serviceProvider"),
    )
    return {
        **coded(kind),
        **dated(_visited(reading), reading.ended("period")),
        **reading.reason(),
        **status_of(resource, ENCOUNTER_TOLD),
        "note": reading.note(*reading.further_reasons(), *_visit_lines(resource)),
        "encounter_class": encounter_class,
        **payer_of(reading),
        "ref_patient_id": reading.patient(),
        "ref_practitioner_id": reading.first_key("participant", "individual", "Practitioner"),
        "ref_organization_id": reading.key("serviceProvider", "Organization") or _prefixed(place),
        **reading.unresolved(
            practitioner_id=treated_by,
            organization_id=treated_at or _first_of(resource, "location", "location"),
        ),
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
        **status_of(resource, EVENT_TOLD),
        "note": reading.note(
            *reading.further_reasons(),
            *remarks(resource, "bodySite", "outcome"),
            *_complications(resource),
            *remarks(resource, "followUp", "usedCode"),
            *told(resource, "performed"),
            *(remarks(resource, "statusReason") if reading.reason()["reason_display"] else ()),
        ),
        "ref_practitioner_id": reading.first_key("performer", "actor", "Practitioner"),
        **of_encounter(reading, practitioner_id=_first_of(resource, "performer", "actor")),
    }


def _why(reading: Reading) -> Values:
    """Why a procedure was done; or else why it was not, or was broken off."""
    found, reason = concept(reading.resource, "statusReason"), reading.reason()
    if reason["reason_display"]:
        return reason
    return {"reason_code": found.code, "reason_system": found.system, "reason_display": found.display}


def read_immunization(reading: Reading) -> Values:
    """A vaccine given."""
    resource = reading.resource
    return {
        **coded(needed_concept(resource, "vaccineCode")),
        **dated(reading.happened("occurrenceDateTime", "recorded")),
        "lot_number": text(resource, "lotNumber", limit=100),
        "note": reading.note(*_vaccine_lines(resource), *told(resource, "occurrence")),
        **status_of(resource, EVENT_TOLD),
        "ref_practitioner_id": reading.first_key("performer", "actor", "Practitioner"),
        **of_encounter(reading, "patient", practitioner_id=_first_of(resource, "performer", "actor")),
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
        **status_of(resource, REQUEST_TOLD),
        "note": reading.note(*reading.further_reasons(), *_plan_lines(reading)),
        **of_encounter(reading),
    }


def of_encounter(
    reading: Reading, patient: str = "subject", *, name: str = "encounter", **others: Json
) -> Values:
    """Whose it is, in which visit it happened, and what is said of that and of `others` by their columns."""
    return {
        "ref_patient_id": reading.patient(patient),
        "ref_encounter_id": reading.key(name, "Encounter"),
        **reading.unresolved(encounter_id=part(reading.resource, name), **others),
    }


def _first_of(resource: Json, name: str, below: str) -> Json:
    """The first reference of a list, whoever is meant."""
    return next((found for one in parts(resource, name) if (found := part(one, below))), {})


def _visit_lines(resource: Json) -> Iterator[str]:
    """Further kinds of visit, how urgent it was, what was diagnosed, how it began and ended."""
    yield from further(resource, "type", "Also")
    yield from remarks(resource, "priority")
    stay = part(resource, "hospitalization")
    for name, title in (("admitSource", "Admitted from"), ("dischargeDisposition", "Discharged to")):
        if words := words_of(stay, name):
            yield f"{title}: {words}"
    said = [words_of(one, "condition") for one in parts(resource, "diagnosis")]
    if any(said):
        yield f"Diagnosis: {', '.join(one for one in said if one)}"


def _complications(resource: Json) -> Iterator[str]:
    yield from remarks(resource, "complication")
    if words := words_of(resource, "complicationDetail"):
        yield f"Complication: {words}"


def _vaccine_lines(resource: Json) -> Iterator[str]:
    """Which dose of which series, until when it was good, how much was given where, and what speaks against it."""
    for protocol in parts(resource, "protocolApplied"):
        said = [
            _titled(
                "dose", words_of(protocol, "doseNumberPositiveInt") or words_of(protocol, "doseNumberString")
            ),
            _titled(
                "of", words_of(protocol, "seriesDosesPositiveInt") or words_of(protocol, "seriesDosesString")
            ),
            _titled("series", words_of(protocol, "series")),
            _titled("against", words_of(protocol, "targetDisease")),
        ]
        if any(said):
            yield f"Protocol: {' '.join(filter(None, said))}"
    if flag(resource, "isSubpotent"):
        yield "Subpotent: this dose does not count in full"
    yield from remarks(
        resource,
        "subpotentReason",
        "expirationDate",
        "manufacturer",
        "doseQuantity",
        "site",
        "route",
        "statusReason",
    )
    for reaction in parts(resource, "reaction"):
        said = [words_of(reaction, "detail"), _titled("on", words_of(reaction, "date"))]
        if any(said):
            yield f"Reaction: {' '.join(filter(None, said))}"
    if words := words_of(resource, "reasonCode"):
        yield f"For: {words}"


def _plan_lines(reading: Reading) -> Iterator[str]:
    """What is planned: the plan's words, and each of its activities with its status and time."""
    resource = reading.resource
    yield from further(resource, "category", "Also")
    for name in ("title", "description"):
        if (words := text(resource, name, limit=4000)) and words != _plan(reading).display:
            yield words
    for activity in parts(resource, "activity"):
        detail = part(activity, "detail")
        said = [
            words_of(detail, "code"),
            text(detail, "description", limit=4000),
            words_of(activity, "reference"),
            words_of(activity, "outcomeCodeableConcept"),
            text(detail, "status").replace("-", " "),
            words_of(detail, "scheduledString") or words_of(detail, "scheduledPeriod"),
            *(prose(one, "text") for one in parts(activity, "progress")),
        ]
        if any(said):
            yield f"Activity: {', '.join(dict.fromkeys(one for one in said if one))}"
    yield from remarks(resource, "goal")


def _titled(title: str, words: str) -> str:
    return f"{title} {words}" if words else ""


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


ENCOUNTERS: Final = ResourceSpec(
    stem="Encounter",
    table="encounter",
    data=(*COURSE, *CODED, *REASON, "encounter_class", "note", *_VISIT_COSTS),
    references=(PATIENT, practitioner("participant"), organization("serviceProvider"), PAYER),
    extra=UNRESOLVED,
    stays_with_patient=True,
    read=read_encounter,
    kept=dict.fromkeys(_VISIT_COSTS),
)
PROCEDURES: Final = ResourceSpec(
    stem="Procedure",
    table="procedure",
    data=(*COURSE, *CODED, *REASON, "note", *COSTS),
    extra=UNRESOLVED,
    references=(*OF_ENCOUNTER, practitioner("performer")),
    stays_with_patient=True,
    read=read_procedure,
    kept=dict.fromkeys(COSTS),
)
IMMUNIZATIONS: Final = ResourceSpec(
    stem="Immunization",
    table="immunization",
    data=(*COURSE, *CODED, "lot_number", "note", *RECORDED, *COSTS),
    extra=UNRESOLVED,
    references=(PATIENT_OF, ENCOUNTER, practitioner("performer")),
    stays_with_patient=True,
    read=read_immunization,
    kept={**RECORDED, **dict.fromkeys(COSTS)},
)
CARE_PLANS: Final = ResourceSpec(
    stem="CarePlan",
    table="care_plan",
    data=(*COURSE, *CODED, *REASON, "note"),
    extra=UNRESOLVED,
    references=OF_ENCOUNTER,
    stays_with_patient=True,
    read=read_care_plan,
)
