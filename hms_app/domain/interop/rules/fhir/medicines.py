"""What a patient was told to take (MedicationRequest), or takes as somebody says (MedicationStatement)."""

from typing import Final

from hms_app.domain.clinical.values.statuses import REQUEST_TOLD, STATEMENT_TOLD
from hms_app.domain.interop.rules.fhir.clinical import of_encounter
from hms_app.domain.interop.rules.fhir.codes import NOTHING, Coded, concept
from hms_app.domain.interop.rules.fhir.dosages import dosage_words
from hms_app.domain.interop.rules.fhir.elements import Json, flag, part, parts, text
from hms_app.domain.interop.rules.fhir.names import Target
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated, status_of
from hms_app.domain.interop.rules.fhir.remarks import quantity_words, ratio_words, remarks, words_of
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COSTS,
    COURSE,
    OF_ENCOUNTER,
    PAYER,
    REASON,
    RECORDED,
    UNRESOLVED,
    ResourceSpec,
    payer_of,
    practitioner,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

REPORTED: Final = "Taken as reported; not a prescription"
"""The line of a note by which what somebody says to take is told from what was prescribed."""
_NO_ORDERS: Final = frozenset({"proposal", "plan", "option"})
_DISPENSED: Final = (*COSTS, "total_cost_amount", "payer_coverage_amount", "dispenses")
_OVERRIDE: Final[Values] = {"allergy_warning": "", "allergy_reason": ""}
"""What was warned of before a medicine was recorded, and why it was all the same."""


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
        **_taken(reading, "dosageInstruction"),
        **dated(reading.happened("authoredOn")),
        **payer_of(reading),
        **status_of(resource, REQUEST_TOLD),
        "note": reading.note(
            *reading.further_reasons(), *remarks(resource, "statusReason"), *_supply(resource)
        ),
        "ref_practitioner_id": reading.key("requester", "Practitioner"),
        **of_encounter(reading, practitioner_id=part(resource, "requester")),
    }


def read_medication_statement(reading: Reading) -> Values:
    """A medicine that somebody says the patient takes."""
    resource = reading.resource
    return {
        **_taken(reading, "dosage"),
        **dated(
            reading.happened("effectiveDateTime", "effectivePeriod", "dateAsserted"),
            reading.ended("effectivePeriod"),
        ),
        "ref_payer_id": None,
        **status_of(resource, STATEMENT_TOLD),
        "note": reading.note(REPORTED, *reading.further_reasons(), *remarks(resource, "statusReason")),
        "ref_practitioner_id": reading.key("informationSource", "Practitioner"),
        **of_encounter(reading, name="context", practitioner_id=part(resource, "informationSource")),
    }


def _taken(reading: Reading, dosage: str) -> Values:
    return {
        **coded(_medication(reading)),
        **reading.reason(),
        "dosage": dosage_words(parts(reading.resource, dosage)),
    }


def _supply(resource: Json) -> list[str]:
    """How much was to be handed out, how often, and whether another medicine may be given instead."""
    request, instead = part(resource, "dispenseRequest"), part(resource, "substitution")
    said = [
        ("Quantity", quantity_words(part(request, "quantity"))),
        ("Repeats", words_of(request, "numberOfRepeatsAllowed")),
        ("Supply for", quantity_words(part(request, "expectedSupplyDuration"))),
        ("Valid", words_of(request, "validityPeriod")),
    ]
    lines = [f"{title}: {words}" for title, words in said if words]
    if instead.get("allowedBoolean") is False:
        lines.append("Not to be substituted")
    elif words := words_of(instead, "allowedCodeableConcept"):
        lines.append(f"Substitution: {words}")
    return lines


def _medication(reading: Reading) -> Coded:
    """What is taken: its code, or that of the medication it refers to; `NOTHING` when another file has that."""
    found = concept(reading.resource, "medicationCodeableConcept")
    if found.display:
        return found
    reference = part(reading.resource, "medicationReference")
    meant = _meant(reading, reference)
    if meant is not None and meant.named is not None and meant.type == "Medication":
        return medication(meant.named.resource)
    if meant is None:
        words = text(reference, "display", limit=1000)
        if not words:
            raise Rejected("medication is missing")
        return Coded("", "", words)
    return NOTHING


def _meant(reading: Reading, reference: Json) -> Target | None:
    return reading.refers(reference, "medicationReference", "Medication")


def medication(resource: Json) -> Coded:
    """What a Medication is: its code, or what it is made of, with its strengths and form."""
    found = concept(resource, "code")
    if found.display:
        return found
    words = ", ".join(filter(None, map(_ingredient, parts(resource, "ingredient"))))
    if not words:
        raise Rejected("the medication it refers to has no code")
    form = words_of(resource, "form")
    return Coded("", "", f"{words}{f', {form}' if form else ''}"[:1000])


def _ingredient(element: Json) -> str:
    substance = words_of(element, "itemCodeableConcept") or words_of(element, "itemReference")
    return " ".join(filter(None, (substance, ratio_words(part(element, "strength"), "in"))))


def awaited_medication(reading: Reading) -> tuple[str, str] | None:
    """The key and the name of the Medication a request refers to, where it stands in no resource of its file."""
    if concept(reading.resource, "medicationCodeableConcept").display:
        return None
    reference = part(reading.resource, "medicationReference")
    meant = _meant(reading, reference)
    if meant is None or (meant.named is not None and meant.type == "Medication"):
        return None
    return meant.key, text(reference, "display", limit=1000)


MEDICATION_REQUESTS: Final = ResourceSpec(
    stem="MedicationRequest",
    table="medication_request",
    data=(*COURSE, *CODED, *REASON, "dosage", "note", *RECORDED, *_OVERRIDE, *_DISPENSED),
    references=(*OF_ENCOUNTER, practitioner("requester"), PAYER),
    extra=UNRESOLVED,
    stays_with_patient=True,
    read=read_medication_request,
    kept={**RECORDED, **_OVERRIDE, **dict.fromkeys(_DISPENSED)},
)
MEDICATION_STATEMENTS: Final = ResourceSpec(
    stem="MedicationStatement",
    table="medication_request",
    data=MEDICATION_REQUESTS.data,
    references=(*OF_ENCOUNTER, practitioner("informationSource"), PAYER),
    extra=UNRESOLVED,
    stays_with_patient=True,
    read=read_medication_statement,
    kept=MEDICATION_REQUESTS.kept,
    key_prefix="MedicationStatement/",
)
MEDICINES: Final = (MEDICATION_REQUESTS, MEDICATION_STATEMENTS)
"""The types of resource that name a medicine, perhaps by a Medication of another file."""
