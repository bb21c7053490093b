"""Dates of birth as people type them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.core.date_writing import date_order
from hms_app.core.locale import age_in_words
from hms_app.domain.patients import rules
from hms_app.domain.patients.errors import BirthRefused
from hms_app.domain.patients.rules.birth import OLDEST, months_before, years_before
from hms_app.domain.patients.values import BirthDatePrecision as Precision

TODAY = dt.date(2026, 11, 24)
FEBRUARY = dt.date(1980, 2, 3)
DAYS = st.dates(dt.date(2026, 11, 24) - dt.timedelta(days=OLDEST * 365), TODAY)
NOW = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))


def _read(text: str, country: str = "DE", language: str = "en") -> tuple[dt.date, str]:
    born = rules.parse_birth(text, today=TODAY, country=country, language=language)
    return born.date, born.precision.value


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("3.2.1980", "DE"),
        ("03.02.1980", "US"),
        ("3/2/1980", "GB"),
        ("2/3/1980", "US"),
        ("1980-02-03", "US"),
        ("1980/2/3", "DE"),
        ("80-02-03", "SE"),
        ("3.2.80", "DE"),
        ("3 Feb 1980", "US"),
        ("Feb 3, 1980", "DE"),
        ("3 February 80", "GB"),
        ("3. Februar 1980", "DE"),
        ("3-feb-1980", "GB"),
        ("03021980", "DE"),
        ("02031980", "US"),
        ("19800203", "DE"),
        ("  3 . 2 . 1980 ", "DE"),
    ],
)
def test_a_date_is_read_the_hospitals_way(text: str, country: str) -> None:
    language = "de" if "Februar " in text else "en"
    assert _read(text, country, language) == (FEBRUARY, "exact")


def test_of_two_readings_the_one_that_is_a_date_counts() -> None:
    assert _read("25/12/1980", "US") == _read("12/25/1980", "DE") == (dt.date(1980, 12, 25), "exact")


def test_two_figures_of_a_year_mean_the_latest_one_that_has_been() -> None:
    assert _read("1.1.26")[0] == dt.date(2026, 1, 1)
    assert _read("1.1.27")[0] == dt.date(1927, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1980", (dt.date(1980, 1, 1), "year")),
        ("about 1980", (dt.date(1980, 1, 1), "year")),
        ("42 y", (dt.date(1984, 11, 24), "estimated")),
        ("about 42 years", (dt.date(1984, 11, 24), "estimated")),
        ("42 years old", (dt.date(1984, 11, 24), "estimated")),
        ("7 months", (dt.date(2026, 4, 24), "estimated")),
        ("3w", (dt.date(2026, 11, 3), "estimated")),
        ("2 days", (dt.date(2026, 11, 22), "estimated")),
        ("1 year 3 months", (dt.date(2025, 8, 24), "estimated")),
        ("1y3m", (dt.date(2025, 8, 24), "estimated")),
        ("0 d", (TODAY, "estimated")),
    ],
)
def test_a_year_or_an_age_will_do(text: str, expected: tuple[dt.date, str]) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tomorrow", "Write a date such as 3.2.1980"),
        ("42", "an age such as 42 y"),
        ("Feb 1980", "a date such as"),
        ("31.2.1980", "a date such as"),
        ("25.11.2026", "in the future"),
        ("2027", "in the future"),
        ("1780", "more than 130 years"),
        ("200 y", "more than 130 years"),
        ("9999 years", "more than 130 years"),
        ("9999999999 days", "a date such as"),
        ("3 y 4 y", "a date such as"),
        ("٣.٢.١٩٨٠ x", "a date such as"),
        ("1.2.3.4", "a date such as"),
        ("", "a date such as"),
    ],
)
def test_what_is_no_birth_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BirthRefused, match=sentence):
        _read(text)


@given(DAYS, st.sampled_from(["DE", "US", "GB", "SE", "JP", "HU", ""]))
def test_every_date_written_the_countrys_way_is_read_as_itself(day: dt.date, country: str) -> None:
    order = date_order(country, "en")
    shapes = {"dmy": "{d}.{m}.{y:04}", "mdy": "{m}/{d}/{y:04}", "ymd": "{y:04}-{m}-{d}"}
    text = shapes[order].format(d=day.day, m=day.month, y=day.year)
    assert _read(text, country) == (day, "exact")


@given(DAYS)
def test_every_iso_date_is_read_as_itself_everywhere(day: dt.date) -> None:
    assert {_read(day.isoformat(), country) for country in ("DE", "US", "JP")} == {(day, "exact")}


@given(NOW, st.integers(2, OLDEST), st.sampled_from(["{} y", "{} years", "about {}yrs"]))
def test_a_typed_age_in_years_is_the_age_on_that_day(today: dt.date, years: int, shape: str) -> None:
    born = rules.parse_birth(shape.format(years), today=today)
    assert born.precision == Precision.ESTIMATED
    assert age_in_words(born.date, today) == f"{years} years"


@given(NOW, st.integers(1, 23))
def test_a_typed_age_in_months_is_the_age_on_that_day(today: dt.date, months: int) -> None:
    born = rules.parse_birth(f"{months} m", today=today)
    assert age_in_words(born.date, today) == (f"{months} months" if months > 1 else "1 month")


@given(NOW, st.integers(0, 27))
def test_a_typed_age_in_days_is_the_age_on_that_day(today: dt.date, days: int) -> None:
    born = rules.parse_birth(f"{days} days", today=today)
    assert age_in_words(born.date, today) == (f"{days} days" if days != 1 else "1 day")


@given(NOW, st.integers(0, 2000))
def test_going_back_months_never_skips_one(day: dt.date, months: int) -> None:
    back = months_before(day, months)
    assert (day.year - back.year) * 12 + day.month - back.month == months
    assert back.day <= day.day
    assert years_before(day, months // 12) == months_before(day, months // 12 * 12)


@given(st.text(max_size=40))
def test_no_text_is_a_crash(text: str) -> None:
    try:
        born = rules.parse_birth(text, today=TODAY, country="DE")
    except BirthRefused:
        return
    assert years_before(TODAY, OLDEST + 1) <= born.date <= TODAY
