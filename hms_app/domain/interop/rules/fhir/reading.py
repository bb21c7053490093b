"""One resource being read: its elements, what it refers to, and what several types of resource have in common."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Final

from hms_app.domain.clinical.values.statuses import told_of
from hms_app.domain.interop.rules.fhir.codes import NOTHING, Coded, concept, concepts
from hms_app.domain.interop.rules.fhir.elements import (
    SOME_TIME,
    Json,
    Moment,
    is_same_day,
    last_moment,
    moment,
    part,
    parts,
    prose,
    shown,
    text,
    word,
)
from hms_app.domain.interop.rules.fhir.names import EXPORTED, OURS, Named, Names, Target, target
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

_HOLDERS_DATES: Final = (
    *("effectiveDateTime", "effectivePeriod", "performedDateTime", "performedPeriod", "onsetDateTime"),
    *("occurrenceDateTime", "authoredOn", "period", "created", "issued", "recordedDate"),
)
"""Where a resource says when it was, whatever its type."""


@dataclass(frozen=True)
class Reading:
    """A resource with the names its references are resolved by."""

    named: Named
    names: Names
    remarks: list[str] = field(default_factory=list)
    """What the report says of a resource that is taken over all the same."""

    @property
    def resource(self) -> Json:
        """The resource's own JSON."""
        return self.named.resource

    def refers(self, element: Json, name: str, *types: str) -> Target | None:
        """What the Reference in `element` means, when it is of one of `types`; what cannot be followed is reported."""
        try:
            found = target(element, self.named, self.names)
        except Rejected as reason:
            self.remarks.append(f"kept without {name}: {reason}")
            return None
        if found is None or (found.type and found.type not in types):
            return None
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

    def unresolved(self, **references: Json) -> Values:
        """What a row says of who or what it refers to where the database knows nothing of it: the display given.

        By the column of the reference; only what could be missing is named.
        """
        said = {
            column: words
            for column, element in references.items()
            if (words := text(element, "display", limit=1000))
        }
        return {"unresolved": dumps(said) if said else None}

    def patient(self, name: str = "subject") -> str:
        """The key of the patient this is about; refused when it is about nobody, or not about a patient."""
        reference = part(self.resource, name) or self._subject_of_holder()
        found = target(reference, self.named, self.names)
        if found is None:
            raise Rejected(_nobody(reference, name))
        if found.type not in {"", "Patient"}:
            raise Rejected(f"{name} is not a patient but {with_article(found.type)}")
        if found.named is not None and id(found.named.resource) in self.names.refused:
            raise Rejected(f"{name} refers to a Patient that was refused")
        return found.key

    def about(self, name: str) -> str | None:
        """The key of the patient that `name` means; None when it means none."""
        found = target(part(self.resource, name), self.named, self.names)
        return found.key if found is not None and found.type in {"", "Patient"} else None

    def _subject_of_holder(self) -> Json:
        """Who a contained resource is about when it leaves that to the one that holds it."""
        holder = self.named.parent.resource if self.named.parent else {}
        return part(holder, "subject") or part(holder, "patient")

    def happened(self, *names: str) -> Moment:
        """The first of these dates that is given: instants, or the beginnings of periods.

        What is contained happened when its holder did. Where nothing says when, it is the day on which it was told,
        of unknown precision.
        """
        given = next((found for name in names if (found := self.started(name))), None) or self._of_holder()
        told = given or self.last_updated()
        if told is None:
            return SOME_TIME
        return told if given else Moment(f"{told.at[:10]}T00:00:00+00:00", True, "unknown")

    def _of_holder(self) -> Moment | None:
        if self.named.parent is None:
            return None
        holder = Reading(self.named.parent, self.names)
        return next((found for name in _HOLDERS_DATES if (found := holder.started(name))), None)

    def started(self, name: str) -> Moment | None:
        """The instant, or the beginning of the period or timing, below `name`."""
        value = self.resource.get(name)
        if not isinstance(value, dict):
            return moment(self.resource, name)
        if isinstance(events := value.get("event"), list) and events:
            return moment({name: events[0]}, name)
        return moment(part(part(value, "repeat"), "boundsPeriod") or value, "start")

    def ended(self, name: str) -> Moment | None:
        """The end of the period below `name`."""
        value = self.resource.get(name)
        return moment(value, "end") if isinstance(value, dict) else None

    def note(self, *remarks: str) -> str:
        """What people added in their own words, and what a resource says beside that has no column here."""
        written = [prose(one, "text") for one in parts(self.resource, "note")]
        written.append(prose(own(self.resource, "note"), "valueString"))
        return "\n".join(one for one in (*written, *remarks) if one)

    def last_updated(self) -> Moment | None:
        """When the server that sent this last changed it."""
        return moment(part(self.resource, "meta"), "lastUpdated")

    def reason(self) -> Values:
        """Why: the first reason's code and text, or those of the condition it refers to."""
        found = next(iter(self._reasons()), NOTHING)
        return {"reason_code": found.code, "reason_system": found.system, "reason_display": found.display}

    def further_reasons(self) -> list[str]:
        """A line for all reasons but the first."""
        others = [one.display for one in self._reasons()[1:]]
        return [f"Also for: {', '.join(others)}"] if others else []

    def _reasons(self) -> list[Coded]:
        coded_ones = [one for one in concepts(self.resource, "reasonCode") if one.display]
        ours = concept(own(self.resource, "reason"), "valueCodeableConcept")
        found = [*coded_ones, *([ours] if ours.display else []), *self._referred_reasons()]
        return list({one.display: one for one in reversed(found)}.values())[::-1]

    def _referred_reasons(self) -> Iterator[Coded]:
        for name in ("reasonReference", "addresses"):
            for reference in parts(self.resource, name):
                meant = self.refers(
                    reference, name, "Condition", "Observation", "DiagnosticReport", "Procedure"
                )
                named_by = concept(meant.named.resource, "code") if meant and meant.named else NOTHING
                if named_by.display:
                    yield named_by
                elif words := text(reference, "display", limit=1000):
                    yield Coded("", "", words)


def status_of(resource: Json, meanings: Mapping[str, str], name: str = "status") -> Values:
    """The life cycle of a row, and the status as it was told where that says more."""
    return {
        "status": word(resource, name, meanings),
        "status_told": told_of(meanings, text(resource, name)),
    }


def with_article(kind: str) -> str:
    """A type of resource as a sentence names it: "a Patient", "an Encounter"."""
    return f"{'an' if kind[:1] in 'AEIO' else 'a'} {kind}"


def coded(found: Coded) -> Values:
    """The columns every clinical row has for its code."""
    return {"code": found.code, "code_system": found.system, "display": found.display}


def dated(start: Moment, end: Moment | None = None) -> Values:
    """The columns of a time that may have an end; refused when it ends before it begins.

    An end of which a month or a year is known is its last day. What was only told after it had ended began some time
    before its end.
    """
    last = last_moment(end) if end else None
    if last is not None and start.precision == "unknown" and (not start.at or start.at > last.at):
        start = Moment(f"{last.at[:10]}T00:00:00+00:00", True, "unknown")
    if last is not None and last.at < start.at:
        if start.is_day_only or not last.is_day_only or not is_same_day(last, start):
            raise Rejected("it ends before it begins")
        last = last._replace(at=start.at)
    return {
        "occurred_at": start.at,
        "is_day_only": "true" if start.is_day_only else "false",
        "ended_at": last.at if last else None,
        "occurred_precision": start.precision,
        "ended_precision": last.precision if last else "day",
    }


def _nobody(reference: Json, name: str) -> str:
    """Why a reference says nothing about who is meant."""
    if called := text(reference, "display", limit=1000):
        return f"{name} is only a name, not a reference to a patient: {shown(called)}"
    return f"{name} is missing"


def extension(element: Json, url: str) -> Json:
    """The extension with this address; an empty object when there is none."""
    return next((one for one in parts(element, "extension") if one.get("url") == url), {})


def is_ours(resource: Json) -> bool:
    """Whether a resource comes from an export of this program."""
    return part(resource, "meta").get("source") == EXPORTED


def own(element: Json, name: str) -> Json:
    """The extension of our own exports with this name."""
    return extension(element, f"{OURS}{name}")
