"""Days and times are typed loosely or picked from a calendar, and stand the hospital's way."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import Final

from playwright.sync_api import Locator, Page, Response, expect

from hms_app.core.date_writing import date_writing
from hms_app.core.locale import HospitalLocale
from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital


def _days(today: dt.date) -> dict[str, str | None]:
    """What is typed, and the ISO day that the form sends; None: it is sent, and stands, as it was typed."""
    return {
        "23.11.26": "2026-11-23",
        "23/11/2026": "2026-11-23",
        "11/23/2026": "2026-11-23",
        "23-11-2026": "2026-11-23",
        "23 11 26": "2026-11-23",
        "2026-11-23": "2026-11-23",
        "2026/1/3": "2026-01-03",
        "3.2.2026": "2026-02-03",
        "23 nov": f"{today.year}-11-23",
        "23.11.": f"{today.year}-11-23",
        "23 Nov 2026": "2026-11-23",
        "nov 23, 2026": "2026-11-23",
        "23rd november 26": "2026-11-23",
        "3feb80": "1980-02-03",
        "29.2.2024": "2024-02-29",
        "today": str(today),
        "Tomorrow": str(today + dt.timedelta(days=1)),
        "yesterday": str(today - dt.timedelta(days=1)),
        "+7": str(today + dt.timedelta(days=7)),
        "-3": str(today - dt.timedelta(days=3)),
        "": "",
        "29.2.2026": None,
        "32 nov": None,
        "23/23/2026": None,
        "23 ma 2026": None,
        "1.1.126": None,
        "soon": None,
    }


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


def _moments(today: dt.date) -> dict[str, str | None]:
    return {
        "23.11.26 9:30": "2026-11-23T09:30",
        "23 nov 2026, 9.30pm": "2026-11-23T21:30",
        "23 Nov 2026, 14:05": "2026-11-23T14:05",
        "2026-11-23T14:05": "2026-11-23T14:05",
        "tomorrow 9": f"{today + dt.timedelta(days=1)}T09:00",
        "+7 930": f"{today + dt.timedelta(days=7)}T09:30",
        "": "",
        "23 nov 2026": None,
        "9:30": None,
        "tomorrow 25:00": None,
    }


def _written(iso: str) -> str:
    return HospitalLocale().date(dt.date.fromisoformat(iso)) if iso else ""


def _sent(field: Locator) -> str:
    """What the form of a field sends for it."""
    return str(field.evaluate("(field) => new FormData(field.form).get(field.name)"))


def _death(page: Page, hospital: Hospital) -> tuple[Locator, Locator]:
    """The day and the time of the question when somebody died."""
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/12")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Mark deceased").click()
    return page.get_by_role("textbox", name="Day"), page.get_by_role("textbox", name="Time")


def _today(page: Page) -> dt.date:
    """The hospital's, whose zone the page is told."""
    told = json.loads(page.locator("#hms-session").get_attribute("data-writing") or "")
    return HospitalLocale(zone_name=told["zone"]).today()


def _read(field: Locator, typed: Iterable[str]) -> dict[str, tuple[str, str, str]]:
    """Of each text: what is sent while it is typed, what stands in the field that was left, what is sent then."""
    read = {}
    for text in typed:
        field.fill(text)
        at_once = _sent(field)
        field.blur()
        read[text] = (at_once, field.input_value(), _sent(field))
    return read


def test_days_are_read_as_people_type_them_and_written_the_hospitals_way(
    page: Page, hospital: Hospital
) -> None:
    day, _ = _death(page, hospital)
    days = _days(_today(page))
    wanted = {
        typed: (iso, _written(iso), iso) if iso is not None else (typed, typed, typed)
        for typed, iso in days.items()
    }
    assert _read(day, days) == wanted


def test_times_are_read_as_people_type_them(page: Page, hospital: Hospital) -> None:
    _, time = _death(page, hospital)
    wanted = {typed: (typed if iso is None else iso,) * 3 for typed, iso in TIMES.items()}
    assert _read(time, TIMES) == wanted


def test_days_with_times_are_read_as_people_type_them(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    expect(page.locator("#hms-session")).to_have_attribute("data-writing", re.compile("zone"))
    moments = _moments(_today(page))
    read = page.evaluate(
        "(typed) => import('/dates.js').then((dates) => typed.map((text) => dates.read('datetime', text)))",
        list(moments),
    )
    assert dict(zip(moments, read, strict=True)) == moments


def _move(page: Page, locale: HospitalLocale) -> None:
    """Tell the page what it is told at a hospital elsewhere."""
    page.locator("#hms-session").evaluate(
        "(marker, told) => { marker.dataset.writing = told; }", json.dumps(date_writing(locale))
    )


def test_a_hospital_elsewhere_has_its_own_order_and_names(page: Page, hospital: Hospital) -> None:
    day, _ = _death(page, hospital)
    assert [sent for _, _, sent in _read(day, ["3/2/2026"]).values()] == ["2026-03-02"]
    german, chinese = HospitalLocale(language="de", country="DE"), HospitalLocale(language="zh", country="CN")
    _move(page, german)
    expect(day).to_have_value(german.date(dt.date(2026, 3, 2)))
    read = _read(day, ["3/2/2026", "3. Oktober 2026", "3 okt 26", "3 october 2026", "heute"])
    assert [sent for _, _, sent in read.values()] == ["2026-02-03", *["2026-10-03"] * 3, str(german.today())]
    _move(page, chinese)
    written = chinese.date(dt.date(2026, 3, 2))
    wanted = ("2026-03-02", written, "2026-03-02")
    assert _read(day, ["26/3/2", written]) == {"26/3/2": wanted, written: wanted}


def test_a_day_is_typed_another_is_picked_by_keyboard_and_that_one_is_saved(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/12/identifiers")
    page.get_by_role("button", name="Decision", exact=True).click()
    drawer = page.locator("dialog[open]")
    drawer.get_by_label("What").select_option("photography")
    drawer.get_by_role("radio").first.check()
    until = drawer.get_by_role("textbox", name="Valid until")
    until.focus()
    page.keyboard.type("1.2.2031")
    page.keyboard.press("Tab")
    expect(until).to_have_value("1 Feb 2031")
    page.keyboard.press("Enter")
    month = page.get_by_role("dialog", name="Valid until")
    expect(month.get_by_role("heading", name="February 2031")).to_be_visible()
    expect(month.get_by_role("button", name=re.compile("February 1, 2031"))).to_be_focused()
    assert faults(page) == []
    for key in ("ArrowRight", "ArrowDown", "PageDown", "Enter"):
        page.keyboard.press(key)
    expect(until).to_have_value("9 Mar 2031")
    expect(month).to_be_hidden()
    button = drawer.get_by_role("button", name="Choose from a calendar: Valid until")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(month.get_by_role("button", name=re.compile("March 9, 2031"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(month).to_be_hidden()
    expect(button).to_be_focused()
    expect(drawer).to_be_visible()
    drawer.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("valid until 9 Mar 2031")).to_be_visible()


def test_what_cannot_be_read_stays_as_typed_beside_the_servers_sentence(
    page: Page, hospital: Hospital
) -> None:
    day, time = _death(page, hospital)
    day.fill("some day soon")
    time.fill("9.30pm")
    page.get_by_role("button", name="Mark deceased").click()
    expect(page.get_by_text("Enter a date.")).to_be_visible()
    expect(day).to_have_value("some day soon")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(day).to_be_focused()
    expect(time).to_have_value("21:30")


def test_a_list_narrowed_by_loose_days_has_iso_days_in_its_address(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/administration/audit")
    page.get_by_role("textbox", name="From").fill("some day")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Enter a date.")).to_be_visible()
    expect(page.get_by_role("textbox", name="From")).to_have_value("some day")
    page.get_by_role("textbox", name="From").fill("1 nov 2026")
    page.get_by_role("textbox", name="To", exact=True).fill("30.11.26")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"from=2026-11-01.*to=2026-11-30"))
    page.reload()
    expect(page.get_by_role("textbox", name="From")).to_have_value("1 Nov 2026")


def test_the_calendar_comes_when_it_is_asked_for_and_other_pages_load_nothing_of_it(
    page: Page, hospital: Hospital
) -> None:
    scripts: list[Response] = []
    page.on("response", lambda answer: scripts.append(answer) if "/assets/" in answer.url else None)
    sign_in(page, hospital, "receptionist")
    page.wait_for_load_state("networkidle")
    texts = [page.request.get(answer.url).text() for answer in scripts if answer.url.endswith(".js")]
    assert len(texts) > 5
    assert [text[:80] for text in texts if "data-when" in text or "Choose from a calendar" in text] == []
    open_screen(page, hospital, "/patients/12/identifiers")
    page.get_by_role("button", name="Decision", exact=True).click()
    until = page.get_by_role("textbox", name="Valid until")
    until.focus()
    assert [answer.url for answer in scripts if "/month-" in answer.url] == []
    with page.expect_response(re.compile("/assets/month-")):
        until.press("Alt+ArrowDown")
    expect(page.get_by_role("grid")).to_be_visible()
