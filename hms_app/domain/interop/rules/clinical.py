"""Encounters of an export and what was found, given and done in them."""

from typing import Final

from hms_app.domain.clinical.values import (
    AllergyCategory,
    AllergyKind,
    CourseStatus,
    EncounterClass,
    EncounterStatus,
    ObservationCategory,
    Severity,
)
from hms_app.domain.interop.rules.fields import CURRENCY, Fields, Rejected, ensure_order
from hms_app.domain.interop.rules.specs import (
    ENCOUNTER,
    ORGANIZATION,
    PATIENT,
    PAYER,
    PROVIDER,
    FileSpec,
    Values,
)
from hms_app.domain.interop.values import Columns

SNOMED: Final = "SNOMED-CT"
LOINC: Final = "LOINC"
RXNORM: Final = "RxNorm"
CVX: Final = "CVX"
_CODED: Final = ("code", "code_system", "display")
_PERIOD: Final = ("occurred_at", "is_day_only", "ended_at")
_DATED: Final = ("occurred_at", "is_day_only")
_COURSE: Final = (*_PERIOD, "status")
_REASON: Final = ("reason_code", "reason_display")
_COSTS: Final = ("base_cost_amount", "total_claim_amount", "payer_coverage_amount")
_NATURAL_KEY: Final = ("PATIENT", "ENCOUNTER", "START", "CODE")
_DATED_KEY: Final = ("PATIENT", "ENCOUNTER", "DATE", "CODE")
_CLASSES: Final = {
    **{known.value: known.value for known in EncounterClass},
    "urgentcare": EncounterClass.URGENT_CARE.value,
    "snf": EncounterClass.NURSING.value,
}
_KINDS: Final = {known.value: known.value for known in AllergyKind}
_ALLERGENS: Final = {known.value: known.value for known in AllergyCategory}
_SEVERITIES: Final = {known.value: known.value for known in Severity}
_CATEGORIES: Final = {known.value: known.value for known in ObservationCategory}
_REFERENCES: Final = (PATIENT, ENCOUNTER)


def _coded(fields: Fields, system: str) -> Values:
    return {
        "code": fields.needed("CODE", limit=64),
        "code_system": fields.text("SYSTEM", limit=64) or system,
        "display": fields.needed("DESCRIPTION", limit=1000),
    }


def _period(fields: Fields) -> Values:
    start, stop = fields.needed_instant("START"), fields.instant("STOP")
    ensure_order(start, stop)
    return {"occurred_at": start, "is_day_only": fields.is_day_only("START"), "ended_at": stop}


def _course(fields: Fields) -> Values:
    """A period of something that goes on until it is ended."""
    period = _period(fields)
    status = CourseStatus.ENDED if period["ended_at"] else CourseStatus.ACTIVE
    return {**period, "status": status.value}


def _dated(fields: Fields) -> Values:
    return {"occurred_at": fields.needed_instant("DATE"), "is_day_only": fields.is_day_only("DATE")}


def _reason(fields: Fields) -> Values:
    return {
        "reason_code": fields.text("REASONCODE", limit=64) or "",
        "reason_display": fields.text("REASONDESCRIPTION", limit=1000) or "",
    }


def _of_patient(fields: Fields) -> Values:
    fields.needed("PATIENT", limit=100)
    return {}


def _encounter(fields: Fields) -> Values:
    period = _period(fields)
    return {
        **_of_patient(fields),
        **period,
        **_coded(fields, SNOMED),
        **_reason(fields),
        "encounter_class": _CLASSES.get(fields.raw("ENCOUNTERCLASS").casefold(), EncounterClass.OTHER.value),
        "status": (EncounterStatus.COMPLETED if period["ended_at"] else EncounterStatus.IN_PROGRESS).value,
        "base_cost_amount": fields.amount("BASE_ENCOUNTER_COST"),
        "total_claim_amount": fields.amount("TOTAL_CLAIM_COST"),
        "payer_coverage_amount": fields.amount("PAYER_COVERAGE"),
    }


def _condition(fields: Fields) -> Values:
    return {**_of_patient(fields), **_course(fields), **_coded(fields, SNOMED)}


def _allergy(fields: Fields) -> Values:
    values = {
        **_of_patient(fields),
        **_course(fields),
        **_coded(fields, SNOMED),
        "kind": _KINDS.get(fields.raw("TYPE").casefold(), AllergyKind.ALLERGY.value),
        "category": _ALLERGENS.get(fields.raw("CATEGORY").casefold(), AllergyCategory.OTHER.value),
    }
    for place in ("1", "2"):
        values[f"reaction_{place}_code"] = fields.text(f"REACTION{place}", limit=64)
        values[f"reaction_{place}_display"] = fields.text(f"DESCRIPTION{place}", limit=1000)
        values[f"reaction_{place}_severity"] = fields.choice(f"SEVERITY{place}", _SEVERITIES)
    return values


def _medication(fields: Fields) -> Values:
    return {
        **_of_patient(fields),
        **_course(fields),
        **_coded(fields, RXNORM),
        **_reason(fields),
        "dispenses": fields.whole("DISPENSES"),
        "base_cost_amount": fields.amount("BASE_COST"),
        "total_cost_amount": fields.amount("TOTALCOST"),
        "payer_coverage_amount": fields.amount("PAYER_COVERAGE"),
    }


def _observation(fields: Fields) -> Values:
    value, is_number = fields.needed("VALUE", limit=4000), fields.raw("TYPE").casefold() == "numeric"
    return {
        **_of_patient(fields),
        **_dated(fields),
        **_coded(fields, LOINC),
        "category": _CATEGORIES.get(fields.raw("CATEGORY").casefold(), ObservationCategory.OTHER.value),
        "value_number": fields.number("VALUE") if is_number else None,
        "value_text": "" if is_number else value,
        "unit": fields.text("UNITS", limit=60) or "",
    }


def _procedure(fields: Fields) -> Values:
    return {
        **_of_patient(fields),
        **_period(fields),
        **_coded(fields, SNOMED),
        **_reason(fields),
        "base_cost_amount": fields.amount("BASE_COST"),
    }


def _immunization(fields: Fields) -> Values:
    return {
        **_of_patient(fields),
        **_dated(fields),
        **_coded(fields, CVX),
        "base_cost_amount": fields.amount("BASE_COST"),
    }


def _care_plan(fields: Fields) -> Values:
    return {**_of_patient(fields), **_course(fields), **_coded(fields, SNOMED), **_reason(fields)}


def _device(fields: Fields) -> Values:
    return {
        **_of_patient(fields),
        **_course(fields),
        **_coded(fields, SNOMED),
        "udi": fields.text("UDI", limit=200) or "",
    }


def _supply(fields: Fields) -> Values:
    quantity = fields.whole("QUANTITY")
    if quantity in {None, "0"}:
        raise Rejected("QUANTITY is missing" if quantity is None else "QUANTITY is nothing: 0")
    return {**_of_patient(fields), **_dated(fields), **_coded(fields, SNOMED), "quantity": quantity}


def _imaging(fields: Fields) -> Values:
    site, modality = fields.text("BODYSITE_DESCRIPTION") or "", fields.needed("MODALITY_DESCRIPTION")
    return {
        **_of_patient(fields),
        **_dated(fields),
        "code": fields.text("PROCEDURE_CODE", limit=64) or "",
        "code_system": SNOMED,
        "display": f"{modality}, {site.lower()}" if site else modality,
        "study_uid": fields.needed("Id", limit=100),
        "series_uid": fields.text("SERIES_UID", limit=100) or "",
        "instance_uid": fields.text("INSTANCE_UID", limit=100) or "",
        "body_site_code": fields.text("BODYSITE_CODE", limit=64) or "",
        "body_site_display": site,
        "modality_code": fields.text("MODALITY_CODE", limit=64) or "",
        "modality_display": modality,
        "sop_code": fields.text("SOP_CODE", limit=100) or "",
        "sop_display": fields.text("SOP_DESCRIPTION") or "",
    }


ENCOUNTERS: Final = FileSpec(
    stem="encounters",
    table="encounter",
    columns=Columns(
        (
            *(
                "Id",
                "START",
                "STOP",
                "PATIENT",
                "ORGANIZATION",
                "PROVIDER",
                "PAYER",
                "ENCOUNTERCLASS",
                "CODE",
            ),
            *("DESCRIPTION", "BASE_ENCOUNTER_COST", "TOTAL_CLAIM_COST", "PAYER_COVERAGE"),
            *("REASONCODE", "REASONDESCRIPTION"),
        )
    ),
    key=("Id",),
    data=(*_PERIOD, *_CODED, *_REASON, "encounter_class", "status", *_COSTS),
    parse=_encounter,
    references=(PATIENT, PROVIDER, ORGANIZATION, PAYER),
    currency=CURRENCY,
)
CONDITIONS: Final = FileSpec(
    stem="conditions",
    table="condition",
    columns=Columns(("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION"), optional=("SYSTEM",)),
    key=_NATURAL_KEY,
    data=(*_COURSE, *_CODED),
    parse=_condition,
    references=_REFERENCES,
)
REACTION_PARTS: Final = ("code", "display", "severity")
ALLERGIES: Final = FileSpec(
    stem="allergies",
    table="allergy_intolerance",
    columns=Columns(
        ("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION"),
        optional=(
            *("SYSTEM", "TYPE", "CATEGORY", "REACTION1", "DESCRIPTION1", "SEVERITY1"),
            *("REACTION2", "DESCRIPTION2", "SEVERITY2"),
        ),
    ),
    key=_NATURAL_KEY,
    data=(*_COURSE, *_CODED, "kind", "category"),
    extra=tuple(f"reaction_{place}_{part}" for place in (1, 2) for part in REACTION_PARTS),
    parse=_allergy,
    references=_REFERENCES,
)
MEDICATIONS: Final = FileSpec(
    stem="medications",
    table="medication_request",
    columns=Columns(
        (
            *("START", "STOP", "PATIENT", "PAYER", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST"),
            *("PAYER_COVERAGE", "DISPENSES", "TOTALCOST", "REASONCODE", "REASONDESCRIPTION"),
        )
    ),
    key=_NATURAL_KEY,
    data=(
        *(*_COURSE, *_CODED, *_REASON, "dispenses"),
        *("base_cost_amount", "total_cost_amount", "payer_coverage_amount"),
    ),
    parse=_medication,
    references=(*_REFERENCES, PAYER),
    currency=CURRENCY,
)
OBSERVATIONS: Final = FileSpec(
    stem="observations",
    table="observation",
    columns=Columns(
        ("DATE", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "VALUE", "UNITS", "TYPE"),
        optional=("CATEGORY",),
    ),
    key=_DATED_KEY,
    data=(*_DATED, *_CODED, "category", "value_number", "value_text", "unit"),
    parse=_observation,
    references=_REFERENCES,
)
PROCEDURES: Final = FileSpec(
    stem="procedures",
    table="procedure",
    columns=Columns(
        (
            *("START", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST"),
            *("REASONCODE", "REASONDESCRIPTION"),
        ),
        optional=("STOP", "SYSTEM"),
        aliases=(("DATE", "START"),),
    ),
    key=_NATURAL_KEY,
    data=(*_PERIOD, *_CODED, *_REASON, "base_cost_amount"),
    parse=_procedure,
    references=_REFERENCES,
    currency=CURRENCY,
)
IMMUNIZATIONS: Final = FileSpec(
    stem="immunizations",
    table="immunization",
    columns=Columns(
        ("DATE", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST"), aliases=(("COST", "BASE_COST"),)
    ),
    key=_DATED_KEY,
    data=(*_DATED, *_CODED, "base_cost_amount"),
    parse=_immunization,
    references=_REFERENCES,
    currency=CURRENCY,
)
CARE_PLANS: Final = FileSpec(
    stem="careplans",
    table="care_plan",
    columns=Columns(
        (
            *("Id", "START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION"),
            *("REASONCODE", "REASONDESCRIPTION"),
        )
    ),
    key=("Id",),
    data=(*_COURSE, *_CODED, *_REASON),
    parse=_care_plan,
    references=_REFERENCES,
)
DEVICES: Final = FileSpec(
    stem="devices",
    table="device_use",
    columns=Columns(("START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "UDI")),
    key=(*_NATURAL_KEY, "UDI"),
    data=(*_COURSE, *_CODED, "udi"),
    parse=_device,
    references=_REFERENCES,
)
SUPPLIES: Final = FileSpec(
    stem="supplies",
    table="supply_use",
    columns=Columns(("DATE", "PATIENT", "ENCOUNTER", "CODE", "DESCRIPTION", "QUANTITY")),
    key=_DATED_KEY,
    data=(*_DATED, *_CODED, "quantity"),
    parse=_supply,
    references=_REFERENCES,
)
IMAGING_STUDIES: Final = FileSpec(
    stem="imaging_studies",
    table="imaging_study",
    columns=Columns(
        (
            *("Id", "DATE", "PATIENT", "ENCOUNTER", "BODYSITE_CODE", "BODYSITE_DESCRIPTION"),
            *("MODALITY_CODE", "MODALITY_DESCRIPTION", "SOP_CODE", "SOP_DESCRIPTION"),
        ),
        optional=("SERIES_UID", "INSTANCE_UID", "PROCEDURE_CODE"),
    ),
    key=("Id", "SERIES_UID", "INSTANCE_UID"),
    data=(
        *(*_DATED, *_CODED, "study_uid", "series_uid", "instance_uid", "body_site_code"),
        *("body_site_display", "modality_code", "modality_display", "sop_code", "sop_display"),
    ),
    parse=_imaging,
    references=_REFERENCES,
)
