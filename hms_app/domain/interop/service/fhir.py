"""Reading FHIR R4 files: all of them are read once and put aside by type; then type after type is loaded.

So a resource may refer to one of a later file, and memory stays that of the largest file. Why chunks commit on
their own is docs/decisions/0006-imports-commit-in-chunks.md; whose record a patient becomes, 0009-whose-record.md.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.rules.fhir.resources import SPECS
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec
from hms_app.domain.interop.rules.received.fhir_files import fhir_files
from hms_app.domain.interop.rules.received.fhir_reading import LEFT_OUT, LINKED, Step, kind_of
from hms_app.domain.interop.rules.received.spool import Spool, Spooled
from hms_app.domain.interop.service.chunks import load_by_halves
from hms_app.domain.interop.service.fhir_left_out import note_left_out
from hms_app.domain.interop.service.fhir_links import load_links
from hms_app.domain.interop.service.fhir_reading import ReadFiles, read_files_here
from hms_app.domain.interop.values import FhirProblem, FhirReport, InteropAction, Progress
from hms_app.runtime.scratch import scratch_directory

CHUNK_ROWS: Final = 10_000
"""Rows of a transaction: large enough for COPY to pay, small enough to stay a second's work."""

OnProgress = Callable[[Progress], None]


def import_fhir(
    directory: Path,
    actor: Actor,
    *,
    read: ReadFiles = read_files_here,
    on_progress: OnProgress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> FhirReport:
    """Read every `.json` and `.ndjson` file of a directory into the hospital; `read` says where that is done.

    Opens its own transactions, one a chunk, on the engine `core.db.bind` was given. Running it again goes on where
    a broken run stopped and changes nothing that is already there. Raises `NotPermitted`, and a sentence
    (`FhirFilesMissing`, ...) before anything is written.
    """
    ensure_allowed(actor, Permission.INTEROP_IMPORT_RUN)
    files = fhir_files(directory)
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_STARTED, directory, None))
    tracker = _Tracker(on_progress, total=sum(file.size for file in files))
    with scratch_directory() as place, Spool(place) as spool:
        report = read(directory, spool, actor.locale.country, tracker.read)
        taken = spool.count_of_all(map(kind_of, SPECS))
        loader = _Loader(report, spool, actor, chunk_rows)
        for spec in SPECS:
            for done in loader.load(spec):
                tracker.loaded(spec.stem, done, taken)
        loader.link()
        loader.leave_out()
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_FINISHED, directory, report))
    return report


class _Tracker:
    """Progress over all bytes: reading a file and loading what it held count half of its size each."""

    def __init__(self, on_progress: OnProgress | None, *, total: int) -> None:
        self._tell, self._total = on_progress, total

    def read(self, step: Step) -> None:
        self._show(step.file, step.bytes_read // 2, step.rows)

    def loaded(self, kind: str, done: int, taken: int) -> None:
        half = self._total // 2
        self._show(kind, half + (self._total - half) * done // max(taken, 1), done)

    def _show(self, what: str, done: int, rows: int) -> None:
        if self._tell:
            self._tell(Progress(what, done, self._total, rows))


class _Loader:
    """Loads what was put aside, chunk by chunk."""

    def __init__(self, report: FhirReport, spool: Spool, actor: Actor, chunk_rows: int) -> None:
        self._report, self._spool, self._actor, self._chunk_rows = report, spool, actor, chunk_rows
        self._refused: set[str] = set()
        self._done = 0

    def load(self, spec: ResourceSpec) -> Iterator[int]:
        """Load everything of a type; gives how many rows of all types have been through after each chunk."""
        for spooled in self._spool.chunks(kind_of(spec), self._chunk_rows):
            kept = [one for one in spooled if not self._is_of_refused(spec, one)]
            places = {one.row.line: one for one in kept}
            if kept:
                result = load_by_halves(self._actor, spec, [one.row for one in kept])
                self._report.resources[spec.stem].add(result.counts)
                for problem in result.problems:
                    self._report_problem(spec, places[problem.line], problem.reason)
                for remark in result.remarks:
                    place = places[remark.line]
                    self._report.remarks.append(FhirProblem(place.file, place.place, remark.reason))
            self._done += len(spooled)
            yield self._done

    def link(self) -> None:
        """Hang results on their reports and observations below their panels."""
        for kind in LINKED.values():
            for links in self._spool.chunks(kind, self._chunk_rows):
                wanted = [(parent, children) for parent, children, *_ in links]
                load_links(self._actor, kind, wanted)

    def leave_out(self) -> None:
        """Let each record say what of it was taken over in no row."""
        for chunk in self._spool.chunks(LEFT_OUT, self._chunk_rows):
            note_left_out(self._actor, chunk)

    def _is_of_refused(self, spec: ResourceSpec, one: Spooled) -> bool:
        """Whether a row is about a patient who was refused in this run, however well known from an earlier one."""
        if one.row.values.get("ref_patient_id") not in self._refused:
            return False
        self._report.resources[spec.stem].rejected += 1
        self._report_problem(spec, one, "it is about a patient who was refused")
        return True

    def _report_problem(self, spec: ResourceSpec, one: Spooled, reason: str) -> None:
        self._report.problems.append(FhirProblem(one.file, one.place, reason))
        if spec.table == "patient":
            self._refused.add(one.row.key)
        elif (about := one.row.values.get("ref_patient_id")) and about not in self._refused:
            called = str(one.row.values.get("display") or "")
            self._spool.put(
                LEFT_OUT,
                (
                    about,
                    spec.stem,
                    f"{spec.stem}/{one.row.key.removeprefix(spec.key_prefix)}",
                    called,
                    reason,
                ),
            )


def _note(
    session: Session, actor: Actor, action: InteropAction, directory: Path, report: FhirReport | None
) -> None:
    counts = {name: counts.as_json() for name, counts in report.resources.items()} if report else None
    audit.record(session, actor, action, "import", after={"directory": directory.name, "resources": counts})
