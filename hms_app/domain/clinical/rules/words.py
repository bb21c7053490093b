"""How codes, units and values are put into words."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical.values import ADULT_YEARS, VITAL_SIGNS

_SEMANTIC_TAG: Final = re.compile(
    r" \((?:disorder|finding|situation|procedure|substance|organism|physical object|regime/therapy|event|product"
    r"|morphologic abnormality|person|qualifier value|observable entity)\)(?=[,;]|$)"
)
_UNITS: Final = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "kg/m2": "kg/m²",
    "/min": "per minute",
    "10*3/uL": "10³/µL",
    "10*6/uL": "10⁶/µL",
    "ug/dL": "µg/dL",
    "ug/L": "µg/L",
    "a": "years",
    "/a": "per year",
    "mL/min/{1.73_m2}": "mL/min per 1.73 m²",
    "mL/min/{1.73m2}": "mL/min per 1.73 m²",
    "null": "",
}
_DECIMALS: Final = 2
_SIGNIFICANT: Final = 4
_ANNOTATION: Final = re.compile(r"\{[^}]*\}")


def plain_display(display: str) -> str:
    """The text of a code, or of several with commas between, without SNOMED's tags: "Latex (substance)" is "Latex"."""
    return _SEMANTIC_TAG.sub("", display)


def unit_words(unit: str) -> str:
    """A UCUM unit as people write it; an annotation such as "{score}" says nothing."""
    return _UNITS.get(unit, _ANNOTATION.sub("", unit))


def value_words(number: Decimal | None, text: str, unit: str, locale: HospitalLocale) -> str:
    """An observed value with its unit; digits nobody measures ("185.8331900517 cm") are rounded away.

    A value that is a text ("< 5") bears its unit too.
    """
    if number is None:
        return f"{plain_display(text)} {unit_words(unit)}".strip()
    words = f"{locale.number(_readable(number))} {unit_words(unit)}".strip()
    return words.replace(" %", "%")


class Part(NamedTuple):
    """An observation of a panel or a report."""

    code: str
    display: str
    number: Decimal | None
    text: str
    unit: str


def panel_words(parts: Sequence[Part], locale: HospitalLocale) -> str:
    """What a panel or report holds: "118 / 79 mmHg" for a blood pressure, "name value" for the rest."""
    by_code = {part.code: part for part in parts if part.number is not None}
    words, said = list[str](), set[str]()
    for sign in VITAL_SIGNS:
        first, second = by_code.get(sign.code), by_code.get(sign.second_code)
        if first and second:
            words.append(
                f"{_amount(first, locale)} / {_amount(second, locale)} {unit_words(first.unit)}".strip()
            )
            said |= {sign.code, sign.second_code}
    others = (part for part in parts if part.code not in said)
    words += [
        f"{plain_display(part.display)} {value_words(part.number, part.text, part.unit, locale)}".strip()
        for part in others
    ]
    return "; ".join(words)


def _amount(part: Part, locale: HospitalLocale) -> str:
    return value_words(part.number, part.text, "", locale)


def _readable(number: Decimal) -> Decimal:
    """At most two decimals, or four significant digits of what is smaller than one."""
    if not number:
        return Decimal(0)
    places = _DECIMALS if abs(number) >= 1 else _SIGNIFICANT - 1 - number.adjusted()
    exponent = number.as_tuple().exponent
    is_longer = isinstance(exponent, int) and -exponent > places
    return (round(number, places) if is_longer else number).normalize()


def is_adult(born_on: dt.date | None, on: dt.date) -> bool:
    """Whether somebody born on a day is an adult on another; unknown counts as adult."""
    return (
        born_on is None
        or on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day)) >= ADULT_YEARS
    )
