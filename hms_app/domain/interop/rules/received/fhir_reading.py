"""Taking FHIR documents apart: what every resource says is put aside on disk, until its rows are loaded."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from hms_app.core.faults import logged_fault
from hms_app.domain.interop.rules.fhir.codes import Coded
from hms_app.domain.interop.rules.fhir.elements import SOME_TIME, Json, parts, shown, text
from hms_app.domain.interop.rules.fhir.medicines import MEDICINES, awaited_medication, medication
from hms_app.domain.interop.rules.fhir.names import Named, Names, named, names_of, older_versions
from hms_app.domain.interop.rules.fhir.observations import members_of
from hms_app.domain.interop.rules.fhir.reading import Reading, coded
from hms_app.domain.interop.rules.fhir.remarks import words_of
from hms_app.domain.interop.rules.fhir.resources import ORDER, spec_of
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec
from hms_app.domain.interop.rules.fhir.unread import unread
from hms_app.domain.interop.rules.fhir.versions import ensure_r4
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.keys import SeenKeys, content_digest
from hms_app.domain.interop.rules.received.fhir_files import Document, Entry, fhir_files, files_not_read
from hms_app.domain.interop.rules.received.spool import Spool, Spooled
from hms_app.domain.interop.rules.specs import ParsedRow, Values
from hms_app.domain.interop.values import FhirProblem, FhirReport, FileCounts

LINKED: Final = {"DiagnosticReport": "report-results", "Observation": "panel-members"}
"""Types of resource that name observations, and under what their lists are put aside."""
_CHUNK_ROWS: Final = 10_000
_KEY_LIMIT: Final = 500
_MEDICATION: Final = "Medication"
_AWAITING: Final = "awaiting-medication"
_MOST_TYPES: Final = 200
LEFT_OUT: Final = "left-out"
"""Under what is put aside what is about a patient and taken over in no row."""
_OF_MEDICINES: Final = frozenset({"MedicationAdministration", "MedicationDispense", "MedicationOrder"})
"""Types that are not read, and without which nobody may say that a patient takes no medicine."""
_UNNAMED: Final = "A medicine that the file does not name"
_MEDICINES: Final = {spec.stem: spec for spec in MEDICINES}
_OTHERS: Final = "other types"
"""Under which name types are counted that nobody has heard of, once there are too many."""

Read = TypeVar("Read")


class Step(NamedTuple):
    """How far reading is: the file at hand, the bytes read of all files, and the rows that were put aside."""

    file: str
    bytes_read: int
    rows: int


def read_at(directory: str, spool: str, country: str, today: str) -> Iterator[list[Any]]:
    """What a reader is asked for an import: steps, then the report and how much was put aside of each kind."""
    with Spool(Path(spool)) as aside:
        reader = FhirReader(aside, country=country, today=today)
        for step in reader.read(Path(directory)):
            yield list(step)
        yield [reader.report.as_json(), aside.counts()]


def kind_of(spec: ResourceSpec) -> str:
    """Under what the rows of a type of resource are put aside."""
    return f"{spec.stem}-{spec.table}"


class FhirReader:
    """Takes documents apart: well-formed resources are put aside, the others counted and reported."""

    def __init__(self, spool: Spool, *, country: str, today: str) -> None:
        self.report = FhirReport()
        self._spool, self._country, self._today = spool, country, today
        self._keys: defaultdict[str, SeenKeys] = defaultdict(SeenKeys)
        self._contents: defaultdict[str, SeenKeys] = defaultdict(SeenKeys)
        self._medications: dict[str, Coded] = {}
        self._taken = 0

    def read(self, directory: Path) -> Iterator[Step]:
        """Read every file of a directory; gives how far it is after each document and file."""
        self.report.problems.extend(files_not_read(directory))
        before = 0
        for file in fhir_files(directory):
            for document in file.documents():
                self.take(file.name, document)
                yield Step(file.name, before + file.bytes_read, self._taken)
            before += file.size
            yield Step(file.name, before, self._taken)
        self.settle()

    def take(self, file: str, document: Document) -> None:
        """Read every resource of a document, those first that others refer to."""
        self.report.problems.extend(document.problems)
        names = Names(country=self._country, today=self._today)
        found = list(self._named(file, document, names))
        for one, spec in sorted(found, key=_rank):
            self._read(file, one, spec, names)

    def settle(self) -> None:
        """Take in the requests for medications of other files, now that all are read."""
        for chunk in self._spool.chunks(_AWAITING, _CHUNK_ROWS):
            for file, place, stem, found in chunk:
                key, called = found.awaited
                meant = self._medications.get(key) or Coded("", "", called or _UNNAMED)
                if key not in self._medications:
                    reason = f"kept without what medicationReference means, which is nowhere: {shown(key)}"
                    self.report.remarks.append(FhirProblem(file, place, reason))
                known = found._replace(values={**found.values, **coded(meant)})
                self._keep(file, place, _MEDICINES[stem], known)

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
                _count(self.report.not_read, one.type)
                if one.type in _OF_MEDICINES:
                    self._leave_out(one, names, "this type of resource is not read")
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
        problems = self.report.problems.met
        found = self._tried(file, spec.stem, one.place, partial(_understand, one, spec, names))
        if found is None:
            names.refuse(one)
            reason = self.report.problems[-1].reason if self.report.problems else ""
            self._leave_out(one, names, reason if self.report.problems.met > problems else "")
            return
        self._remark(file, one, found)
        if found.awaited is not None:
            self._spool.put(_AWAITING, (file, one.place, spec.stem, found))
        elif not self._keep(file, one.place, spec, found):
            names.refuse(one)

    def _remark(self, file: str, one: Named, found: "_Understood") -> None:
        """Report what a resource is kept without: what cannot be followed, and what nobody here looks at."""
        self.report.remarks.extend(FhirProblem(file, one.place, reason) for reason in found.remarks)
        for path in set(unread(one.resource)):
            _count(self.report.not_kept, f"{one.type}.{path}")

    def _leave_out(self, one: Named, names: Names, reason: str) -> None:
        """Put aside what is left out of the record of whom it is about, so that the record itself can say so."""
        with suppress(Rejected):
            reading = Reading(one, names)
            about = next((found for name in ("subject", "patient") if (found := reading.about(name))), None)
            if about is not None:
                self._spool.put(
                    LEFT_OUT, (about, one.type, f"{one.type}/{one.key}", called(one.resource), reason)
                )

    def _keep(self, file: str, place: str, spec: ResourceSpec, found: "_Understood") -> bool:
        """Put a row aside unless it was met before; False when it was, with other content."""
        row = ParsedRow(self._taken, found.key, content_digest(found.values), self._dated(found.values))
        is_first = self._tried(file, spec.stem, place, partial(self._is_first, spec, row))
        if is_first is None:
            return False
        counts = self._counts(spec.stem)
        counts.read += 1
        if not is_first:
            counts.unchanged += 1
            return True
        self._taken += 1
        self._spool.put(kind_of(spec), Spooled(row, file, place))
        if found.members:
            self._spool.put(LINKED[spec.stem], (found.key, found.members, file, place))
        return True

    def _dated(self, values: Values) -> Values:
        """What nothing dates counts from today; its digest does not, so that it is the same tomorrow."""
        if values.get("occurred_at") != SOME_TIME.at:
            return values
        return {**values, "occurred_at": f"{self._today}T00:00:00+00:00"}

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
        kind = kind_of(spec)
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
        self.report.problems.append(FhirProblem(file, place, reason))

    def _counts(self, kind: str) -> FileCounts:
        return self.report.resources.setdefault(_bounded(self.report.resources, kind), FileCounts())


class _Understood(NamedTuple):
    """What a resource says: its row, what stands below it, and the medication of another file that it waits for."""

    key: str
    values: Values
    members: list[str]
    awaited: tuple[str, str] | None
    remarks: list[str]


def _understand(one: Named, spec: ResourceSpec, names: Names) -> _Understood:
    """Read a resource; raises `Rejected`."""
    parts(one.resource, "contained")
    ensure_r4(one.type, one.resource)
    reading = Reading(one, names)
    values = spec.values(reading)
    if len(one.key) > _KEY_LIMIT:
        raise Rejected("its id is too long")
    awaits = spec in MEDICINES and not values["display"]
    return _Understood(
        f"{spec.key_prefix}{one.key}",
        values,
        members_of(reading) if spec.stem in LINKED else [],
        awaited_medication(reading) if awaits else None,
        list(dict.fromkeys(reading.remarks)),
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


def _bounded(counted: Mapping[str, object], kind: str) -> str:
    """The name under which a type is counted: its own, as long as there are not too many."""
    return kind if kind in counted or len(counted) < _MOST_TYPES else _OTHERS


def called(resource: Json) -> str:
    """What a resource is about, in words, whatever its type."""
    names = ("code", "medicationCodeableConcept", "vaccineCode", "medicationReference", "type", "category")
    return next((words for name in names if (words := words_of(resource, name))), "")[:1000]


def _count(counted: dict[str, int], name: str) -> None:
    name = _bounded(counted, name)
    counted[name] = counted.get(name, 0) + 1


def _rank(found: tuple[Named, ResourceSpec]) -> int:
    return ORDER[found[1].stem]
