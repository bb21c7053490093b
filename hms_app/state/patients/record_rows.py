"""A record as its pages show it: flat dictionaries of display text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypedDict

from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.values import (
    KIND_WORDS,
    Fact,
    Overview,
    Range,
    TimelineEntry,
    TimelineKind,
    VitalPoint,
    VitalSeries,
)
from hms_app.domain.patients.values import Banner, Line


class BannerView(TypedDict):
    """Who the patient is."""

    name: str
    initials: str
    photo: str
    age: str
    birth_date: str
    sex: str
    number: str
    no_allergies: str
    deceased: str
    restricted: str
    status: str
    status_code: str
    status_reason: str


class CardLine(TypedDict):
    """A line of a card: what, more about it, and since when."""

    id: str
    title: str
    detail: str
    value: str


class OverviewView(TypedDict):
    """The cards of a record; `sections` names those that this person may see."""

    sections: list[str]
    details: list[CardLine]
    allergies: list[CardLine]
    conditions: list[CardLine]
    medications: list[CardLine]
    vital_signs: list[CardLine]
    coverage: list[CardLine]
    contacts: list[CardLine]
    identifiers: list[CardLine]
    consents: list[CardLine]
    documents: list[CardLine]


class TimelineItem(TypedDict):
    """An entry of the timeline; `day` is empty on all but the first entry of a day."""

    id: str
    day: str
    kind: str
    kind_label: str
    title: str
    detail: str
    time: str
    status: str
    tone: str


class KindChip(TypedDict):
    """A kind of entry and how many there are."""

    kind: str
    label: str
    count: str


class ChartPoint(TypedDict):
    """One measurement on a chart; `second` is the diastolic pressure."""

    label: str
    first: float
    second: float | None


class Measurement(TypedDict):
    """One measurement in the table below a chart."""

    id: str
    when: str
    value: str
    mark: str


class VitalChart(TypedDict):
    """One vital sign over time."""

    id: str
    title: str
    unit: str
    range: str
    is_pair: bool
    has_range: bool
    low: float
    high: float
    second_low: float
    second_high: float
    last: str
    mark: str
    """Whether the last value is "High" or "Low"; empty within its range, and without one."""
    last_at: str
    line: list[ChartPoint]
    points: list[Measurement]


NO_BANNER: Final[BannerView] = {
    "name": "",
    "initials": "",
    "photo": "",
    "age": "",
    "birth_date": "",
    "sex": "",
    "number": "",
    "no_allergies": "",
    "deceased": "",
    "restricted": "",
    "status": "",
    "status_code": "",
    "status_reason": "",
}
NO_OVERVIEW: Final[OverviewView] = {
    "sections": [],
    "details": [],
    "allergies": [],
    "conditions": [],
    "medications": [],
    "vital_signs": [],
    "coverage": [],
    "contacts": [],
    "identifiers": [],
    "consents": [],
    "documents": [],
}
STATUS_TONES: Final = {
    "active": "info",
    "in progress": "info",
    "planned": "info",
    "cancelled": "warning",
    "entered in error": "danger",
}
"""Tones of an entry's status; what is over stays neutral."""
PLURALS: Final = {
    TimelineKind.ALLERGY: "Allergies",
    TimelineKind.SUPPLY: "Supplies",
    TimelineKind.IMAGING: "Imaging",
    TimelineKind.FAMILY_HISTORY: "Family history",
}
"""Kinds whose plural is not the word with an s."""


def banner_view(banner: Banner, *, knows_allergies: bool) -> BannerView:
    """The banner over a record; only who may see allergies is told that there are none."""
    patient = banner.patient
    return {
        "name": patient.name,
        "initials": banner.initials,
        "photo": banner.photo_url,
        "age": patient.age,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "number": patient.mrn,
        "no_allergies": _no_allergies(banner) if knows_allergies else "",
        "deceased": f"Deceased {banner.deceased_on}".strip() if patient.is_deceased else "",
        "restricted": "Restricted record" if patient.is_restricted else "",
        "status": patient.status_label,
        "status_code": patient.status,
        "status_reason": banner.status_reason,
    }


def _no_allergies(banner: Banner) -> str:
    """That somebody asked and there are none is not the same as that nobody wrote any down."""
    if banner.allergies:
        return ""
    return "No known allergies" if banner.no_known_allergies else "No recorded allergies"


def overview_view(overview: Overview) -> OverviewView:
    """The overview's cards; those that the actor may not see hold nothing and are not named."""
    about, clinical = overview
    lines = {
        "coverage": about.coverage,
        "contacts": about.contacts,
        "identifiers": about.identifiers,
        "consents": about.consents,
    }
    facts = {
        "allergies": clinical.allergies,
        "conditions": clinical.conditions,
        "medications": clinical.medications,
        "vital_signs": clinical.vital_signs,
        "documents": clinical.documents,
    }
    shown = {name: [_line(line) for line in found] for name, found in lines.items() if found is not None}
    shown["details"] = [
        {"id": line.id, "title": line.label, "detail": "", "value": line.value} for line in about.details
    ]
    shown |= {name: [_fact(fact) for fact in found] for name, found in facts.items() if found is not None}
    return {**NO_OVERVIEW, **shown, "sections": list(shown)}  # type: ignore[typeddict-item]


def kind_chips(counts: Mapping[TimelineKind, int], locale: HospitalLocale) -> tuple[list[KindChip], str]:
    """A chip for each kind there is something of, and the count of everything."""
    chips: list[KindChip] = [
        {
            "kind": kind.value,
            "label": PLURALS.get(kind, f"{KIND_WORDS[kind]}s"),
            "count": locale.number(counts[kind]),
        }
        for kind in TimelineKind
        if counts.get(kind)
    ]
    return chips, locale.number(sum(counts.values()))


def timeline_items(
    entries: Iterable[TimelineEntry], *, after_day: str, locale: HospitalLocale
) -> list[TimelineItem]:
    """Entries, newest first, with a heading on the first of each day; `after_day` heads the entries above them."""
    items: list[TimelineItem] = []
    for entry in entries:
        items.append(
            {
                "id": entry.id,
                "day": "" if entry.day == after_day else entry.day,
                "kind": entry.kind.value,
                "kind_label": entry.kind_word,
                "title": entry.title,
                "detail": entry.detail,
                "time": locale.time(entry.occurred_at),
                "status": entry.status[:1].upper() + entry.status[1:],
                "tone": STATUS_TONES.get(entry.status, "neutral"),
            }
        )
        after_day = entry.day
    return items


def last_day_of(rows: Sequence[TimelineItem]) -> str:
    """The day that heads the last of `rows`."""
    return next((row["day"] for row in reversed(rows) if row["day"]), "")


def vital_chart(series: VitalSeries, locale: HospitalLocale) -> VitalChart:
    """A chart's numbers oldest first, and its table newest first."""
    last = series.points[-1]
    points: list[Measurement] = [
        {
            "id": str(place),
            "when": point.moment,
            "value": f"{_value_words(point, locale)} {series.unit}".strip(),
            "mark": point.mark.value,
        }
        for place, point in enumerate(series.points)
    ]
    return {
        "id": series.code,
        "title": series.title,
        "unit": series.unit,
        "range": _range_words(series, locale),
        "is_pair": any(point.second is not None for point in series.points),
        "has_range": None not in series.usual,
        "low": series.usual.low or 0.0,
        "high": series.usual.high or 0.0,
        "second_low": series.second_usual.low or 0.0,
        "second_high": series.second_usual.high or 0.0,
        "last": _value_words(last, locale),
        "mark": last.mark.value,
        "last_at": locale.date_of(last.at),
        "line": [
            {"label": locale.date_of(point.at), "first": point.value, "second": point.second}
            for point in series.points
        ],
        "points": points[::-1],
    }


def _line(line: Line) -> CardLine:
    detail = " · ".join(part for part in (line.label, line.detail) if part)
    return {"id": line.id, "title": line.value, "detail": detail, "value": ""}


def _fact(fact: Fact) -> CardLine:
    return {"id": fact.id, "title": fact.title, "detail": fact.detail, "value": fact.since}


def _value_words(point: VitalPoint, locale: HospitalLocale) -> str:
    first = _figure(point.value, locale)
    return first if point.second is None else f"{first} / {_figure(point.second, locale)}"


def _figure(value: float, locale: HospitalLocale) -> str:
    """A measured value with at most one decimal."""
    return locale.number(round(value) if round(value, 1) == round(value) else round(value, 1))


def _range_words(series: VitalSeries, locale: HospitalLocale) -> str:
    words = " over ".join(filter(None, (_ends(one, locale) for one in (series.usual, series.second_usual))))
    if not words:
        return ""
    whose = "Range given with the value" if series.is_range_given else "Usual for adults"
    return f"{whose}: {words} {series.unit}".strip()


def _ends(within: Range, locale: HospitalLocale) -> str:
    low, high = ("" if end is None else locale.number(end) for end in within)
    if low and high:
        return f"{low} to {high}"
    return f"from {low}" if low else f"up to {high}" if high else ""
