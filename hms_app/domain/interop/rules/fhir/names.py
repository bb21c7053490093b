"""By which names resources refer to one another, and which key each name stands for.

A resource is known by its id; where the server it comes from is known (an entry's `fullUrl` is a web address), by
that address, so that `Patient/1` of two servers are two patients. A reference by a business identifier is the key
"?system|value" until the database says whose it is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from json import dumps
from typing import Final
from urllib.parse import parse_qs

from hms_app.domain.interop.rules.fhir.elements import Json, moment, part, parts, shown, text
from hms_app.domain.interop.rules.fields import Rejected

_RESTFUL: Final = re.compile(
    r"(?:(https?://\S+)/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-._~%]{1,200})(?:/_history/[^/]+)?"
)
_CONDITIONAL: Final = re.compile(r"([A-Z][A-Za-z]+)\?(.+)", re.DOTALL)
_URN: Final = re.compile(r"urn:(?:uuid|oid):(.+)", re.DOTALL)
_KEY_LIMIT: Final = 500
OURS: Final = "urn:hms:"
"""Extensions and identifier systems of our own exports begin with this."""
EXPORTED: Final = f"{OURS}record"
"""`meta.source` of the resources of our own exports."""
ROW: Final = f"{OURS}row"
"""The extension that says of which hospital's row a resource was made: this, its stamp, the table and the id."""
_DIGITS: Final = 16


@dataclass(frozen=True)
class Named:
    """A resource as the file has it: its type, its key, where it stands, and the server its references start from."""

    resource: Json
    type: str
    key: str
    place: str
    base: str = ""
    parent: "Named | None" = None


@dataclass
class Names:
    """What is known by which name within one file, which of it was refused, the hospital's country, and today."""

    country: str = ""
    today: str = ""
    by_name: dict[str, Named] = field(default_factory=dict)
    by_id: dict[str, list[Named]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)

    def add(self, named: Named, full_url: str) -> None:
        """Let other resources of the file refer to this one."""
        if full_url:
            self.by_name.setdefault(full_url, named)
        own = f"{named.type}/{text(named.resource, 'id', limit=200)}"
        self.by_name.setdefault(f"{named.base}|{own}", named)
        self.by_id.setdefault(own, []).append(named)

    def refuse(self, named: Named) -> None:
        """What refers to this resource may not be taken over either."""
        self.refused.add(id(named.resource))

    def find(self, reference: str, source: Named) -> Named | None:
        """The resource of this file that a reference means."""
        if reference.startswith("#"):
            return _contained(source, reference[1:])
        reference = reference.partition("/_history/")[0]
        found = self.by_name.get(reference) or self.by_name.get(f"{source.base}|{reference}")
        if found is None and (match := _RESTFUL.fullmatch(reference)):
            found = self.by_name.get(f"{match[1] or ''}|{match[2]}/{match[3]}")
        return found or self._only(reference, source)

    def _only(self, reference: str, source: Named) -> Named | None:
        """What "Patient/1" means to a resource of no server (an entry with a `urn:uuid:`): the only one of the file."""
        meant = [] if source.base else self.by_id.get(reference, [])
        return meant[0] if len(meant) == 1 else None


@dataclass(frozen=True)
class Target:
    """What a reference means: a key, the type where it is known, and the resource where the file has it."""

    key: str
    type: str
    named: Named | None = None


def target(element: Json, source: Named, names: Names) -> Target | None:
    """What a Reference means; None when it names nothing (a display text alone)."""
    reference = text(element, "reference", limit=_KEY_LIMIT)
    if reference:
        return _by_reference(reference, source, names)
    identifier = element.get("identifier")
    if isinstance(identifier, dict) and identifier.get("value"):
        return Target(f"?{identifier_name(identifier)}", text(element, "type", limit=100))
    return None


def identifier_name(identifier: Json) -> str:
    """An Identifier as references name it: "system|value"."""
    return f"{text(identifier, 'system')}|{text(identifier, 'value')}"


def names_of(resource: Json) -> list[str]:
    """The identifiers other resources may refer to this one by."""
    return [identifier_name(one) for one in parts(resource, "identifier") if text(one, "value")]


def named(resource: Json, kind: str, place: str, *, full_url: str = "", parent: Named | None = None) -> Named:
    """The resource with its key; raises `Rejected` when its id is none.

    What an export of this program says to be the row of a hospital has that as its key, whoever exported it.
    """
    own = text(resource, "id", limit=200)
    if parent is None and (row := _row_of(resource)):
        return Named(resource, kind, row, place)
    if parent is not None:
        return Named(resource, kind, f"{parent.key}#{own}", place, parent.base, parent)
    if found := _RESTFUL.fullmatch(full_url):
        return Named(resource, kind, full_url.partition("/_history/")[0], place, found[1] or "")
    if urn := _URN.fullmatch(full_url):
        return Named(resource, kind, own or urn[1], place)
    return Named(resource, kind, own or _digest(resource), place)


def _row_of(resource: Json) -> str:
    if part(resource, "meta").get("source") != EXPORTED:
        return ""
    said = next((one for one in parts(resource, "extension") if one.get("url") == ROW), {})
    found = text(said, "valueString", limit=_KEY_LIMIT)
    return found if found.startswith(f"{ROW}:") else ""


def older_versions(found: Iterable[Named]) -> dict[int, str]:
    """Of resources that are there in several versions all but the newest, by the identity of their JSON, and why."""
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    listed = [(one, _version(one.resource)) for one in found]
    for one, version in listed:
        if version:
            newest[one.type, one.key] = max(version, newest.get((one.type, one.key), version))
    return {
        id(one.resource): f"it is an older version; a newer one stands beside it: {shown(one.key)}"
        for one, version in listed
        if version and version < newest[one.type, one.key]
    }


def _version(resource: Json) -> tuple[int, str] | None:
    """The number of a version and when it was made, for comparing; None when it has neither."""
    meta = part(resource, "meta")
    number, made = text(meta, "versionId", limit=200), moment(meta, "lastUpdated")
    if made is None and not number.isdecimal():
        return None
    return int(number) if number.isdecimal() else 0, made.at if made else ""


def _by_reference(reference: str, source: Named, names: Names) -> Target:
    found = names.find(reference, source)
    if found is not None:
        return Target(found.key, found.type, found)
    if reference.startswith("#"):
        raise Rejected(f"nothing is contained under {shown(reference)}")
    if match := _CONDITIONAL.fullmatch(reference):
        return Target(f"?{_searched(match[2])}", match[1])
    if match := _RESTFUL.fullmatch(reference):
        base = match[1] or source.base
        return Target(f"{base}/{match[2]}/{match[3]}" if base else match[3], match[2])
    if match := _URN.fullmatch(reference):
        return Target(match[1], "")
    raise Rejected(f"the reference cannot be read: {shown(reference)}")


def _searched(query: str) -> str:
    """The identifier of a conditional reference such as "Practitioner?identifier=system|value"."""
    values = parse_qs(query).get("identifier", [])
    if len(values) != 1:
        raise Rejected(f"only identifiers are searched for: {shown(query)}")
    return values[0] if "|" in values[0] else f"|{values[0]}"


def _contained(source: Named, own_id: str) -> Named | None:
    holder = source.parent or source
    for place, resource in enumerate(parts(holder.resource, "contained")):
        if resource.get("id") == own_id:
            kind = text(resource, "resourceType", limit=100)
            return named(resource, kind, f"{holder.place}.contained[{place}]", parent=holder)
    return None


def _digest(resource: Json) -> str:
    content = dumps(resource, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return "content-" + blake2b(content, digest_size=_DIGITS).hexdigest()
