"""Elements that FHIR R4 does not have: a resource with one is of another version, where the same words mean otherwise.

An STU3 Procedure says `notDone` beside the status `completed`: read as R4, it would have been done.
"""

from typing import Final

from hms_app.domain.interop.rules.fhir.elements import Json, shown
from hms_app.domain.interop.rules.fields import Rejected

_FOREIGN: Final = {
    "Patient": {"animal", "careProvider"},
    "Practitioner": {"practitionerRole", "role"},
    "Encounter": {"indication", "patient", "reason", "actualPeriod", "plannedStartDate", "admission"},
    "Condition": {"context", "patient", "assertedDate", "dateRecorded", "notes"},
    "AllergyIntolerance": {"assertedDate", "lastOccurence", "status", "substance"},
    "MedicationRequest": {"context", "definition", "medication", "patient"},
    "DiagnosticReport": {"codedDiagnosis", "context", "image"},
    "Observation": {"comment", "comments", "context", "related", "reliability"},
    "Procedure": {
        "context",
        "notDone",
        "notDoneReason",
        "notPerformed",
        "occurrenceDateTime",
        "occurrencePeriod",
    },
    "Immunization": {
        "date",
        "explanation",
        "notGiven",
        "practitioner",
        "reported",
        "requester",
        "wasNotGiven",
    },
    "CarePlan": {"context", "definition", "modified", "participant"},
}
"""Of each type that is read, elements of DSTU2, STU3 and R5 that R4 does not know."""


def ensure_r4(kind: str, resource: Json) -> None:
    """Raise `Rejected` when a resource is plainly of another version of FHIR."""
    foreign = sorted(_FOREIGN.get(kind, set()).intersection(resource))
    if foreign:
        raise Rejected(f"it is not FHIR R4: its {shown(foreign[0])} belongs to another version")
