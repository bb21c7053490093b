"""One resource being read: its elements, what it refers to, and what several types of resource have in common."""

from dataclasses import dataclass
from typing import Final

from hms_app.domain.interop.rules.fhir.codes import NOTHING, Coded, concept, first_concept
from hms_app.domain.interop.rules.fhir.elements import Json, Moment, moment, part, parts, prose, text
from hms_app.domain.interop.rules.fhir.names import Named, Names, Target, target
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

OURS: Final = "urn:hms:"
"""Extensions and identifier systems of our own exports begin with this."""
EXPORTED: Final = f"{OURS}record"
"""`meta.source` of the resources of our own exports."""


@dataclass(frozen=True)
class Reading:
    """A resource with the names its references are resolved by."""

    named: Named
    names: Names

    @property
    def resource(self) -> Json:
        """The resource's own JSON."""
        return self.named.resource

    def refers(self, element: Json, name: str, *types: str) -> Target | None:
        """What the Reference in `element` means, when it is of one of `types`; `name` is how refusals call it."""
        found = target(element, self.named, self.names)
        if found is None or (found.type and found.type not in types):
            return None
        if found.named is not None and id(found.named.resource) in self.names.refused:
            raise Rejected(f"{name} refers to a {found.type} that was refused")
        return found

    def key(self, name: str, *types: str) -> str | None:
        """The key of what the element `name` refers to; None when it refers to nothing of `types`."""
        found = self.refers(part(self.resource, name), name, *types)
        return found.key if found else None

    def first_key(self, name: str, below: str, *types: str) -> str | None:
        """The first of the listed references that is one of `types`, each below `below` of its element."""
        for element in parts(self.resource, name):
            found = self.refers(part(element, below) if below else element, name, *types)
            if found:
                return found.key
        return None

    def patient(self, name: str = "subject") -> str:
        """The key of the patient this is about; refused when it is about nobody, or not about a patient."""
        reference = part(self.resource, name)
        found = target(reference, self.named, self.names)
        if found is None:
            raise Rejected(f"{name} is missing")
        if found.type not in {"", "Patient"}:
            raise Rejected(f"{name} is not a patient but a {found.type}")
        key = self.refers(reference, name, "Patient")
        return key.key if key else ""

    def happened(self, *names: str) -> Moment:
        """The first of these dates that is given: instants, or the beginnings of periods; refused when none is."""
        for name in names:
            found = self.started(name)
            if found:
                return found
        raise Rejected(f"{names[0]} is missing")

    def started(self, name: str) -> Moment | None:
        """The instant, or the beginning of the period, below `name`."""
        if isinstance(self.resource.get(name), dict):
            return moment(part(self.resource, name), "start")
        return moment(self.resource, name)

    def ended(self, name: str) -> Moment | None:
        """The end of the period below `name`."""
        value = self.resource.get(name)
        return moment(value, "end") if isinstance(value, dict) else None

    def note(self) -> str:
        """What people added in their own words."""
        written = (prose(one, "text") for one in parts(self.resource, "note"))
        return "\n".join(one for one in written if one)

    def happened_or_told(self, *names: str) -> Moment:
        """As `happened`; where no date is given, the day on which it was told, of unknown precision."""
        given = next((found for name in names if (found := self.started(name))), None)
        told = given or self.last_updated()
        if told is None:
            raise Rejected(f"{names[0]} is missing")
        return told if given else Moment(f"{told.at[:10]}T00:00:00+00:00", True, "unknown")

    def last_updated(self) -> Moment | None:
        """When the server that sent this last changed it."""
        return moment(part(self.resource, "meta"), "lastUpdated")

    def reason(self) -> Values:
        """Why: the first reason's code and text, or those of the condition it refers to."""
        found = first_concept(self.resource, "reasonCode")
        if not found.display:
            found = concept(own(self.resource, "reason"), "valueCodeableConcept")
        if not found.display:
            found = self._referred_reason()
        return {"reason_code": found.code, "reason_display": found.display}

    def _referred_reason(self) -> Coded:
        for name in ("reasonReference", "addresses"):
            for reference in parts(self.resource, name):
                meant = target(reference, self.named, self.names)
                if meant and meant.named and meant.type == "Condition":
                    return concept(meant.named.resource, "code")
                if words := text(reference, "display", limit=1000):
                    return Coded("", "", words)
        return NOTHING


def coded(found: Coded) -> Values:
    """The columns every clinical row has for its code."""
    return {"code": found.code, "code_system": found.system, "display": found.display}


def dated(start: Moment, end: Moment | None = None) -> Values:
    """The columns of a time that may have an end; refused when it ends before it begins."""
    if end is not None and end.at < start.at:
        raise Rejected("it ends before it begins")
    return {
        "occurred_at": start.at,
        "is_day_only": "true" if start.is_day_only else "false",
        "ended_at": end.at if end else None,
    }


def recorded(start: Moment, end: Moment | None = None) -> Values:
    """The same for what people record, who may know a month or a year only."""
    return {
        **dated(start, end),
        "occurred_precision": start.precision,
        "ended_precision": end.precision if end else "day",
    }


def extension(element: Json, url: str) -> Json:
    """The extension with this address; an empty object when there is none."""
    return next((one for one in parts(element, "extension") if one.get("url") == url), {})


def is_ours(resource: Json) -> bool:
    """Whether a resource comes from an export of this program."""
    return part(resource, "meta").get("source") == EXPORTED


def own(element: Json, name: str) -> Json:
    """The extension of our own exports with this name."""
    return extension(element, f"{OURS}{name}")
