"""Imports that run by themselves: what they read, how far they are, and what came of them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


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
IMPORT_STEPS: Final[dict[ImportStatus, frozenset[ImportStatus]]] = {
    _S.UPLOADED: frozenset({_S.UPLOADED, _S.CHECKING, _S.CANCELLED}),
    _S.CHECKING: frozenset({_S.CHECKED, _S.FAILED, _S.CANCELLED}),
    _S.CHECKED: frozenset({_S.UPLOADED, _S.CHECKING, _S.RUNNING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.DONE, _S.FAILED, _S.CANCELLED}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset({_S.UPLOADED, _S.CHECKING, _S.CANCELLED}),
    _S.CANCELLED: frozenset(),
}
"""Which status may follow which; another mapping leads a checked list back to `uploaded`."""
WORKED_ON: Final = frozenset({_S.CHECKING, _S.RUNNING})
"""The states in which a runner works on an import, or will take it up."""

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
    """An import as screens show it; `lines` and `problems` are of the last check, or of the import once it ran."""

    id: int
    kind: ImportKind
    status: ImportStatus
    file_name: str
    size_bytes: int
    started_by: str
    created_at: str
    finished_at: str
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
