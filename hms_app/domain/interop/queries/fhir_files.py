"""FHIR files as they come: a bundle or a resource in a `.json` file, a resource a line in a `.ndjson` file.

One document is in memory at a time. What is no JSON, or no resource, is a problem of its file and nothing else's.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

from hms_app.domain.interop.errors import FhirFilesMissing, ImportDirectoryMissing, ImportFileUnreadable
from hms_app.domain.interop.values import FhirProblem

BIGGEST_DOCUMENT: Final = 256 << 20
"""Bytes of the largest JSON file that is read whole; more comes as `.ndjson`."""
LONGEST_LINE: Final = 32 << 20
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]{1,63}")
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
        self.name = path.name
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
        except (ValueError, RecursionError) as error:
            return self._refused(place, _why(error))
        if not isinstance(content, dict):
            return self._refused(place, "it is no FHIR resource")
        if content.get("resourceType") != "Bundle":
            return self._single(content, place)
        entries = content.get("entry")
        if entries is None:
            return Document([], [])
        if not isinstance(entries, list):
            return self._refused(place, "the bundle's entry is not a list")
        return self._bundle(entries, f"{place}, " if place else "")

    def _single(self, resource: dict[str, Any], place: str) -> Document:
        kind = _type_of(resource)
        if kind is None:
            return self._refused(place, "it has no resourceType of FHIR")
        return Document([Entry(kind, resource, place or kind)], [])

    def _bundle(self, listed: list[Any], before: str) -> Document:
        document = Document([], [])
        for number, entry in enumerate(listed):
            place = f"{before}entry[{number}]"
            if not isinstance(entry, dict):
                document.problems.append(FhirProblem(self.name, place, "the entry is not an object"))
                continue
            resource = entry.get("resource")
            if resource is None and ("request" in entry or "response" in entry):
                continue  # A deletion, or a server's answer: it says nothing about anybody.
            kind = _type_of(resource) if isinstance(resource, dict) else None
            if kind is None or not isinstance(resource, dict):
                document.problems.append(FhirProblem(self.name, place, "the entry has no resource of FHIR"))
                continue
            url = entry.get("fullUrl")
            document.entries.append(Entry(kind, resource, place, url if isinstance(url, str) else ""))
        return document

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


def _parse(raw: bytes) -> Any:
    return json.loads(
        raw.removeprefix(_BOM).decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant
    )


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number of JSON")


def _type_of(resource: dict[str, Any]) -> str | None:
    kind = resource.get("resourceType")
    return kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else None


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}, line {error.lineno}, column {error.colno}"
    return "it is not JSON that can be read here"
