"""FHIR files as they come: a bundle or a resource in a `.json` file, a resource a line in a `.ndjson` file.

One document is in memory at a time. What is no JSON, or no resource, is a problem of its file and nothing else's.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

from hms_app.domain.interop.errors import FhirFilesMissing, ImportDirectoryMissing, ImportFileUnreadable
from hms_app.domain.interop.rules.fhir.elements import shown
from hms_app.domain.interop.rules.fhir.unread import Told
from hms_app.domain.interop.values import FhirProblem, Problems

BIGGEST_DOCUMENT: Final = 256 << 20
"""Bytes of the largest JSON file that is read whole; more comes as `.ndjson`."""
LONGEST_LINE: Final = 32 << 20
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")
_DEEPEST: Final = 8
"""Bundles within bundles that are read."""
_OTHER_FILES: Final = {
    **dict.fromkeys((".xml", ".ttl", ".rdf"), "only JSON is read here: write its resources as .json"),
    **dict.fromkeys(
        (".gz", ".bz2", ".xz", ".zst", ".zip", ".tgz", ".tar", ".7z"), "it is packed: unpack it first"
    ),
    ".jsonl": "a file with a resource a line is called .ndjson",
}
"""Files that may hold resources and are not read, and what to do about it."""
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Entry:
    """A resource of a document: its type, where it stands, and the address its bundle gives it."""

    type: str
    resource: dict[str, Any]
    place: str
    full_url: str = ""


@dataclass(frozen=True)
class Document:
    """Resources that may refer to one another by the names this document gives them, and what is none of them."""

    entries: list[Entry]
    problems: list[FhirProblem]


class FhirFile:
    """One file, read in a stream of documents."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = _printable(path.name)
        self.size = path.stat().st_size
        self.bytes_read = 0

    def documents(self) -> Iterator[Document]:
        """The bundle or resource of a `.json` file; those of each line of a `.ndjson` file."""
        self.bytes_read = 0
        yield from self._lines() if self.path.suffix.lower() == ".ndjson" else self._whole()
        self.bytes_read = self.size

    def _whole(self) -> Iterator[Document]:
        if self.size > BIGGEST_DOCUMENT:
            yield self._refused("", "the file is larger than 256 MB; send its resources as .ndjson")
            return
        yield self._document(self.path.read_bytes(), "")

    def _lines(self) -> Iterator[Document]:
        number, started = 0, False
        with self.path.open("rb") as file:
            while raw := file.readline(LONGEST_LINE):
                ended = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
                self.bytes_read += len(raw)
                number += not started
                place = f"line {number}"
                if not ended and not started:
                    yield self._refused(place, "the line is longer than 32 MB")
                elif not started and raw.strip():
                    yield self._document(raw, place)
                started = not ended

    def _document(self, raw: bytes, place: str) -> Document:
        try:
            content = _parse(raw)
        except (ValueError, RecursionError, MemoryError) as error:
            return self._refused(place, _why(error))
        if not isinstance(content, dict):
            return self._refused(place, "it is no FHIR resource")
        if content.get("resourceType") != "Bundle":
            return self._single(content, place)
        document = Document([], Problems())
        self._bundle(content, place, f"{place}, " if place else "", document, 0)
        return document

    def _single(self, resource: dict[str, Any], place: str) -> Document:
        kind = _type_of(resource)
        if kind is None:
            return self._refused(place, "it has no resourceType of FHIR")
        return Document([Entry(kind, resource, place or kind)], [])

    def _bundle(
        self, bundle: dict[str, Any], place: str, before: str, document: Document, depth: int
    ) -> None:
        """Put what a bundle holds into the document, that of bundles within it too."""
        listed = bundle.get("entry")
        if listed is not None and not isinstance(listed, list):
            document.problems.append(FhirProblem(self.name, place, "the bundle's entry is not a list"))
        deleted: set[str] = set()
        for number, entry in enumerate(listed if isinstance(listed, list) else ()):
            here = f"{before}entry[{number}]"
            found = self._entry(entry, here, deleted)
            if isinstance(found, FhirProblem):
                document.problems.append(found)
            elif found is not None and found.type == "Bundle":
                if depth < _DEEPEST:
                    self._bundle(found.resource, here, f"{here}.", document, depth + 1)
                else:
                    document.problems.append(FhirProblem(self.name, here, "bundles are nested too deeply"))
            elif found is not None:
                document.entries.append(found)

    def _entry(self, entry: Any, place: str, deleted: set[str]) -> Entry | FhirProblem | None:
        """The resource of an entry; None for a server's answer, which says nothing about anybody.

        `deleted` is what entries before it deleted: in a history, older versions of it follow.
        """
        if not isinstance(entry, dict):
            return FhirProblem(self.name, place, "the entry is not an object")
        resource, url = entry.get("resource"), entry.get("fullUrl")
        if resource is None and (address := _deleted_by(entry)) is not None:
            deleted.add(address)
            return FhirProblem(self.name, place, f"nothing is deleted by reading files: {shown(address)}")
        if resource is None and ("request" in entry or "response" in entry):
            return None
        kind = _type_of(resource) if isinstance(resource, dict) else None
        if kind is None or not isinstance(resource, dict):
            return FhirProblem(self.name, place, "the entry has no resource of FHIR")
        if f"{kind}/{resource.get('id')}" in deleted:
            return FhirProblem(self.name, place, "it was deleted where it comes from")
        return Entry(kind, resource, place, url if isinstance(url, str) else "")

    def _refused(self, place: str, reason: str) -> Document:
        return Document([], [FhirProblem(self.name, place, reason)])


def fhir_files(directory: Path) -> list[FhirFile]:
    """The FHIR files of a directory by name; raises when it is none, or has none, or one cannot be opened."""
    if not directory.is_dir():
        raise ImportDirectoryMissing(str(directory))
    paths = sorted(path for path in directory.iterdir() if path.suffix.lower() in {".json", ".ndjson"})
    files = [path for path in paths if path.is_file()]
    if not files:
        raise FhirFilesMissing(str(directory))
    for path in files:
        try:
            path.open("rb").close()
        except OSError as error:
            raise ImportFileUnreadable(
                path.name, (error.strerror or "it cannot be opened").lower()
            ) from error
    return [FhirFile(path) for path in files]


def files_not_read(directory: Path) -> list[FhirProblem]:
    """The files of a directory that may hold resources, but not as they are read here."""
    named = ((path, _OTHER_FILES.get(path.suffix.lower())) for path in sorted(directory.iterdir()))
    return [
        FhirProblem(_printable(path.name), "", f"the file is not read: {why}")
        for path, why in named
        if why and path.is_file()
    ]


def _printable(name: str) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _deleted_by(entry: dict[str, Any]) -> str | None:
    """What an entry asks to delete."""
    request = entry.get("request")
    if not isinstance(request, dict) or request.get("method") != "DELETE":
        return None
    url = request.get("url")
    return url if isinstance(url, str) else ""


def _parse(raw: bytes) -> Any:
    return json.loads(
        raw.removeprefix(_BOM).decode("utf-8"),
        parse_float=Decimal,
        parse_constant=_refuse_constant,
        object_pairs_hook=_object,
    )


class _SaidTwice(ValueError):
    """An object has a name twice: which of the two counts, nobody knows."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = Told(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise _SaidTwice(f"an object in it has the name {shown(twice)} twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def _type_of(resource: dict[str, Any]) -> str | None:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else None


def _why(error: ValueError | RecursionError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "it takes too much memory to be read; send its resources as .ndjson"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno}, column {error.colno}"
    if isinstance(error, _SaidTwice):
        return str(error)
    return "it is not JSON that can be read here"
