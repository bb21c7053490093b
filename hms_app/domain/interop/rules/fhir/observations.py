"""Observations with their components, and the reports they are results of."""

from collections.abc import Iterator
from json import dumps
from typing import Any, Final

from hms_app.domain.clinical.values import EventStatus, ObservationCategory
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
    flag,
    moment,
    number,
    part,
    parts,
    prose,
    text,
    word,
)
from hms_app.domain.interop.rules.fhir.names import target
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated, is_ours, own
from hms_app.domain.interop.rules.fhir.remarks import reference_ranges, remarks, unit_of
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COLUMN,
    COURSE,
    OF_ENCOUNTER,
    RECORDED,
    ResourceSpec,
    practitioner,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

STATUSES: Final = {
    "registered": EventStatus.PLANNED.value,
    "partial": EventStatus.COMPLETED.value,
    "preliminary": EventStatus.COMPLETED.value,
    "final": EventStatus.COMPLETED.value,
    "amended": EventStatus.COMPLETED.value,
    "corrected": EventStatus.COMPLETED.value,
    "appended": EventStatus.COMPLETED.value,
    "unknown": EventStatus.COMPLETED.value,
    "cancelled": EventStatus.CANCELLED.value,
    "entered-in-error": EventStatus.ENTERED_IN_ERROR.value,
}
_CATEGORIES: Final = {
    **{known.value: known.value for known in ObservationCategory},
    "LAB": ObservationCategory.LABORATORY.value,
    "RAD": ObservationCategory.IMAGING.value,
    "IMG": ObservationCategory.IMAGING.value,
}
_VALUES: Final = ("value_number", "value_text", "value_code", "unit")
_RANGE: Final = ("reference_low", "reference_high")
_EMPTY: Final[Values] = {
    "value_number": None,
    "value_text": "",
    "value_code": "",
    "unit": "",
    **dict.fromkeys(_RANGE),
}
_TEXT_LIMIT: Final = 4000


def read_observation(reading: Reading) -> Values:
    """A measured, tested or asked-for value, or a panel of several."""
    resource = reading.resource
    value, below = value_of(resource), [_component(one) for one in parts(resource, "component")]
    below = [one for one in below if one]
    is_panel = bool(below) or bool(parts(resource, "hasMember")) or _was_panel(reading)
    value = value or (None if is_panel else instead_of_value(resource))
    if value is None and not is_panel:
        raise Rejected("it says nothing: it has neither a value nor a reason for having none")
    return {
        **coded(needed_concept(resource, "code")),
        "note": reading.note(*_remarks(resource)),
        **dated(
            reading.happened(
                *("effectiveDateTime", "effectiveInstant", "effectivePeriod", "effectiveTiming", "issued")
            ),
            reading.ended("effectivePeriod"),
        ),
        "status": word(resource, "status", STATUSES),
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
        "status": word(resource, "status", STATUSES),
        "category": _category(resource),
        "conclusion": prose(resource, "conclusion", limit=_TEXT_LIMIT) or _concluded(resource),
        "issued_at": issued.at if issued else None,
        "ref_practitioner_id": reading.first_key("performer", "", "Practitioner"),
        **of_encounter(reading),
    }


def members_of(reading: Reading) -> list[str]:
    """The keys of the observations that stand below a panel or in a report."""
    name = "hasMember" if reading.named.type == "Observation" else "result"
    meant = (target(one, reading.named, reading.names) for one in parts(reading.resource, name))
    return [one.key for one in meant if one and one.type in {"", "Observation"}]


def _concluded(resource: Json) -> str:
    """What a report concludes where it says so in codes alone."""
    return "; ".join(one.display for one in concepts(resource, "conclusionCode") if one.display)


def _remarks(element: Json) -> Iterator[str]:
    yield from remarks(element, "interpretation")
    yield from reference_ranges(element, without=_kept_range(element))
    yield from remarks(element, "bodySite", "method")


def instead_of_value(element: Json) -> Values | None:
    """What an observation says instead of a value: why there is none, or how the result is to be understood."""
    absent = concept(element, "dataAbsentReason").display
    if absent:
        return {**_EMPTY, "value_text": f"no value: {absent}"}
    understood = first_concept(element, "interpretation")
    if understood.display:
        return {**_EMPTY, "value_text": understood.display, "value_code": understood.code}
    return None


def value_of(element: Json) -> Values | None:
    """The value of an observation or a component, whichever type it has; None when there is none."""
    for name, read in _TYPES.items():
        if element.get(name) is not None and not _is_absent(element, name):
            unit = text(own(element, "unit"), "valueString", limit=60)
            return {**_EMPTY, **({"unit": unit} if unit else {}), **read(element, name)}
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


def _component(element: Json) -> dict[str, Any] | None:
    """A part of a panel; one that says nothing is none."""
    value = value_of(element) or instead_of_value(element)
    if value is None:
        return None
    note = prose(own(element, "note"), "valueString") or "\n".join(_remarks(element))
    return {**coded(needed_concept(element, "code")), "note": note, **value}


def _quantity(element: Json, name: str) -> Values:
    """A number with its unit; one that is only bounded ("< 5") is a text."""
    quantity = part(element, name)
    value, unit = number(quantity, "value"), unit_of(quantity)
    if value is None:
        raise Rejected(f"{name} has no value")
    if comparator := text(quantity, "comparator", limit=10):
        return {"value_text": f"{comparator} {value}", "unit": unit}
    return {"value_number": value, "unit": unit, **_reference(element)}


def _kept_range(element: Json) -> Json | None:
    """The first normal range in the unit of a value that is a number: what has columns of its own."""
    quantity = part(element, "valueQuantity")
    if not quantity or quantity.get("comparator"):
        return None
    return next((one for one in parts(element, "referenceRange") if _is_normal(one, unit_of(quantity))), None)


def _is_normal(between: Json, unit: str) -> bool:
    kinds = codes_of([part(between, "type")])
    units = {unit_of(part(between, end)) for end in ("low", "high") if part(between, end)}
    return bool(units) and units <= {unit, ""} and (not kinds or "normal" in kinds)


def _reference(element: Json) -> Values:
    between = _kept_range(element)
    if between is None:
        return {}
    ends = (number(part(between, end), "value") for end in ("low", "high"))
    return dict(zip(_RANGE, ends, strict=True))


def _concept(element: Json, name: str) -> Values:
    found: Coded = concept(element, name)
    if not found.display:
        raise Rejected(f"{name} says nothing")
    return {"value_text": found.display, "value_code": found.code}


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


def _unread(_element: Json, name: str) -> Values:
    raise Rejected(f"{name} is a series of samples, which cannot be kept here")


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
    "valueSampledData": _unread,
}
REPORTS: Final = ResourceSpec(
    stem="DiagnosticReport",
    table="diagnostic_report",
    data=(*COURSE, *CODED, "category", "conclusion", "issued_at"),
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
    extra=("components",),
    stays_with_patient=True,
    read=read_observation,
)
