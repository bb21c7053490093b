"""How the resources of one type become rows of one table."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hms_app.domain.interop.rules.fhir.elements import part, prose
from hms_app.domain.interop.rules.fhir.reading import Reading, is_ours, own
from hms_app.domain.interop.rules.specs import Reference, TableSpec, Values
from hms_app.domain.interop.values import FHIR


@dataclass(frozen=True, kw_only=True)
class ResourceSpec(TableSpec):
    """A type of resource: `read` gives its row's values, those of `extra`, and `ref_...` for each reference.

    `kept` are columns FHIR has no element for, with what they are when nobody says: our own exports carry them, and
    any other column that FHIR would blur, as extensions. Types that are `ours` are read from our own exports only.
    """

    read: Callable[[Reading], Values]
    kept: Values = field(default_factory=dict)
    key_prefix: str = ""
    ours: bool = False
    source: str = FHIR

    def values(self, reading: Reading) -> Values:
        """The row's values: as the resource has them, and as the extensions of our own exports put them right."""
        values = {**self.kept, **self.read(reading)}
        for name in self.data if is_ours(reading.resource) else ():
            told = own(reading.resource, f"{COLUMN}{name}")
            if told:
                text = prose(told, "valueString")
                values[name] = {NULL: None, BLANK: ""}.get(text, text)
        return values


COLUMN: Final = "column:"
"""The extension with a column's exact value is called this and the column's name."""
NULL: Final = "\u2400"
BLANK: Final = "\u2422"
"""The texts that stand for no value and for an empty text in such an extension."""
COSTS: Final = ("base_cost_amount", "currency")
RECORDED: Final[Values] = {
    "ended_reason": "",
    "entered_in_error_at": None,
    "entered_in_error_reason": "",
}
"""What people's own entries have beside what FHIR says of them."""
PATIENT: Final = Reference("subject", "patient_id", "patient", "patient", "Patient")
PATIENT_OF: Final = Reference("patient", "patient_id", "patient", "patient", "Patient")
ENCOUNTER: Final = Reference("encounter", "encounter_id", "encounter", "encounter", "Encounter")
CODED: Final = ("code", "code_system", "display")
PERIOD: Final = ("occurred_at", "is_day_only", "ended_at", "occurred_precision", "ended_precision")
COURSE: Final = (*PERIOD, "status", "status_told")
UNRESOLVED: Final = ("unresolved",)
"""Staged: what is said of who and what a row refers to, for when nobody here is meant by it."""
REASON: Final = ("reason_code", "reason_system", "reason_display")
OF_ENCOUNTER: Final = (PATIENT, ENCOUNTER)


PAYER: Final = Reference("payer", "payer_id", "payer", "payer", "Organization")


def payer_of(reading: Reading) -> Values:
    """Who pays, as our own exports say it."""
    found = reading.refers(part(own(reading.resource, "payer"), "valueReference"), "payer", "Organization")
    return {"ref_payer_id": found.key if found else None}


def practitioner(column: str) -> Reference:
    """A reference to whoever did it."""
    return Reference(column, "practitioner_id", "practitioner", "practitioner", "Practitioner")


def organization(column: str) -> Reference:
    """A reference to where it was done."""
    return Reference(column, "organization_id", "organization", "organization", "Organization")
