"""Pairs of patients who may be one person, the scan that finds them, and merging two records into one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import Field

from hms_app.core.form_input import FormInput
from hms_app.domain.jobs.values import JobKind
from hms_app.domain.patients.values.rows import PatientRow

SCAN: Final = JobKind(
    "patients.scan", "Looking for duplicates", work="hms_app.domain.duplicates.service.scanning:work_on_scan"
)


class DuplicateStatus(StrEnum):
    """What somebody decided about a pair."""

    OPEN = "open"
    NOT_DUPLICATE = "not_duplicate"
    MERGED = "merged"


class ScanStatus(StrEnum):
    """How a scan of the register stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class StepOutcome(StrEnum):
    """What became of a row when its patient was merged."""

    MOVED = "moved"
    LEFT = "left"


class Side(StrEnum):
    """Whose value the survivor has after a merge."""

    SURVIVOR = "survivor"
    MERGED = "merged"


DUPLICATE_LABELS: Final = {"open": "To decide", "not_duplicate": "Not a duplicate", "merged": "Merged"}


class MergeField(NamedTuple):
    """A choice at a merge: its name, how screens say it, and the columns that go together."""

    name: str
    label: str
    columns: tuple[str, ...]


MERGE_FIELDS: Final = (
    MergeField("family_name", "Family name", ("family_name",)),
    MergeField("given_names", "Given names", ("given_names",)),
    MergeField("preferred_name", "Preferred name", ("preferred_name",)),
    MergeField("maiden_name", "Maiden name", ("maiden_name",)),
    MergeField("prefix", "Prefix", ("prefix",)),
    MergeField("suffix", "Suffix", ("suffix",)),
    MergeField("birth", "Date of birth", ("birth_date", "birth_date_precision", "birth_estimated_on")),
    MergeField("deceased", "Deceased", ("deceased_at", "deceased_is_day_only", "deceased_precision")),
    MergeField("sex_at_birth", "Sex at birth", ("sex_at_birth",)),
    MergeField("gender", "Gender", ("gender",)),
    MergeField("marital_status", "Marital status", ("marital_status",)),
    MergeField("language", "Language", ("language",)),
    MergeField("race", "Race", ("race",)),
    MergeField("ethnicity", "Ethnicity", ("ethnicity",)),
    MergeField("birth_place", "Place of birth", ("birth_place",)),
    MergeField("photo", "Photo", ("photo_file",)),
)
"""What may be chosen at a merge, in the order of the page. The record number is always the survivor's."""
UNSAID: Final = frozenset({None, "", "unknown"})
"""Values that say nothing: the other record's is better, whatever it is."""


class MergeInput(FormInput):
    """Which record becomes part of which, and whose values stay; versions are those the person saw."""

    survivor_id: int
    merged_id: int
    survivor_version: int
    merged_version: int
    choices: dict[str, Side] = Field(default_factory=dict)
    reason: str = Field(default="", max_length=500)


@dataclass(frozen=True)
class DuplicateFilters:
    """What the worklist is narrowed to; weights are in bits, from included, to excluded."""

    status: str = DuplicateStatus.OPEN.value
    weight_from: float | None = None
    weight_to: float | None = None


@dataclass(frozen=True)
class DuplicateRow:
    """A pair of the worklist, ready to be shown."""

    id: int
    first: PatientRow
    second: PatientRow
    weight: float
    percent: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    status: str
    status_label: str
    decided: str


@dataclass(frozen=True)
class ScanRow:
    """How the newest scan stands, in words; `share` is done of total, in per cent."""

    status: str
    is_alive: bool
    share: int
    sentence: str
    started: str


@dataclass(frozen=True)
class FieldPair:
    """A field of both records side by side; `better` is the side whose value says something the other does not."""

    name: str
    label: str
    first: str
    second: str
    is_different: bool
    better: str


@dataclass(frozen=True)
class Holding:
    """How many rows of a kind each record holds."""

    label: str
    first: int
    second: int


@dataclass(frozen=True)
class MergedRow:
    """A standing or undone merge, as a record's page tells it."""

    id: int
    merged: PatientRow
    survivor: PatientRow
    merged_at: str
    merged_by: str
    reason: str
    moved: int
    left: int
    is_standing: bool
    undone_at: str
    undone_by: str
    undone_reason: str
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Two records side by side, how alike they are, what was decided, and what forbids a merge now."""

    first: PatientRow
    second: PatientRow
    versions: tuple[int, int]
    percent: str
    weight: float
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    fields: tuple[FieldPair, ...]
    holdings: tuple[Holding, ...]
    status: str
    decided: str
    wants_reason: bool
    obstacles: tuple[str, ...]
