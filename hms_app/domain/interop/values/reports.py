"""What an import reports: counts per file, and each row that was not taken over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import OPEN, describe

SOURCE: Final = "synthea"
"""`source_system` of every row that comes from a Synthea file."""
FHIR: Final = "fhir"
"""`source_system` of every row that comes from a FHIR resource."""
MOST_KEPT: Final = 10_000
"""Problems of one import that are kept: who reads them mends the first ones and tries again."""


class InteropAction(StrEnum):
    """What the audit trail says about imports."""

    IMPORT_STARTED = "interop.import.started"
    CHUNK_LOADED = "interop.import_chunk.loaded"
    IMPORT_FINISHED = "interop.import.finished"
    RECORD_EXPORTED = "interop.record.exported"
    JOB_ADDED = "interop.import_job.added"
    JOB_MAPPED = "interop.import_job.mapped"
    JOB_CHECK_STARTED = "interop.import_job.check_started"
    JOB_CHECKED = "interop.import_job.checked"
    JOB_STARTED = "interop.import_job.started"
    JOB_FINISHED = "interop.import_job.finished"
    JOB_FAILED = "interop.import_job.failed"
    JOB_CANCELLED = "interop.import_job.cancelled"
    REPORT_EXPORTED = "interop.import_report.exported"


describe([InteropAction.RECORD_EXPORTED], {OPEN: ("as", "left_out")})
describe(
    [action for action in InteropAction if action is not InteropAction.RECORD_EXPORTED],
    {
        Permission.INTEROP_IMPORT_RUN: (
            *("directory", "file", "files", "resources", "first_line", "last_line", "created", "updated"),
            *("linked", "kind", "status", "problem"),
            *("fields", "date_order", "name_order", "key_column", "source", "takes_lookalikes"),
        )
    },
)


@dataclass(frozen=True)
class Problem:
    """A row that was left out: the file's stem, the physical line it starts on, and why."""

    file: str
    line: int
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The problem as the report's JSON has it."""
        return {"file": self.file, "line": self.line, "reason": self.reason}


Found = TypeVar("Found")


class Problems(list[Found]):
    """The problems that are kept, at most `MOST_KEPT` of them; `met` says how many were met."""

    def __init__(self, found: Iterable[Found] = ()) -> None:
        super().__init__()
        self._more = 0
        self.extend(found)

    @property
    def met(self) -> int:
        """How many there were, kept or not."""
        return len(self) + self._more

    def append(self, problem: Found) -> None:
        """Keep one more problem, as long as there are not too many."""
        if len(self) < MOST_KEPT:
            super().append(problem)
        else:
            self._more += 1

    def extend(self, found: Iterable[Found]) -> None:
        """Keep these as well, as far as there is room."""
        for problem in found:
            self.append(problem)
        self._more += found._more if isinstance(found, Problems) else 0


@dataclass
class FileCounts:
    """What became of the rows of one file; the last four always add up to `read`."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def add(self, other: "FileCounts") -> None:
        """Count `other` in."""
        self.read += other.read
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejected += other.rejected

    def as_json(self) -> dict[str, int]:
        """The counts as the report's JSON has them."""
        return dict(vars(self))


@dataclass
class ImportReport:
    """The counts of every file by its stem, every problem in the order it was met, and remarks about who came."""

    files: dict[str, FileCounts] = field(default_factory=dict)
    problems: Problems[Problem] = field(default_factory=Problems)
    remarks: Problems[Problem] = field(default_factory=Problems)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "files": {name: counts.as_json() for name, counts in self.files.items()},
            "problems": [problem.as_json() for problem in self.problems],
            "problem_count": self.problems.met,
            "remarks": [remark.as_json() for remark in self.remarks],
            "remark_count": self.remarks.met,
        }


@dataclass(frozen=True)
class FhirProblem:
    """A resource (or a whole file) that was left out: the file, where in it ("entry[3]", "line 7"), and why."""

    file: str
    path: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The problem as the report's JSON has it."""
        return {"file": self.file, "path": self.path, "reason": self.reason}


@dataclass
class FhirReport:
    """The counts of every type of resource that is read, how many of other types there were, and every problem.

    Problems that are no resource's (a file that is no JSON, an entry without a resource) are in no count. `remarks`
    are about resources that were taken over without something, or beside something that says otherwise; `not_kept`
    counts the elements, such as "Procedure.location", that have no place here.
    """

    resources: dict[str, FileCounts] = field(default_factory=dict)
    not_read: dict[str, int] = field(default_factory=dict)
    problems: Problems[FhirProblem] = field(default_factory=Problems)
    remarks: Problems[FhirProblem] = field(default_factory=Problems)
    not_kept: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Self:
        """The report that `as_json` wrote."""
        resources = {name: FileCounts(**counts) for name, counts in told["resources"].items()}
        return cls(
            resources,
            dict(told["not_read"]),
            _listed(told["problems"], told["problem_count"]),
            _listed(told["remarks"], told["remark_count"]),
            dict(told["not_kept"]),
        )

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return {
            "resources": {name: counts.as_json() for name, counts in self.resources.items()},
            "not_read": dict(sorted(self.not_read.items())),
            "not_kept": dict(sorted(self.not_kept.items())),
            "problems": [problem.as_json() for problem in self.problems],
            "problem_count": self.problems.met,
            "remarks": [remark.as_json() for remark in self.remarks],
            "remark_count": self.remarks.met,
        }


def _listed(told: list[dict[str, Any]], met: int) -> Problems[FhirProblem]:
    problems = Problems(FhirProblem(**problem) for problem in told)
    problems._more = met - len(problems)
    return problems


@dataclass(frozen=True)
class Progress:
    """How far an import is: bytes read of all bytes, and the file at hand."""

    file: str
    bytes_read: int
    bytes_total: int
    rows_read: int


@dataclass(frozen=True)
class RecordFile:
    """A record as a file to download."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Row:
    """One well-formed row: where it stood and its values by column name, blank ones as ""."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Columns:
    """Columns a file must have, those it may have, and the other names either is known by."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()

    def canonical(self, name: str) -> str:
        """The name this program uses for a header cell."""
        cleaned = name.strip().upper()
        return "Id" if cleaned == "ID" else dict(self.aliases).get(cleaned, cleaned)
