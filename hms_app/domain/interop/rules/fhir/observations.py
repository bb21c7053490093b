"""Observations with their components, and the reports they are results of."""

from collections.abc import Iterator
from json import dumps
from typing import Any, Final

from hms_app.domain.clinical.values import ObservationCategory
from hms_app.domain.clinical.values.statuses import RESULT_TOLD
from hms_app.domain.interop.rules.fhir.clinical import of_encounter
from hms_app.domain.interop.rules.fhir.codes import (
    Coded,
    codes_of,
    concept,
    concepts,
    first_concept,
    needed_concept,
)
from hms_app.domain.interop.rules.fhir.elements import (
    Json,
    first,
    flag,
    moment,
    number,
    part,
    parts,
    prose,
    text,
)
from hms_app.domain.interop.rules.fhir.names import target
from hms_app.domain.interop.rules.fhir.ranges import ANYBODY, Measured, applying_range, measured
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated, is_ours, own, status_of
from hms_app.domain.interop.rules.fhir.remarks import reference_ranges, remarks, unit_of
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COLUMN,
    COURSE,
    OF_ENCOUNTER,
    RECORDED,
    UNRESOLVED,
    ResourceSpec,
    practitioner,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

_CATEGORIES: Final = {
    **{known.value: known.value for known in ObservationCategory},
    "LAB": ObservationCategory.LABORATORY.value,
    "RAD": ObservationCategory.IMAGING.value,
    "IMG": ObservationCategory.IMAGING.value,
}
_VALUES: Final = ("value_number", "value_text", "value_code", "value_system", "unit")
_RANGE: Final = ("reference_low", "reference_high")
_EMPTY: Final[Values] = {
    "value_number": None,
    "value_text": "",
    "value_code": "",
    "value_system": "",
    "unit": "",
    **dict.fromkeys(_RANGE),
}
_TEXT_LIMIT: Final = 4000


def read_observation(reading: Reading) -> Values:
    """A measured, tested or asked-for value, or a panel of several."""
    resource, whose = reading.resource, measured(reading)
    value = value_of(resource, whose)
    below = [_component(one, whose) for one in parts(resource, "component")]
    below = [one for one in below if one]
    is_panel = bool(below) or bool(parts(resource, "hasMember")) or _was_panel(reading)
    value = value or (None if is_panel else instead_of_value(resource))
    if value is None and not is_panel:
        raise Rejected("it says nothing: it has neither a value nor a reason for having none")
    return {
        **coded(needed_concept(resource, "code")),
        "note": reading.note(*_remarks(resource, whose)),
        **dated(
            reading.happened(
                *("effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming", "issued")
            ),
            reading.ended("effectivePeriod"),
        ),
        **status_of(resource, RESULT_TOLD),
        "category": _category(resource),
        **(value or _EMPTY),
        "is_panel": "true" if is_panel else "false",
        "components": dumps(below),
        **of_encounter(reading),
    }


def _was_panel(reading: Reading) -> bool:
    """Whether our own export says of an observation that it is a panel: its members may be in no export."""
    said = own(reading.resource, f"{COLUMN}is_panel") if is_ours(reading.resource) else {}
    return text(said, "valueString") == "true"


def read_report(reading: Reading) -> Values:
    """What a laboratory or another service found out."""
    resource = reading.resource
    issued = moment(resource, "issued")
    return {
        **coded(needed_concept(resource, "code")),
        **dated(
            reading.happened("effectiveDateTime", "effectivePeriod", "issued"),
            reading.ended("effectivePeriod"),
        ),
        **status_of(resource, RESULT_TOLD),
        "category": _category(resource),
        "conclusion": prose(resource, "conclusion", limit=_TEXT_LIMIT) or _concluded(resource),
        "note": reading.note(*_report_lines(resource)),
        "issued_at": issued.at if issued else None,
        "ref_practitioner_id": reading.first_key("performer", "", "Practitioner"),
        **of_encounter(reading, practitioner_id=first(resource, "performer")),
    }


def members_of(reading: Reading) -> list[str]:
    """The keys of the observations that stand below a panel or in a report."""
    name = "hasMember" if reading.named.type == "Observation" else "result"
    meant = (target(one, reading.named, reading.names) for one in parts(reading.resource, name))
    return [one.key for one in meant if one and one.type in {"", "Observation"}]


def _concluded(resource: Json) -> str:
    """What a report concludes where it says so in codes alone."""
    return "; ".join(one.display for one in concepts(resource, "conclusionCode") if one.display)


def _report_lines(resource: Json) -> Iterator[str]:
    """Codes beside a conclusion in words, and the texts and files that came along by their titles."""
    if text(resource, "conclusion", limit=_TEXT_LIMIT):
        yield from remarks(resource, "conclusionCode")
    yield from remarks(resource, "specimen")
    titles = [text(one, "title") or text(one, "contentType") for one in parts(resource, "presentedForm")]
    if any(titles):
        yield f"Not taken over, a file: {', '.join(one for one in titles if one)}"


def _remarks(element: Json, whose: Measured) -> Iterator[str]:
    yield from remarks(element, "interpretation")
    yield from reference_ranges(element, without=_kept_range(element, whose))
    yield from remarks(element, "bodySite", "method", "specimen", "device")
    if value_of(element, whose) is not None and (absent := concept(element, "dataAbsentReason").display):
        yield f"No value: {absent}"


def instead_of_value(element: Json) -> Values | None:
    """What an observation says instead of a value: why there is none, or how the result is to be understood."""
    absent = concept(element, "dataAbsentReason").display
    if absent:
        return {**_EMPTY, "value_text": f"no value: {absent}"}
    understood = first_concept(element, "interpretation")
    if understood.display:
        system = understood.system if understood.code else ""
        return {
            **_EMPTY,
            "value_text": understood.display,
            "value_code": understood.code,
            "value_system": system,
        }
    return None


def value_of(element: Json, whose: Measured = ANYBODY) -> Values | None:
    """The value of an observation or a component, whichever type it has; None when there is none."""
    for name, read in _TYPES.items():
        if element.get(name) is not None and not _is_absent(element, name):
            unit = text(own(element, "unit"), "valueString", limit=60)
            found = {**_EMPTY, **({"unit": unit} if unit else {}), **read(element, name)}
            is_number = name == "valueQuantity" and found["value_number"] is not None
            return {**found, **(_reference(_kept_range(element, whose)) if is_number else {})}
    return None


def _is_absent(element: Json, name: str) -> bool:
    """Whether a quantity has a unit alone, and the observation says why its value is missing."""
    return (
        name == "valueQuantity"
        and bool(element.get("dataAbsentReason"))
        and part(element, name).get("value") is None
    )


def _category(resource: Json) -> str:
    codes = codes_of(parts(resource, "category"))
    known = next((_CATEGORIES[code] for code in codes if code in _CATEGORIES), None)
    return known or ObservationCategory.OTHER.value


def _component(element: Json, whose: Measured) -> dict[str, Any] | None:
    """A part of a panel; one that says nothing is none."""
    value = value_of(element, whose) or instead_of_value(element)
    if value is None:
        return None
    note = prose(own(element, "note"), "valueString") or "\n".join(_remarks(element, whose))
    return {**coded(needed_concept(element, "code")), "note": note, **value}


def _quantity(element: Json, name: str) -> Values:
    """A number with its unit; one that is only bounded ("< 5") is a text."""
    quantity = part(element, name)
    value, unit = number(quantity, "value"), unit_of(quantity)
    if value is None:
        raise Rejected(f"{name} has no value")
    if comparator := text(quantity, "comparator", limit=10):
        return {"value_text": f"{comparator} {value}", "unit": unit}
    return {"value_number": value, "unit": unit}


def _kept_range(element: Json, whose: Measured) -> Json | None:
    """The range that has columns of its own: the patient's, of a value that is a number."""
    quantity = part(element, "valueQuantity")
    if not quantity or quantity.get("comparator"):
        return None
    return applying_range(element, unit_of(quantity), whose)


def _reference(between: Json | None) -> Values:
    if between is None:
        return {}
    ends = (number(part(between, end), "value") for end in ("low", "high"))
    return dict(zip(_RANGE, ends, strict=True))


def _concept(element: Json, name: str) -> Values:
    found: Coded = concept(element, name)
    if not found.display:
        raise Rejected(f"{name} says nothing")
    return {"value_text": found.display, "value_code": found.code, "value_system": found.system}


def _words(element: Json, name: str) -> Values:
    words = prose(element, name, limit=_TEXT_LIMIT)
    if not words:
        raise Rejected(f"{name} says nothing")
    return {"value_text": words}


def _flag(element: Json, name: str) -> Values:
    return {"value_text": "yes" if flag(element, name) else "no"}


def _integer(element: Json, name: str) -> Values:
    return {"value_number": number(element, name)}


def _range(element: Json, name: str) -> Values:
    between = part(element, name)
    low, high = part(between, "low"), part(between, "high")
    ends = [number(end, "value") for end in (low, high)]
    if ends == [None, None]:
        raise Rejected(f"{name} has no value")
    return {
        "value_text": f"{ends[0] or '...'} to {ends[1] or '...'}",
        "unit": unit_of(low) or unit_of(high),
    }


def _ratio(element: Json, name: str) -> Values:
    ratio = part(element, name)
    over, under = part(ratio, "numerator"), part(ratio, "denominator")
    top, bottom = number(over, "value"), number(under, "value")
    if top is None:
        raise Rejected(f"{name} has no value")
    bound = text(over, "comparator", limit=10)
    units = "/".join(filter(None, (unit_of(over), unit_of(under))))
    return {"value_text": f"{bound} {top} : {bottom or '1'}".strip(), "unit": units}


def _period(element: Json, name: str) -> Values:
    period = part(element, name)
    ends = [text(period, end, limit=40) for end in ("start", "end")]
    if ends == ["", ""]:
        raise Rejected(f"{name} says nothing")
    return {"value_text": f"{ends[0] or '...'} to {ends[1] or '...'}"}


def _samples(_element: Json, _name: str) -> Values:
    """A series of samples is a picture rather than a value: it stays where it came from."""
    return {"value_text": "no value: a series of samples, not taken over"}


_TYPES: Final = {
    "valueQuantity": _quantity,
    "valueCodeableConcept": _concept,
    "valueString": _words,
    "valueBoolean": _flag,
    "valueInteger": _integer,
    "valueRange": _range,
    "valueRatio": _ratio,
    "valueTime": _words,
    "valueDateTime": _words,
    "valuePeriod": _period,
    "valueSampledData": _samples,
}
REPORTS: Final = ResourceSpec(
    stem="DiagnosticReport",
    table="diagnostic_report",
    data=(*COURSE, *CODED, "category", "conclusion", "note", "issued_at"),
    extra=UNRESOLVED,
    references=(*OF_ENCOUNTER, practitioner("performer")),
    stays_with_patient=True,
    read=read_report,
)
OBSERVATIONS: Final = ResourceSpec(
    stem="Observation",
    table="observation",
    data=(*COURSE, *CODED, "category", *_VALUES, *_RANGE, "is_panel", "note", *RECORDED),
    kept=RECORDED,
    references=OF_ENCOUNTER,
    extra=("components", *UNRESOLVED),
    stays_with_patient=True,
    read=read_observation,
)
