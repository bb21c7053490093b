"""Devices, supplies, images, relatives, coverage, consents and documents."""

from collections.abc import Mapping, Sequence
from typing import Final

from hms_app.domain.interop.rules.fhir import additional
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.writing.elements import (
    Row,
    Writing,
    between,
    coded,
    filled,
    hl7,
    in_visit,
    listed,
    named_code,
    notes,
    number,
    patient_of,
    period,
    visit_of,
    when,
)

Below = Mapping[int, Sequence[Row]]
"""Rows by the id of the row they hang on."""
NOTHING: Final[Below] = {}
_DEVICE: Final = {"active": "active", "ended": "completed", "entered_in_error": "entered-in-error"}


def write_device_use(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A device in or on the patient."""
    carrier = {"carrierHRF": row["udi"]} if row["udi"] else None
    device = filled(
        {"resourceType": "Device", "id": "device", "type": coded(row), "udiCarrier": listed(carrier)}
    )
    elements = {
        "contained": [device],
        "status": _DEVICE[row["status"]],
        "subject": patient_of(writing, row),
        "timingPeriod": period(row),
        "device": {"reference": "#device"},
        "extension": in_visit(writing, row),
    }
    return writing.resource("DeviceUseStatement", "device_use", row, elements, additional.DEVICE_USES)


def write_supply(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """Consumables used."""
    status = {"completed": "completed", "planned": "in-progress", "cancelled": "abandoned"}
    elements = {
        "status": status.get(row["status"], "entered-in-error"),
        "patient": patient_of(writing, row),
        "suppliedItem": {"quantity": {"value": number(row["quantity"])}, "itemCodeableConcept": coded(row)},
        **between(row, "occurrenceDateTime", "occurrencePeriod"),
        "extension": in_visit(writing, row),
    }
    return writing.resource("SupplyDelivery", "supply_use", row, elements, additional.SUPPLIES)


def write_imaging(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """An image."""
    status = {"completed": "available", "planned": "registered", "cancelled": "cancelled"}
    elements = {
        "identifier": listed(
            {"system": "urn:dicom:uid", "value": row["study_uid"]} if row["study_uid"] else None
        ),
        "status": status.get(row["status"], "entered-in-error"),
        "subject": patient_of(writing, row),
        "encounter": visit_of(writing, row),
        "started": when(row["occurred_at"], row),
        "procedureCode": listed(coded(row)),
        "description": row["display"],
        "extension": in_visit(writing, row),
    }
    return writing.resource("ImagingStudy", "imaging_study", row, elements, additional.IMAGING)


def write_family_history(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """A condition of a relative."""
    age = row["age_at_onset"]
    years = {"value": age, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
    condition = filled(
        {"code": named_code(row), "onsetAge": None if age is None else years, "note": notes(row)}
    )
    elements = {
        "status": "completed" if row["status"] != "entered_in_error" else "entered-in-error",
        "patient": patient_of(writing, row),
        "date": when(row["occurred_at"], row),
        "relationship": {"text": row["relationship"].replace("_", " ")},
        "deceasedBoolean": row["is_deceased"],
        "condition": [condition],
        "extension": in_visit(writing, row),
    }
    spec = additional.FAMILY_HISTORY
    return writing.resource("FamilyMemberHistory", "family_member_history", row, elements, spec)


def write_coverage(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """Who pays, for a time."""
    starts, ends = row["starts_on"], row["ends_on"]
    plan = {"type": hl7("coverage-class", "plan"), "value": row["plan"]} if row["plan"] else None
    elements = {
        "status": "entered-in-error" if row["entered_in_error_at"] else "active",
        "beneficiary": patient_of(writing, row),
        "subscriberId": row["member_number"],
        "relationship": {"text": row["owner_relation"]} if row["owner_relation"] else None,
        "period": filled({"start": starts and starts.isoformat(), "end": ends and ends.isoformat()}),
        "payor": listed(writing.reference("payer", row["payer_id"])),
        "class": listed(plan),
        "order": 1 if row["rank"] == "primary" else 2,
    }
    return writing.resource("Coverage", "coverage", row, elements, additional.COVERAGE)


def write_consent(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """What the patient agreed to or refused."""
    is_given = row["decision"] == "given"
    status = "inactive" if row["withdrawn_on"] else "active" if is_given else "rejected"
    until = row["valid_until"]
    elements = {
        "status": "entered-in-error" if row["entered_in_error_at"] else status,
        "scope": hl7("consentscope", "treatment" if row["kind"] == "treatment" else "patient-privacy"),
        "category": [{"text": row["kind"].replace("_", " ")}],
        "patient": patient_of(writing, row),
        "dateTime": row["recorded_on"].isoformat(),
        "policyRule": {"text": "As recorded by the hospital."},
        "provision": filled(
            {
                "type": "permit" if is_given else "deny",
                "period": {"end": until.isoformat()} if until else None,
            }
        ),
    }
    return writing.resource("Consent", "patient_consent", row, elements, additional.CONSENTS)


def write_document(writing: Writing, row: Row, _below: Below = NOTHING) -> Json:
    """What document there is; the file itself stays at the hospital."""
    attachment = {"contentType": row["media_type"], "title": row["display"], "size": row["size_bytes"]}
    return filled(
        {
            "resourceType": "DocumentReference",
            "id": writing.id_of("document_reference", row["id"]),
            "status": "current" if row["status"] == "current" else "entered-in-error",
            "type": coded(row),
            "subject": patient_of(writing, row),
            "date": row["occurred_at"].isoformat(),
            "description": row["note"],
            "content": [{"attachment": filled(attachment)}],
        }
    )
