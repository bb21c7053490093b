"""Dates as people write them, as exact as they are known."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from hms_app.core.errors import DomainError
from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical import rules

ENGLISH, GERMAN, FRENCH = HospitalLocale(), HospitalLocale(language="de"), HospitalLocale(language="fr")


@pytest.fixture(autouse=True, scope="module")
def today() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.mark.parametrize(
    ("typed", "first", "last", "precision", "locale"),
    [
        ("2019", "2019-01-01", "2019-12-31", "year", ENGLISH),
        ("2026", "2026-01-01", "2026-11-23", "year", ENGLISH),
        ("2019-02", "2019-02-01", "2019-02-28", "month", ENGLISH),
        ("2/2020", "2020-02-01", "2020-02-29", "month", ENGLISH),
        ("May 2019", "2019-05-01", "2019-05-31", "month", ENGLISH),
        ("6 may 2019", "2019-05-06", "2019-05-06", "day", ENGLISH),
        ("2019-05-06", "2019-05-06", "2019-05-06", "day", ENGLISH),
        ("6.5.2019", "2019-05-06", "2019-05-06", "day", GERMAN),
        ("6. Mai 2019", "2019-05-06", "2019-05-06", "day", GERMAN),
        ("März 2019", "2019-03-01", "2019-03-31", "month", GERMAN),
        ("juillet 2019", "2019-07-01", "2019-07-31", "month", FRENCH),
        ("2 févr. 2019", "2019-02-02", "2019-02-02", "day", FRENCH),
    ],
)
def test_a_date_is_read_as_exactly_as_it_is_written(
    typed: str, first: str, last: str, precision: str, locale: HospitalLocale
) -> None:
    known = rules.read_date(typed, locale=locale, field="onset")
    assert (known.first.isoformat(), known.last.isoformat(), known.precision) == (first, last, precision)


@pytest.mark.parametrize(
    "typed",
    ["soon", "05/06/2019", "jui 2019", "30 Feb 2019", "2027", "24 Nov 2026", "1500", "13/2019", "9" * 40],
)
def test_what_is_no_day_of_the_past_is_refused(typed: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.read_date(typed, locale=FRENCH, field="onset")
    assert refusal.value.field == "onset"


@given(st.dates(dt.date(1900, 1, 1), dt.date(2026, 11, 23)), st.sampled_from(["day", "month", "year"]))
def test_what_is_written_is_read_again(day: dt.date, precision: str) -> None:
    for locale in (ENGLISH, GERMAN, FRENCH):
        words = rules.date_words(day, precision, locale)
        known = rules.read_date(words, locale=locale, field="x")
        assert known.first <= day <= known.last
        assert known.precision == precision


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(typed: str) -> None:
    try:
        known = rules.read_onset(typed, locale=ENGLISH, field="x")
        assert known.first <= known.last
    except DomainError as refusal:
        assert refusal.field == "x"
