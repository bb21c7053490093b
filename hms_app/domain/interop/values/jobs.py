"""Imports that run by themselves: what they read, how far they are, and what came of them."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.domain.jobs.values import JobKind


class ImportKind(StrEnum):
    """What a file that was sent holds."""

    SYNTHEA_ZIP = "synthea_zip"
    FHIR = "fhir"
    PATIENT_LIST = "patient_list"


class ImportStatus(StrEnum):
    """The life cycle of an import: checked without a trace first, then taken over."""

    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_S = ImportStatus
WORKED_ON: Final = frozenset({_S.CHECKING, _S.RUNNING})
"""The states in which a runner works on an import, or will take it up."""

IMPORTS: Final = JobKind(
    "interop.import", "Reading in files", work="hms_app.domain.interop.service.running:work_on_import"
)
"""The job that checks an import, and the one that takes it over."""

KIND_LABELS: Final = {
    ImportKind.SYNTHEA_ZIP: "Synthea export",
    ImportKind.FHIR: "FHIR R4",
    ImportKind.PATIENT_LIST: "Patient list",
}
STATUS_LABELS: Final = {
    _S.UPLOADED: "Uploaded",
    _S.CHECKING: "Checking",
    _S.CHECKED: "Checked",
    _S.RUNNING: "Importing",
    _S.DONE: "Imported",
    _S.FAILED: "Stopped",
    _S.CANCELLED: "Cancelled",
}
IMPORT_LIFE: Final = LifeCycle(
    "import_job",
    "import",
    STATUS_LABELS,
    (
        Move(_S.UPLOADED, _S.UPLOADED),
        Move(_S.UPLOADED, _S.CHECKING, "Check"),
        Move(_S.UPLOADED, _S.CANCELLED, "Cancel"),
        Move(_S.CHECKING, _S.CHECKED),
        Move(_S.CHECKING, _S.FAILED),
        Move(_S.CHECKING, _S.CANCELLED, "Cancel"),
        Move(_S.CHECKED, _S.UPLOADED),
        Move(_S.CHECKED, _S.CHECKING, "Check again"),
        Move(_S.CHECKED, _S.RUNNING, "Import"),
        Move(_S.CHECKED, _S.CANCELLED, "Cancel"),
        Move(_S.RUNNING, _S.DONE),
        Move(_S.RUNNING, _S.FAILED),
        Move(_S.RUNNING, _S.CANCELLED, "Cancel"),
        Move(_S.FAILED, _S.UPLOADED),
        Move(_S.FAILED, _S.CHECKING, "Check again"),
        Move(_S.FAILED, _S.CANCELLED, "Cancel"),
    ),
)
"""What may follow; another mapping leads a checked list back to `uploaded`."""


@dataclass(frozen=True)
class ReportLine:
    """What became of one file, or one type of resource."""

    name: str
    read: int
    created: int
    updated: int
    unchanged: int
    rejected: int


@dataclass(frozen=True)
class ReportProblem:
    """A row or resource that is not taken over: its file, where in it, and why."""

    file: str
    place: str
    reason: str


@dataclass(frozen=True)
class ImportJobRow:
    """An import as screens show it; `lines` and `problems` are of the last check, or of the import once it ran.

    `remarks` are about what is taken over without something, `not_kept` counts elements that have no place here.
    """

    id: int
    kind: ImportKind
    status: ImportStatus
    file_name: str
    size_bytes: int
    started_by: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
    place: str
    done: int
    total: int
    is_alive: bool
    problem: str
    has_mapping: bool
    mapping: dict[str, Any] = field(default_factory=dict)
    lines: tuple[ReportLine, ...] = ()
    not_read: dict[str, int] = field(default_factory=dict)
    problems: tuple[ReportProblem, ...] = ()
    problem_count: int = 0
    not_kept: dict[str, int] = field(default_factory=dict)
    remarks: tuple[ReportProblem, ...] = ()
    remark_count: int = 0

    @property
    def percent(self) -> int:
        """How far it is, in percent of all bytes or rows."""
        return min(100, self.done * 100 // self.total) if self.total else 0


@dataclass(frozen=True)
class TakenJob:
    """An import that a runner has taken up: nobody else works on it while its heartbeat goes on."""

    id: int
    kind: ImportKind
    status: ImportStatus
    runner: str
    storage_key: str
    file_name: str
    media_type: str
    mapping: dict[str, Any]
    user_id: int | None
    user_name: str
