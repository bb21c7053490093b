"""How the resources of one type become rows of one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hms_app.domain.interop.rules.fhir.reading import Reading
from hms_app.domain.interop.rules.specs import Reference, TableSpec, Values
from hms_app.domain.interop.values import FHIR


@dataclass(frozen=True, kw_only=True)
class ResourceSpec(TableSpec):
    """A type of resource: `read` gives its row's values, those of `extra`, and `ref_...` for each reference."""

    read: Callable[[Reading], Values]
    key_prefix: str = ""
    source: str = FHIR


PATIENT: Final = Reference("subject", "patient_id", "patient", "patient", "Patient")
PATIENT_OF: Final = Reference("patient", "patient_id", "patient", "patient", "Patient")
ENCOUNTER: Final = Reference("encounter", "encounter_id", "encounter", "encounter", "Encounter")
CODED: Final = ("code", "code_system", "display")
PERIOD: Final = ("occurred_at", "is_day_only", "ended_at")
COURSE: Final = (*PERIOD, "status")
REASON: Final = ("reason_code", "reason_display")
OF_ENCOUNTER: Final = (PATIENT, ENCOUNTER)


def practitioner(column: str) -> Reference:
    """A reference to whoever did it."""
    return Reference(column, "practitioner_id", "practitioner", "practitioner", "Practitioner")


def organization(column: str) -> Reference:
    """A reference to where it was done."""
    return Reference(column, "organization_id", "organization", "organization", "Organization")
