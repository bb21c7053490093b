"""Rows and filters of the audit trail."""

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypedDict

_HEAD: Final = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


class AuditAction(StrEnum):
    """What the audit trail says about itself, and about reading a record."""

    RECORD_ACCESSED = "patients.record.accessed"
    TRAIL_EXPORTED = "audit.entry.exported"
    TRAIL_RESTORED = "audit.trail.restored"


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
    subject_type: str = ""
    subject_id: int | None = None
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


class EntryRow(TypedDict):
    """One entry as the audit screen shows it."""

    id: str
    occurred_at: str
    actor_name: str
    ip_address: str
    action: str
    subject: str
    patient_id: str
    reason: str
    before: str
    after: str
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
