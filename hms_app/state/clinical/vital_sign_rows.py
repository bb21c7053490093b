"""Vital signs as screens show them: a chart, and the table below it."""

from typing import TypedDict

from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.values import Range, VitalPoint, VitalSeries


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
