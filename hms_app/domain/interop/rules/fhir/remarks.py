"""What a resource says beside its columns, as lines of its note: nothing that bears meaning is lost in silence."""

from collections.abc import Iterator
from typing import Final

from hms_app.domain.interop.rules.fhir.codes import codes_of, read_concept
from hms_app.domain.interop.rules.fhir.elements import Json, number, part, parts, text

_TITLES: Final = {
    "severity": "Severity",
    "bodySite": "Body site",
    "stage": "Stage",
    "statusReason": "Reason",
    "interpretation": "Interpretation",
    "method": "Method",
    "onset": "Onset",
    "abatement": "Ended",
    "occurrence": "Date",
}
_UNSURE: Final = frozenset({"unconfirmed", "provisional", "differential"})


def remarks(resource: Json, *names: str) -> Iterator[str]:
    """A line for each of these elements that says anything: CodeableConcepts, or lists of them."""
    for name in names:
        value = resource.get(name)
        found = parts(resource, name) if isinstance(value, list) else [part(resource, name)]
        words = [read_concept(one).display for one in found]
        if any(words):
            yield f"{_TITLES[name]}: {', '.join(word for word in words if word)}"


def stages(resource: Json) -> Iterator[str]:
    """How far a condition has come."""
    for one in parts(resource, "stage"):
        if words := read_concept(part(one, "summary")).display:
            yield f"{_TITLES['stage']}: {words}"


def told(resource: Json, *names: str) -> Iterator[str]:
    """A line for each of these times that is told in words, or as an age of the patient."""
    for name in names:
        words = text(resource, f"{name}String", limit=1000)
        words = (
            words
            or quantity_words(part(resource, f"{name}Age"))
            or range_words(part(resource, f"{name}Range"))
        )
        if words:
            yield f"{_TITLES[name]}: {words}"


def unsure(resource: Json) -> Iterator[str]:
    """Whether somebody still doubts it."""
    for code in codes_of([part(resource, "verificationStatus")]):
        if code in _UNSURE:
            yield f"Not confirmed: {code}"


def reference_ranges(resource: Json, *, without: Json | None = None) -> Iterator[str]:
    """Between which values a result is as it should be, and for whom; but for the range that is kept otherwise."""
    for one in parts(resource, "referenceRange"):
        if one is without:
            continue
        words = range_words(one) or text(one, "text", limit=1000)
        kind = read_concept(part(one, "type")).display
        if words:
            yield f"Reference range{f' ({kind})' if kind else ''}: {words}"


def range_words(between: Json) -> str:
    """A Range as people write it: "3.1 to 6.2 mmol/L", "at most 5 mg"."""
    low, high = part(between, "low"), part(between, "high")
    unit = unit_of(low) or unit_of(high)
    ends = (number(low, "value"), number(high, "value"))
    if ends == (None, None):
        return ""
    words = (
        f"at most {ends[1]}"
        if ends[0] is None
        else f"at least {ends[0]}"
        if ends[1] is None
        else " to ".join(filter(None, ends))
    )
    return f"{words} {unit}".strip()


def quantity_words(quantity: Json) -> str:
    """A Quantity as people write it: "< 5 mg"."""
    value = number(quantity, "value")
    words = (
        text(quantity, "comparator", limit=10),
        value or "",
        text(quantity, "unit", limit=60) or unit_of(quantity),
    )
    return " ".join(filter(None, words)) if value else ""


def unit_of(quantity: Json) -> str:
    """The unit of a Quantity: its code, or else its words."""
    return text(quantity, "code", limit=60) or text(quantity, "unit", limit=60)
