"""Further types of resource, read from the exports of this program only: there every column comes back as it was."""

from typing import Final

from hms_app.domain.interop.rules.fhir.codes import concept, first_concept
from hms_app.domain.interop.rules.fhir.elements import first, moment, needed, part
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated, own
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COURSE,
    ENCOUNTER,
    OF_ENCOUNTER,
    PATIENT_OF,
    PAYER,
    RECORDED,
    ResourceSpec,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Reference, Values

_COVERED: Final = Reference("beneficiary", "patient_id", "patient", "patient", "Patient")
_COVERAGE: Final = (
    *("rank", "plan", "member_number", "owner_relation", "owner_name", "starts_on", "ends_on", "share"),
    *("entered_in_error_at", "entered_in_error_reason"),
)
_IMAGING: Final = (
    *("study_uid", "series_uid", "instance_uid", "body_site_code", "body_site_display"),
    *("modality_code", "modality_display", "sop_code", "sop_display"),
)
_CONSENT: Final = (
    *("kind", "decision", "recorded_on", "valid_until", "withdrawn_on", "note"),
    *("entered_in_error_at", "entered_in_error_reason"),
)
_ERROR: Final[Values] = {"entered_in_error_at": None, "entered_in_error_reason": ""}


def read_coverage(reading: Reading) -> Values:
    """Who pays for a patient, for a time."""
    payer = reading.first_key("payor", "", "Organization")
    if payer is None:
        raise Rejected("payor is missing")
    return {"ref_patient_id": reading.patient("beneficiary"), "ref_payer_id": payer}


def read_device_use(reading: Reading) -> Values:
    """A device in or on a patient; what it is stands in the contained Device."""
    device = first(reading.resource, "contained")
    return {
        **coded(concept(device, "type")),
        **dated(reading.happened("timingPeriod"), reading.ended("timingPeriod")),
        **_ours(reading),
    }


def read_supply(reading: Reading) -> Values:
    """Consumables used."""
    item = part(reading.resource, "suppliedItem")
    return {
        **coded(concept(item, "itemCodeableConcept")),
        **dated(
            reading.happened("occurrenceDateTime", "occurrencePeriod"), reading.ended("occurrencePeriod")
        ),
        **_ours(reading, "patient"),
    }


def read_imaging(reading: Reading) -> Values:
    """An image."""
    return {
        **coded(first_concept(reading.resource, "procedureCode")),
        **dated(reading.happened("started")),
        **_ours(reading),
    }


def read_family_history(reading: Reading) -> Values:
    """A condition of a relative."""
    condition = first(reading.resource, "condition")
    told = moment(reading.resource, "date")
    if told is None:
        raise Rejected("date is missing")
    return {**coded(concept(condition, "code")), **dated(told), **_ours(reading, "patient")}


def read_consent(reading: Reading) -> Values:
    """What a patient agreed to or refused."""
    return {
        "ref_patient_id": reading.patient("patient"),
        "recorded_on": needed(reading.resource, "dateTime")[:10],
    }


def _ours(reading: Reading, patient: str = "subject") -> Values:
    found = reading.refers(
        part(own(reading.resource, "encounter"), "valueReference"), "encounter", "Encounter"
    )
    return {"ref_patient_id": reading.patient(patient), "ref_encounter_id": found.key if found else None}


COVERAGE: Final = ResourceSpec(
    stem="Coverage",
    table="coverage",
    data=_COVERAGE,
    references=(_COVERED, PAYER),
    kept={
        "rank": "primary",
        **dict.fromkeys(("plan", "member_number", "owner_relation", "owner_name"), ""),
        **dict.fromkeys(("starts_on", "ends_on", "share")),
        **_ERROR,
    },
    read=read_coverage,
    ours=True,
    stays_with_patient=True,
)
DEVICE_USES: Final = ResourceSpec(
    stem="DeviceUseStatement",
    table="device_use",
    data=(*COURSE, *CODED, "udi"),
    references=OF_ENCOUNTER,
    kept={"status": "active", "udi": ""},
    read=read_device_use,
    ours=True,
    stays_with_patient=True,
)
SUPPLIES: Final = ResourceSpec(
    stem="SupplyDelivery",
    table="supply_use",
    data=(*COURSE, *CODED, "quantity"),
    references=(PATIENT_OF, ENCOUNTER),
    kept={"status": "completed", "quantity": "1"},
    read=read_supply,
    ours=True,
    stays_with_patient=True,
)
IMAGING: Final = ResourceSpec(
    stem="ImagingStudy",
    table="imaging_study",
    data=(*COURSE, *CODED, *_IMAGING),
    references=OF_ENCOUNTER,
    kept={"status": "completed", **dict.fromkeys(_IMAGING, "")},
    read=read_imaging,
    ours=True,
    stays_with_patient=True,
)
FAMILY_HISTORY: Final = ResourceSpec(
    stem="FamilyMemberHistory",
    table="family_member_history",
    data=(
        *(*COURSE, *CODED, "relationship", "age_at_onset", "is_deceased", "note"),
        *RECORDED,
    ),
    references=(PATIENT_OF, ENCOUNTER),
    kept={
        "status": "completed",
        "relationship": "other",
        "age_at_onset": None,
        "is_deceased": None,
        "note": "",
        **RECORDED,
    },
    read=read_family_history,
    ours=True,
    stays_with_patient=True,
)
CONSENTS: Final = ResourceSpec(
    stem="Consent",
    table="patient_consent",
    data=_CONSENT,
    references=(PATIENT_OF,),
    kept={
        "kind": "other",
        "decision": "given",
        "valid_until": None,
        "withdrawn_on": None,
        "note": "",
        **_ERROR,
    },
    read=read_consent,
    ours=True,
    stays_with_patient=True,
)
