"""Reading FHIR R4 files: all of them are read once and put aside by type; then type after type is loaded.

So a resource may refer to one of a later file, and memory stays that of the largest file. Why chunks commit on
their own is docs/decisions/0006-imports-commit-in-chunks.md; whose record a patient becomes, 0009-whose-record.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from sqlmodel import Session

from hms_app.core import clock, db
from hms_app.core.actor import Actor
from hms_app.core.faults import logged_fault
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.queries import Document, Entry, FhirFile, fhir_files, files_not_read
from hms_app.domain.interop.rules.fhir.clinical import MEDICATION_REQUESTS, awaited_medication, medication
from hms_app.domain.interop.rules.fhir.codes import Coded
from hms_app.domain.interop.rules.fhir.elements import SOME_TIME, Json, parts, shown, text
from hms_app.domain.interop.rules.fhir.names import Named, Names, named, names_of, older_versions
from hms_app.domain.interop.rules.fhir.observations import members_of
from hms_app.domain.interop.rules.fhir.reading import Reading, coded
from hms_app.domain.interop.rules.fhir.resources import ORDER, SPECS, spec_of
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec
from hms_app.domain.interop.rules.fhir.versions import ensure_r4
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.keys import SeenKeys, content_digest
from hms_app.domain.interop.rules.specs import ParsedRow, Values
from hms_app.domain.interop.service.chunks import load_by_halves
from hms_app.domain.interop.service.fhir_links import LINKED, load_links
from hms_app.domain.interop.service.spool import Spool, Spooled
from hms_app.domain.interop.values import FhirProblem, FhirReport, FileCounts, InteropAction, Progress

CHUNK_ROWS: Final = 10_000
"""Rows of a transaction: large enough for COPY to pay, small enough to stay a second's work."""
_KEY_LIMIT: Final = 500
_MEDICATION: Final = "Medication"
_AWAITING: Final = "awaiting-medication"

OnProgress = Callable[[Progress], None]
Read = TypeVar("Read")


def import_fhir(
    directory: Path,
    actor: Actor,
    *,
    on_progress: OnProgress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> FhirReport:
    """Read every `.json` and `.ndjson` file of a directory into the hospital.

    Opens its own transactions, one a chunk, on the engine `core.db.bind` was given. Running it again goes on where
    a broken run stopped and changes nothing that is already there. Raises `NotPermitted`, and a sentence
    (`FhirFilesMissing`, ...) before anything is written.
    """
    ensure_allowed(actor, Permission.INTEROP_IMPORT_RUN)
    files = fhir_files(directory)
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_STARTED, directory, None))
    report = FhirReport(problems=files_not_read(directory))
    tracker = _Tracker(on_progress, total=sum(file.size for file in files))
    with Spool() as spool:
        reader = _Reader(report, spool, actor.locale.country)
        for file in files:
            for document in file.documents():
                reader.take(file.name, document)
                tracker.read(file, reader.taken)
            tracker.finished(file, reader.taken)
        reader.settle()
        loader = _Loader(report, spool, actor, chunk_rows)
        for spec in SPECS:
            for done in loader.load(spec):
                tracker.loaded(spec.stem, done, reader.taken)
        loader.link()
    db.in_transaction(lambda session: _note(session, actor, InteropAction.IMPORT_FINISHED, directory, report))
    return report


class _Tracker:
    """Progress over all bytes: reading a file and loading what it held count half of its size each."""

    def __init__(self, on_progress: OnProgress | None, *, total: int) -> None:
        self._tell, self._total, self._before = on_progress, total, 0

    def read(self, file: FhirFile, rows: int) -> None:
        self._show(file.name, (self._before + file.bytes_read) // 2, rows)

    def finished(self, file: FhirFile, rows: int) -> None:
        self._before += file.size
        self._show(file.name, self._before // 2, rows)

    def loaded(self, kind: str, done: int, taken: int) -> None:
        half = self._total // 2
        self._show(kind, half + (self._total - half) * done // max(taken, 1), done)

    def _show(self, what: str, done: int, rows: int) -> None:
        if self._tell:
            self._tell(Progress(what, done, self._total, rows))


class _Reader:
    """Takes documents apart: well-formed resources are put aside, the others counted and reported."""

    def __init__(self, report: FhirReport, spool: Spool, country: str) -> None:
        self._report, self._spool, self._country = report, spool, country
        self._keys: defaultdict[str, SeenKeys] = defaultdict(SeenKeys)
        self._contents: defaultdict[str, SeenKeys] = defaultdict(SeenKeys)
        self._medications: dict[str, Coded] = {}
        self.taken = 0

    def take(self, file: str, document: Document) -> None:
        """Read every resource of a document, those first that others refer to."""
        self._report.problems.extend(document.problems)
        names = Names(country=self._country)
        found = list(self._named(file, document, names))
        for one, spec in sorted(found, key=_rank):
            self._read(file, one, spec, names)

    def settle(self) -> None:
        """Take in the requests for medications of other files, now that all are read."""
        for chunk in self._spool.chunks(_AWAITING, CHUNK_ROWS):
            for file, place, found in chunk:
                key, called = found.awaited
                meant = self._medications.get(key) or (Coded("", "", called) if called else None)
                if meant is None:
                    reason = f"medicationReference refers to no medication: {shown(key)}"
                    self._reject(file, MEDICATION_REQUESTS.stem, place, reason)
                else:
                    known = found._replace(values={**found.values, **coded(meant)})
                    self._keep(file, place, MEDICATION_REQUESTS, known)

    def _named(self, file: str, document: Document, names: Names) -> Iterator[tuple[Named, ResourceSpec]]:
        entries = list(self._entries(file, document))
        older = older_versions(one for one, _ in entries)
        for one, entry in entries:
            if reason := older.get(id(one.resource)):
                self._reject(file, one.type, one.place, reason)
                continue
            names.add(one, entry.full_url)
            spec = spec_of(one.type, one.resource)
            if one.type == _MEDICATION:
                self._remember(one)
            if spec is None:
                self._report.not_read[one.type] = self._report.not_read.get(one.type, 0) + 1
                continue
            yield one, spec
            yield from self._contained(file, one)

    def _entries(self, file: str, document: Document) -> Iterator[tuple[Named, Entry]]:
        """The resources whose id, type and version can be read."""
        for entry in document.entries:
            one = self._tried(file, entry.type, entry.place, partial(_named_entry, entry))
            if one is not None:
                yield one, entry

    def _remember(self, one: Named) -> None:
        """Keep what a Medication is for the requests of all files; it is no row of its own."""
        with suppress(Rejected):
            found = medication(one.resource)
            for name in (one.key, *(f"?{name}" for name in names_of(one.resource))):
                self._medications.setdefault(name, found)

    def _contained(self, file: str, holder: Named) -> Iterator[tuple[Named, ResourceSpec]]:
        """The contained resources of a type that is read; what refers to one by "#id" finds it by the same key."""
        try:
            contained = parts(holder.resource, "contained")
        except Rejected:
            return  # The holder itself is refused for it when it is read.
        for number, resource in enumerate(contained):
            place = f"{holder.place}.contained[{number}]"
            one = self._tried(file, holder.type, place, partial(_named_part, resource, place, holder))
            spec = spec_of(one.type, resource) if one is not None else None
            if one is not None and spec is not None:
                yield one, spec

    def _read(self, file: str, one: Named, spec: ResourceSpec, names: Names) -> None:
        found = self._tried(file, spec.stem, one.place, partial(_understand, one, spec, names))
        if found is None:
            names.refuse(one)
        elif found.awaited is not None:
            self._spool.put(_AWAITING, (file, one.place, found))
        elif not self._keep(file, one.place, spec, found):
            names.refuse(one)

    def _keep(self, file: str, place: str, spec: ResourceSpec, found: "_Understood") -> bool:
        """Put a row aside unless it was met before; False when it was, with other content."""
        row = ParsedRow(self.taken, found.key, content_digest(found.values), _dated_today(found.values))
        is_first = self._tried(file, spec.stem, place, partial(self._is_first, spec, row))
        if is_first is None:
            return False
        counts = self._counts(spec.stem)
        counts.read += 1
        if not is_first:
            counts.unchanged += 1
            return True
        self.taken += 1
        self._spool.put(_kind(spec), Spooled(row, file, place))
        if found.members:
            self._spool.put(LINKED[spec.stem], (found.key, found.members, file, place))
        return True

    def _tried(self, file: str, kind: str, place: str, read: Callable[[], Read]) -> Read | None:
        """What `read` gives; where it refuses, or this program fails on it, that alone is left out and reported."""
        try:
            return read()
        except Rejected as reason:
            self._reject(file, kind, place, str(reason))
        except RecursionError:
            self._reject(file, kind, place, "it is nested too deeply")
        except Exception as fault:
            reference = logged_fault("a resource could not be read", fault)
            self._reject(
                file, kind, place, f"this program failed on it; tell your administrator reference {reference}"
            )
        return None

    def _is_first(self, spec: ResourceSpec, row: ParsedRow) -> bool:
        """Whether a resource is met for the first time; the same with other content is refused."""
        kind = _kind(spec)
        content = f"{row.key} {row.digest}"
        if self._keys[kind].times_seen(row.key) == 0:
            self._contents[kind].times_seen(content)
            return True
        if self._contents[kind].times_seen(content) == 0:
            raise Rejected(f"its id occurs a second time, with other content: {row.key[:60]}")
        return False

    def _reject(self, file: str, kind: str, place: str, reason: str) -> None:
        counts = self._counts(kind)
        counts.read += 1
        counts.rejected += 1
        self._report.problems.append(FhirProblem(file, place, reason))

    def _counts(self, kind: str) -> FileCounts:
        return self._report.resources.setdefault(kind, FileCounts())


class _Understood(NamedTuple):
    """What a resource says: its row, what stands below it, and the medication of another file that it waits for."""

    key: str
    values: Values
    members: list[str]
    awaited: tuple[str, str] | None


def _understand(one: Named, spec: ResourceSpec, names: Names) -> _Understood:
    """Read a resource; raises `Rejected`."""
    parts(one.resource, "contained")
    ensure_r4(one.type, one.resource)
    reading = Reading(one, names)
    values = spec.values(reading)
    if len(one.key) > _KEY_LIMIT:
        raise Rejected("its id is too long")
    awaits = spec is MEDICATION_REQUESTS and not values["display"]
    return _Understood(
        f"{spec.key_prefix}{one.key}",
        values,
        members_of(reading) if spec.stem in LINKED else [],
        awaited_medication(reading) if awaits else None,
    )


def _named_entry(entry: Entry) -> Named:
    """An entry by its name; raises `Rejected` when its names, type or version cannot be read."""
    one = named(entry.resource, entry.type, entry.place, full_url=entry.full_url)
    older_versions([one])
    spec_of(one.type, one.resource)
    return one


def _named_part(resource: Json, place: str, holder: Named) -> Named:
    """A contained resource by its name; raises `Rejected` when its name or type cannot be read."""
    kind = text(resource, "resourceType", limit=100)
    spec_of(kind, resource)
    return named(resource, kind, place, parent=holder)


def _dated_today(values: Values) -> Values:
    """What nothing dates counts from today; its digest does not, so that it is the same tomorrow."""
    if values.get("occurred_at") != SOME_TIME.at:
        return values
    return {**values, "occurred_at": f"{clock.now().date().isoformat()}T00:00:00+00:00"}


class _Loader:
    """Loads what was put aside, chunk by chunk."""

    def __init__(self, report: FhirReport, spool: Spool, actor: Actor, chunk_rows: int) -> None:
        self._report, self._spool, self._actor, self._chunk_rows = report, spool, actor, chunk_rows
        self._refused: set[str] = set()
        self._done = 0

    def load(self, spec: ResourceSpec) -> Iterator[int]:
        """Load everything of a type; gives how many rows of all types have been through after each chunk."""
        for spooled in self._spool.chunks(_kind(spec), self._chunk_rows):
            kept = [one for one in spooled if not self._is_of_refused(spec, one)]
            places = {one.row.line: one for one in kept}
            if kept:
                result = load_by_halves(self._actor, spec, [one.row for one in kept])
                self._report.resources[spec.stem].add(result.counts)
                for problem in result.problems:
                    self._report_problem(spec, places[problem.line], problem.reason)
            self._done += len(spooled)
            yield self._done

    def link(self) -> None:
        """Hang results on their reports and observations below their panels."""
        for kind in LINKED.values():
            for links in self._spool.chunks(kind, self._chunk_rows):
                wanted = [(parent, children) for parent, children, *_ in links]
                load_links(self._actor, kind, wanted)

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


def _kind(spec: ResourceSpec) -> str:
    return f"{spec.stem}-{spec.table}"


def _rank(found: tuple[Named, ResourceSpec]) -> int:
    return ORDER[found[1].stem]


def _note(
    session: Session, actor: Actor, action: InteropAction, directory: Path, report: FhirReport | None
) -> None:
    counts = {name: counts.as_json() for name, counts in report.resources.items()} if report else None
    audit.record(session, actor, action, "import", after={"directory": directory.name, "resources": counts})
