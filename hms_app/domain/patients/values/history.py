"""What became of a record over time, and who looked at it: filters, rows and words."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

ACTION_LABELS: Final[dict[str, str]] = {
    "patients.patient.registered": "Registered",
    "patients.patient.corrected": "Identity corrected",
    "patients.patient.deactivated": "Record deactivated",
    "patients.patient.reactivated": "Record reactivated",
    "patients.patient.retracted": "Record marked as entered in error",
    "patients.patient.restricted": "Record restricted",
    "patients.patient.opened": "Restriction lifted",
    "patients.patient.merged": "Merged with another record",
    "patients.patient.unmerged": "Merge undone",
    "patients.death.recorded": "Death recorded",
    "patients.death.undone": "Marked as alive",
    "security.sign_in.linked": "A sign-in was linked to the record",
    "security.sign_in.unlinked": "A sign-in was unlinked from the record",
}
"""What an action is called; others are read off their names."""
LOOK_WORDS: Final = {
    "interop.record.exported": "the whole record, downloaded",
    "clinical.document.opened": "a document, opened",
}
"""Looks that have an action of their own; each of `LOOKS` but the first."""
RECORD_PARTS: Final = {
    "banner": "name and alerts",
    "audit trail": "an entry of the audit trail",
    "merged name": "name, asking for a record that was merged",
    "photo": "photo",
    "refusal": "why a change was refused",
}
"""What parts of a record are called where their own name is not plain; others are said as they are."""
LIST_PLACES: Final = {
    "patients": "list of patients",
    "patients file": "downloaded list of patients",
    "home": "list of the patients opened last",
    "appointments": "list of appointments",
    "calendar": "calendar",
    "duplicates": "list of records that may be one person's",
    "registration": "comparison with somebody being registered",
    "audit trail": "audit trail",
    "audit trail file": "downloaded audit trail",
}
SEARCHED_PLACES: Final = ("patients", "palette", "home search", "search", "booking")
FOUND_IN_SEARCH: Final = "found in a search"
NARROWED_WORDS: Final = (
    (("condition",), "a diagnosis"),
    (("practitioner", "department", "last_visit"), "visits"),
    (("payer",), "insurance"),
    (("sex", "age_from", "age_to", "deceased", "status"), "age, sex or status"),
)
"""By which filters a list was narrowed, and how that is said."""
CHANGE_KINDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "identity": ("Identity and status", ("patients.patient.", "patients.death.", "patients.photo.")),
    "contact": ("Contacts", ("patients.contact.",)),
    "coverage": ("Coverage", ("patients.coverage.",)),
    "identifier": ("Identifiers", ("patients.identifier.",)),
    "consent": ("Consents", ("patients.consent.",)),
    "clinical": ("Clinical record", ("clinical.",)),
}
"""The kinds that changes are filtered by: their words and the beginnings of their actions."""


@dataclass(frozen=True)
class HistoryFilters:
    """Which entries of a record; days are the hospital's, both included."""

    user_id: int | None = None
    kind: str = ""
    from_on: dt.date | None = None
    to_on: dt.date | None = None


@dataclass(frozen=True)
class FieldChange:
    """A field before and after, in words; empty where there was nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeRow:
    """One change of a record: what, who, when, why, and each field the reader may see; `hidden` says what is not."""

    id: int
    day: str
    time: str
    person: str
    act: str
    reason: str
    fields: tuple[FieldChange, ...]
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessRow:
    """What one person saw of a record on one day: when, as what, which parts."""

    id: str
    day: str
    person: str
    roles: str
    times: str
    parts: str
