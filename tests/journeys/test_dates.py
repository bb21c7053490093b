"""Days and times are typed loosely or picked from a calendar, and stand the hospital's way."""

import datetime as dt
import re
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from hms_app.core import clock
from hms_app.core.locale import HospitalLocale
from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

TODAY: Final = clock.today(HospitalLocale().zone)
THIS_YEAR: Final = TODAY.year
DAYS: Final = {
    "23.11.26": "2026-11-23",
    "23/11/2026": "2026-11-23",
    "23-11-2026": "2026-11-23",
    "23 11 26": "2026-11-23",
    "2026-11-23": "2026-11-23",
    "2026/1/3": "2026-01-03",
    "23 nov": f"{THIS_YEAR}-11-23",
    "23.11.": f"{THIS_YEAR}-11-23",
    "23 Nov 2026": "2026-11-23",
    "nov 23, 2026": "2026-11-23",
    "23rd november 26": "2026-11-23",
    "3feb80": "1980-02-03",
    "29.2.2024": "2024-02-29",
    "today": str(TODAY),
    "Tomorrow": str(TODAY + dt.timedelta(days=1)),
    "yesterday": str(TODAY - dt.timedelta(days=1)),
    "+7": str(TODAY + dt.timedelta(days=7)),
    "-3": str(TODAY - dt.timedelta(days=3)),
    "": "",
    "29.2.2026": None,
    "32 nov": None,
    "11/23/2026": None,
    "23 ma 2026": None,
    "1.1.126": None,
    "soon": None,
}
"""What is typed, and the ISO day that the form sends; None: it is sent, and stands, as it was typed."""
TIMES: Final = {
    "9": "09:00",
    "930": "09:30",
    "0930": "09:30",
    "9:30": "09:30",
    "9.30pm": "21:30",
    "9 p.m.": "21:00",
    "12am": "00:00",
    "12:05 pm": "12:05",
    "14h05": "14:05",
    "noon": "12:00",
    "": "",
    "24:00": None,
    "9:60": None,
    "13pm": None,
    "later": None,
}


def _written(iso: str) -> str:
    return HospitalLocale().date(dt.date.fromisoformat(iso)) if iso else ""


def _sent(field: Locator) -> str:
    """What the form of a field sends for it."""
    return str(field.evaluate("(field) => new FormData(field.form).get(field.name)"))


def _death(page: Page, hospital: Hospital, patient: str) -> tuple[Locator, Locator]:
    """The day and the time of the question when somebody died."""
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, patient)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Mark deceased").click()
    return page.get_by_role("textbox", name="Day"), page.get_by_role("textbox", name="Time")


def test_days_and_times_are_read_as_people_type_them_and_written_the_hospitals_way(
    page: Page, hospital: Hospital
) -> None:
    day, time = _death(page, hospital, "/patients/12")
    read = {}
    for field, typed in [(day, typed) for typed in DAYS] + [(time, typed) for typed in TIMES]:
        field.fill(typed)
        at_once = _sent(field)
        field.blur()
        read[typed] = (at_once, field.input_value(), _sent(field))
    wanted = {
        typed: (iso, _written(iso), iso) if iso is not None else (typed,) * 3 for typed, iso in DAYS.items()
    }
    wanted |= {typed: (iso if iso is not None else typed,) * 3 for typed, iso in TIMES.items()}
    assert read == wanted
