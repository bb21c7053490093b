"""Rows and filters of the audit trail, and who may read what its entries hold."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from hms_app.core.permissions import Permission

_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")
OPEN: Final = "open"
"""Says nothing about a patient: for whoever may read the trail."""
OTHERS: Final = "others"
"""Names patients, by their keys or as the keys of a mapping by their record numbers: for who may know of each."""
Reader = Permission | str
"""Who may read a field: the holders of a permission, or `OPEN` or `OTHERS`."""


class AuditAction(StrEnum):
    """What the audit trail says about itself, and about looking at records."""

    RECORD_ACCESSED = "patients.record.accessed"
    LIST_SEEN = "patients.list.seen"
    LIST_EXPORTED = "audit.list.exported"
    TRAIL_EXPORTED = "audit.entry.exported"
    TRAIL_RESTORED = "audit.trail.restored"


LOOKS: Final = ("patients.record.accessed", "interop.record.exported", "clinical.document.opened")
"""The actions that are looks at one patient's record; two indices of the trail name them as well."""


@dataclass(frozen=True)
class Contents:
    """Who may read which field of an entry, and the reason that people gave; what is not named nobody may."""

    fields: Mapping[str, Reader] = field(default_factory=dict)
    reason: Reader | None = None


NOBODY: Final = Contents()
CONTENTS: Final[dict[str, Contents]] = {}


def describe(
    actions: Iterable[StrEnum], readers: Mapping[Reader, Iterable[str]], *, reason: Reader | None = None
) -> None:
    """Say who may read which fields of the entries of these actions; beside the actions, once for each."""
    fields = {name: reader for reader, names in readers.items() for name in names}
    for action in actions:
        if action in CONTENTS:
            raise ValueError(f"{action} is described twice.")
        CONTENTS[str(action)] = Contents(fields, reason)


INTERNAL: Final = "_"
"""Fields that begin so are the trail's own: nobody reads them, and nothing is said of that."""
SALT: Final = "_salt"
"""Makes an entry's hash tell nothing of contents that are not shown: without it a guess could be confirmed."""
DIGEST: Final = "_digest"
"""SHA-256 of the patients a list showed, which stand in `audit_shown`."""

LIST_FILTERS: Final[dict[Reader, tuple[str, ...]]] = {
    OPEN: ("sort", "columns"),
    Permission.PATIENTS_PATIENT_READ: (
        "sex",
        "age_from",
        "age_to",
        "deceased",
        "status",
        "decision",
        "likeness",
    ),
    Permission.PATIENTS_COVERAGE_READ: ("payer",),
    Permission.CLINICAL_ENCOUNTER_READ: ("last_visit", "department", "practitioner"),
    Permission.CLINICAL_CONDITION_READ: ("condition",),
}
"""What lists of patients are narrowed by, and who may read by what somebody narrowed one."""
describe([AuditAction.RECORD_ACCESSED], {OPEN: ("what",)})
describe([AuditAction.LIST_EXPORTED], {OPEN: ("list", "narrowed_by", "file_type")})
describe([AuditAction.TRAIL_RESTORED], {OPEN: ("head", "held", "archive")}, reason=OPEN)
describe(
    [AuditAction.LIST_SEEN],
    {**LIST_FILTERS, OPEN: (*LIST_FILTERS[OPEN], "place", "searched_by", "shown", "seen_at")},
)
describe(
    [AuditAction.TRAIL_EXPORTED],
    {OPEN: ("actor_user_id", "action", "subject_type", "from_at", "to_at"), OTHERS: ("patient_id",)},
)


@dataclass(frozen=True)
class Check:
    """The outcome of one check of `hms.py verify`: `problems` are sentences, empty when `ok`."""

    name: str
    ok: bool
    checked: int
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EntryFilters:
    """Which entries to list; empty fields do not filter. `action` is a prefix such as "security."."""

    actor_user_id: int | None = None
    action: str = ""
    patient_id: int | None = None
    from_at: dt.datetime | None = None
    to_at: dt.datetime | None = None


@dataclass(frozen=True)
class PatientEntries:
    """Which entries about one patient: looks at the record, or all else; `actions` are prefixes, any of them."""

    patient_id: int
    looks: bool = False
    actor_user_id: int | None = None
    actions: tuple[str, ...] = ()
    from_at: dt.datetime | None = None
    to_at: dt.datetime | None = None


@dataclass(frozen=True)
class EntryRow:
    """One entry as its reader may see it.

    `hidden` and `hides_reason` are sentences on what is not shown; `patient_id` is None for a patient whom the reader
    may not know of, `is_about_somebody` all the same. `listed` are the patients of a list, in the opened entry only.
    """

    id: int
    occurred_at: dt.datetime
    actor_name: str
    ip_address: str
    action: str
    subject: str
    patient_id: int | None
    is_about_somebody: bool
    listed: tuple[int, ...]
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    hidden: tuple[str, ...]
    hides_reason: str
    hash: str


@dataclass(frozen=True)
class ChainHead:
    """The newest entry's number and hash; kept elsewhere, they prove that nothing before was changed."""

    last_id: int
    last_hash: str

    def __str__(self) -> str:
        return f"{self.last_id}:{self.last_hash}"

    @classmethod
    def parse(cls, text: str) -> "ChainHead":
        """A head as it is printed; raises ValueError with a sentence."""
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise ValueError(
                "A head is a number, a colon and 64 digits and letters, as verify --head prints it."
            )
        return cls(int(found[1]), found[2])


@dataclass(frozen=True)
class ChainStatus:
    """How long the chain is and whether it holds, in a sentence."""

    ok: bool
    entries: int
    head: str
    sentence: str
    problems: list[str]
