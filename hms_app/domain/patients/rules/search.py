"""What patients are found by, and what a search means."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from hms_app.core.text import digits, fold
from hms_app.domain.patients.rules.names import LONGEST_WORD, name_words, words_of
from hms_app.domain.patients.values import BirthDatePrecision, KeyRange, PhoneNumber, SearchKey, SearchTerm

MOST_PAIRED_WORDS: Final = 8
MOST_TERMS: Final = 6

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WORDS_OF_DATE: Final = re.compile(
    r"\b(?:(\d{1,2})\.?\s+([a-z]{3,9})\.?,?\s+(\d{4})|([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))\b",
    re.I,
)
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?![\d-])")
_YEAR_LAST: Final = re.compile(r"(?<![\d-])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d-])")
_NUMBER: Final = re.compile(r"(?<![\w+(])\+?\(?\d[\d\s()./-]{4,}\d")
_NOT_CODE: Final = re.compile(r"[^0-9a-z]+")


def search_keys(
    *,
    names: Iterable[str],
    mrn: str,
    birth_date: dt.date | None = None,
    precision: str = BirthDatePrecision.EXACT.value,
    other_names: Iterable[str] = (),
    phones: Iterable[PhoneNumber] = (),
    identifiers: Iterable[str] = (),
    former_mrns: Iterable[str] = (),
) -> list[SearchKey]:
    """Every way to find a patient: each key by itself, and each two of the name words and the date of birth.

    `names` are the given and family names, `other_names` the preferred and maiden name; `former_mrns` the numbers
    of records that were merged into this one.
    """
    words = [f"n:{word}" for word in name_words(names, other_names)]
    born = [birth_key(birth_date, precision)] if birth_date else []
    keys = {*words, *born, f"m:{mrn}", *(f"m:{former}" for former in former_mrns)}
    for phone in phones:
        keys.update(f"p:{number}" for number in phone if number)
    keys.update(f"i:{code}" for value in identifiers if (code := _code(value)))
    paired = [*born, *words[:MOST_PAIRED_WORDS]]
    pairs = {(a, b) for place, a in enumerate(paired) for b in paired[place + 1 :]}
    return [*(SearchKey(key) for key in sorted(keys)), *(SearchKey(a, b) for a, b in sorted(pairs))]


def parse_search(text: str, *, today: dt.date) -> list[SearchTerm]:
    """What somebody typed, as terms that must all fit; a term fits when one of its ranges of keys does.

    Knows names (any part, any order), record numbers, phones with and without country code, identifiers, and
    dates of birth in usual spellings; day and month of "3/2/1980" are tried both ways.
    """
    terms: list[SearchTerm] = []
    text = _take(_WORDS_OF_DATE, text, lambda found: _spelled_date(found, today), terms)
    text = _take(_YEAR_FIRST, text, _year_first, terms)
    text = _take(_YEAR_LAST, text, lambda found: _year_last(found, today), terms)
    text = _take(_NUMBER, text, lambda found: _number_term(found.group(), today), terms)
    for piece in text.split():
        if any(character.isdecimal() for character in piece):
            terms.extend(_code_terms(piece, today))
        else:
            terms.extend(SearchTerm((_prefix(f"n:{word}"),)) for word in words_of(piece))
    return terms[:MOST_TERMS]


def search_words(text: str, *, today: dt.date) -> list[str]:
    """By what kinds of things somebody searched, for the trail; never what was typed, which can be anybody's name."""
    return list(dict.fromkeys(_kind_of(term) for term in parse_search(text, today=today)))


def _kind_of(term: SearchTerm) -> str:
    kinds = {found.start[:2] for found in term.ranges}
    return "name" if kinds == {"n:"} else "date of birth" if kinds == {"d:"} else "number"


def birth_key(birth_date: dt.date, precision: str) -> str:
    """The search key of a date of birth, or of its year where no more is known."""
    exact = precision == BirthDatePrecision.EXACT.value
    return f"d:{birth_date.isoformat()}" if exact else f"d:{birth_date.year:04d}"


def _code(value: str) -> str:
    return _NOT_CODE.sub("", fold(value))[:LONGEST_WORD]


def _prefix(text: str) -> KeyRange:
    return KeyRange(text, text[:-1] + chr(ord(text[-1]) + 1))


def _exactly(text: str) -> KeyRange:
    return KeyRange(text, text + " ", is_exact=True)


def _take(pattern: "re.Pattern[str]", text: str, meaning: object, terms: list[SearchTerm]) -> str:
    """Move what `pattern` finds, and `meaning` understands, from the text to the terms."""

    def replace(found: "re.Match[str]") -> str:
        term = meaning(found)  # type: ignore[operator]
        if term is None:
            return found.group()
        terms.append(term)
        return " "

    return pattern.sub(replace, text)


def _day(year: int, month: int, day: int) -> list[str]:
    try:
        return [dt.date(year, month, day).isoformat()]
    except ValueError:
        return []


def _dates_term(days: Iterable[str], otherwise: Iterable[KeyRange] = ()) -> SearchTerm | None:
    ranges = [*(_exactly(f"d:{day}") for day in dict.fromkeys(days)), *otherwise]
    return SearchTerm(tuple(ranges)) if ranges else None


def _spelled_date(found: "re.Match[str]", _today: dt.date) -> SearchTerm | None:
    day, month, year, month_first, day_last, year_last = found.groups()
    number = _MONTHS.get((month or month_first).lower())
    return _dates_term(_day(int(year or year_last), number, int(day or day_last))) if number else None


def _year_first(found: "re.Match[str]") -> SearchTerm | None:
    year, _, month, day = found.groups()
    if day is None:
        return SearchTerm((_prefix(f"d:{year}-{int(month):02d}"),)) if 1 <= int(month) <= 12 else None
    return _dates_term(_day(int(year), int(month), int(day)), [_prefix(f"i:{digits(found.group())}")])


def _year_last(found: "re.Match[str]", today: dt.date) -> SearchTerm | None:
    first, separator, second, year_text = found.groups()
    years = [int(year_text)]
    if len(year_text) == 2:
        years = [year for year in (1900 + years[0], 2000 + years[0]) if year <= today.year]
    days = [day for year in years for day in _day(year, int(second), int(first))]
    if separator != ".":
        days += [day for year in years for day in _day(year, int(first), int(second))]
    return _dates_term(days)


def _number_term(text: str, today: dt.date) -> SearchTerm | None:
    number = digits(text)
    if len(number) < 6:
        return None
    if text.startswith("+"):
        return SearchTerm((_prefix(f"p:{number}"),))
    return _digits_term(number, today)


def _digits_term(number: str, today: dt.date) -> SearchTerm:
    number = number[:LONGEST_WORD]
    days: list[str] = []
    ranges = [_prefix(f"m:{number}"), _prefix(f"p:{number}"), _prefix(f"i:{number}")]
    if number.startswith("0") and number.strip("0"):
        ranges.append(_prefix(f"p:{number.lstrip('0')}"))
    if len(number) == 8:
        days = _day(int(number[:4]), int(number[4:6]), int(number[6:]))
        days += _day(int(number[4:]), int(number[2:4]), int(number[:2]))
    if len(number) == 4 and 1850 <= int(number) <= today.year:
        ranges.append(_prefix(f"d:{number}"))
    return SearchTerm((*(_exactly(f"d:{day}") for day in days), *ranges))


def _code_terms(piece: str, today: dt.date) -> list[SearchTerm]:
    code = _code(piece)
    if not code:
        return []
    if code.isdecimal():
        return [_digits_term(code, today)]
    return [SearchTerm((_prefix(f"i:{code}"), _prefix(f"n:{code}")))]
