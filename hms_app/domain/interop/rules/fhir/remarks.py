"""What a resource says beside its columns, as lines of its note: nothing that bears meaning is lost in silence."""

from collections.abc import Iterator
from typing import Final

from hms_app.domain.clinical.rules import TIME_UNITS, span_words
from hms_app.domain.interop.rules.fhir.codes import read_concept
from hms_app.domain.interop.rules.fhir.elements import Json, number, part, parts, text

_TITLES: Final = {
    "severity": "Severity",
    "bodySite": "Body site",
    "statusReason": "Reason",
    "interpretation": "Interpretation",
    "method": "Method",
    "onset": "Onset",
    "abatement": "Ended",
    "occurrence": "Date",
    "performed": "Date",
    "outcome": "Outcome",
    "complication": "Complication",
    "followUp": "Follow-up",
    "usedCode": "Used",
    "site": "Site",
    "route": "Route",
    "doseQuantity": "Dose",
    "expirationDate": "Expires",
    "manufacturer": "Manufacturer",
    "evidence": "Evidence",
    "category": "Category",
    "exposureRoute": "Exposure",
    "conclusionCode": "Conclusion",
    "specimen": "Specimen",
    "device": "Device",
    "hospitalization": "Hospitalization",
    "subpotentReason": "Subpotent because of",
    "lastOccurrence": "Last occurrence",
    "valueAttachment": "Attachment",
    "priority": "Priority",
    "goal": "Goal",
    "stage": "Stage",
}


def remarks(resource: Json, *names: str) -> Iterator[str]:
    """A line for each of these elements that says anything, whatever its type."""
    for name in names:
        if words := words_of(resource, name):
            yield f"{_TITLES[name]}: {words}"


def words_of(element: Json, name: str) -> str:
    """What an element says, in words: codes by their text, quantities with their unit, references by their display."""
    value = element.get(name)
    listed = value if isinstance(value, list) else [value]
    said = (_words(one, name) for one in listed)
    return ", ".join(dict.fromkeys(one for one in said if one))


def _words(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return text({name: value}, name, limit=4000)
    if not isinstance(value, dict):
        return "" if value is None else str(value)
    return (
        read_concept(value).display
        or quantity_words(value)
        or range_words(value)
        or text(value, "text", limit=4000)
        or text(value, "display", limit=1000)
        or " to ".join(filter(None, (text(value, "start", limit=40), text(value, "end", limit=40))))
    )


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


def further(resource: Json, name: str, title: str) -> Iterator[str]:
    """A line for all but the first of a list's concepts, where the first has columns of its own."""
    said = [read_concept(one).display for one in parts(resource, name)]
    if others := [one for one in said if one][1:]:
        yield f"{title}: {', '.join(others)}"


def reference_ranges(resource: Json, *, without: Json | None = None) -> Iterator[str]:
    """Between which values a result is as it should be, and for whom; but for the range that is kept otherwise."""
    for one in parts(resource, "referenceRange"):
        written = text(one, "text", limit=1000)
        if one is without:
            if written:
                yield f"Reference range: {written}"
            continue
        words = " ".join(
            filter(None, (range_words(one), f"({written})" if range_words(one) and written else written))
        )
        whom = [
            read_concept(part(one, "type")).display,
            *(read_concept(group).display for group in parts(one, "appliesTo")),
            age_words(part(one, "age")),
        ]
        said = ", ".join(filter(None, whom))
        if words:
            yield f"Reference range{f' ({said})' if said else ''}: {words}"


def age_words(between: Json) -> str:
    """An age or a range of ages: "at most 1 year", "18 to 65 years"."""
    low, high = part(between, "low"), part(between, "high")
    least, most = number(low, "value") or "", number(high, "value") or ""
    if not least and not most:
        return ""
    words = span_words(least or most, most, unit_of(low) or unit_of(high))
    return words if least and most else f"{'at least' if least else 'at most'} {words}"


def range_words(between: Json) -> str:
    """A Range as people write it: "3.1 to 6.2 mmol/L", "at most 5 mg"."""
    low, high = part(between, "low"), part(between, "high")
    unit = _spoken_unit(low) or _spoken_unit(high)
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
        _spoken_unit(quantity),
    )
    return " ".join(filter(None, words)) if value else ""


def _spoken_unit(quantity: Json) -> str:
    return text(quantity, "unit", limit=60) or unit_of(quantity)


def ratio_words(ratio: Json, between: str) -> str:
    """A Ratio with a word between its two sides: "4 g in 1 day"."""
    over, under = quantity_words(part(ratio, "numerator")), _span_or_quantity(part(ratio, "denominator"))
    return f"{over} {between} {under}" if over and under else over


def _span_or_quantity(quantity: Json) -> str:
    value, unit = number(quantity, "value"), unit_of(quantity)
    if value is not None and unit in TIME_UNITS:
        return span_words(value, "", unit)
    return quantity_words(quantity)


def unit_of(quantity: Json) -> str:
    """The unit of a Quantity: its code, or else its words."""
    return text(quantity, "code", limit=60) or text(quantity, "unit", limit=60)
