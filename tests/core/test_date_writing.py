"""What a date field in the browser is told of the hospital."""

import datetime as dt

import pytest
from babel import localedata

from hms_app.core.date_writing import date_writing
from hms_app.core.locale import HospitalLocale


@pytest.mark.parametrize("language", ["en", "de", "es", "pt_BR", "zh", "vi", "cs", "fa", "am"])
def test_a_field_writes_each_month_as_the_hospital_does(language: str) -> None:
    locale = HospitalLocale(language=language)
    months = date_writing(locale)["months"]
    for month in range(1, 13):
        assert f"3 {months[month - 1]} 2026" == locale.date(dt.date(2026, month, 3))


@pytest.mark.parametrize(
    ("country", "order", "week_start"),
    [
        ("", "mdy", "mon"),
        ("DE", "dmy", "mon"),
        ("GB", "dmy", "mon"),
        ("US", "mdy", "sun"),
        ("JP", "ymd", "sun"),
        ("EG", "dmy", "sat"),
        ("TF", "mdy", "mon"),
    ],
)
def test_figures_and_weeks_follow_the_hospitals_country(country: str, order: str, week_start: str) -> None:
    writing = date_writing(HospitalLocale(country=country))
    assert (writing["order"], writing["week_start"]) == (order, week_start)


def test_every_language_a_hospital_can_have_is_written() -> None:
    for language in localedata.locale_identifiers():
        writing = date_writing(HospitalLocale(language=language))
        assert len(set(writing["months"])) == 12, language
