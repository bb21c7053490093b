"""Appointments in a browser: booked by keyboard alone, moved while somebody watches, double-booked with a reason."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.clinic import Clinic, open_clinic
from tests.journeys.conftest import Hospital


def _calendar(page: Page, hospital: Hospital, clinic: Clinic) -> None:
    """The day of the clinic's own doctors."""
    asked = f"day={clinic.day.isoformat()}&service={clinic.service_id}"
    open_screen(page, hospital, f"/appointments/calendar?{asked}")
    expect(page.get_by_role("grid")).to_be_visible()


def _event(page: Page, appointment_id: int) -> Locator:
    return page.locator(f"[data-event='{appointment_id}']")


def _minute(page: Page, clinic: Clinic, place: int, minute: int) -> tuple[float, float]:
    """Where a minute of a doctor's column is on screen, once it is scrolled to."""
    day = page.locator(f"[data-column='{clinic.column(place)}']")
    day.evaluate(
        "(day, minute) => { const frame = day.closest('.k-cal-frame');"
        " frame.scrollTop = (minute - 120) / 1440 * day.offsetHeight; }",
        minute,
    )
    box = day.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * minute / 1440


def test_an_appointment_is_booked_by_keyboard_alone(page: Page, hospital: Hospital) -> None:
    clinic = open_clinic(hospital, "Quill")
    sign_in(page, hospital, "receptionist")
    _calendar(page, hospital, clinic)
    keys = page.keyboard
    page.locator(f"[data-column='{clinic.column(0)}']").wait_for()
    page.get_by_role("grid").locator("[tabindex='0']").focus()
    focused = page.locator(":focus")
    while clinic.doctors[0] not in (focused.get_attribute("aria-label") or ""):
        keys.press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", f"Book 08:00, {clinic.doctors[0]}, free")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    drawer = page.locator("#book-appointment")
    expect(drawer.get_by_role("combobox", name="Patient")).to_be_focused()
    keys.type(clinic.patient)
    option = drawer.get_by_role("option").first
    expect(option).to_be_visible()
    keys.press("ArrowDown")
    keys.press("Enter")
    while drawer.get_by_label("Service").evaluate("field => field !== document.activeElement"):
        keys.press("Tab")
    keys.type(clinic.service)
    expect(drawer.get_by_text("Next free")).to_be_visible()
    button = drawer.get_by_role("button", name="Book appointment")
    while button.evaluate("button => button !== document.activeElement"):
        keys.press("Tab")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"/appointments/\d+$"))
    expect(page.get_by_text("08:30–09:00").first).to_be_visible()
    assert faults(page) == []


def test_what_one_drags_another_sees_move(page: Page, hospital: Hospital, chromium: Browser) -> None:
    clinic = open_clinic(hospital, "Reed")
    appointment = clinic.book("10:00")
    watcher = chromium.new_context().new_page()
    for one in (page, watcher):
        sign_in(one, hospital, "receptionist")
        _calendar(one, hospital, clinic)
        expect(_event(one, appointment)).to_have_accessible_name(re.compile("^10:00–10:30"))
    assert faults(page) == []
    x, y = _minute(page, clinic, 0, 605)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 8)
    to_x, to_y = _minute(page, clinic, 1, 665)
    page.mouse.move(to_x, to_y, steps=5)
    expect(page.locator(".k-cal-ghost[data-kind='fits']")).to_have_text(re.compile("11:00–11:30.*Fits"))
    page.mouse.up()
    for one in (watcher, page):
        expect(_event(one, appointment)).to_have_accessible_name(re.compile("^11:00–11:30"))
        column = one.locator(f"[data-column='{clinic.column(1)}']")
        expect(column.locator(f"[data-event='{appointment}']")).to_be_visible()
    watcher.context.close()


def test_an_appointment_is_carried_by_the_keyboard_and_escape_leaves_it(
    page: Page, hospital: Hospital
) -> None:
    clinic = open_clinic(hospital, "Sedge")
    appointment = clinic.book("13:00")
    sign_in(page, hospital, "receptionist")
    _calendar(page, hospital, clinic)
    box, said = _event(page, appointment), page.locator(".k-cal [role=status]")
    box.focus()
    for key in ("m", "ArrowDown"):
        page.keyboard.press(key)
    expect(said).to_have_text(f"13:15–13:45, {clinic.doctors[0]}: fits")
    page.keyboard.press("Escape")
    expect(said).to_have_text("Left where it was")
    for key in ("m", "ArrowDown", "ArrowDown", "Shift+ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(box).to_have_accessible_name(re.compile("^13:30–14:15"))


def test_a_double_booking_wants_a_reason_and_is_shown(page: Page, hospital: Hospital) -> None:
    clinic, other = open_clinic(hospital, "Thorn"), open_clinic(hospital, "Briar")
    assert clinic.patient_id != other.patient_id
    clinic.book("09:00", patient_id=other.patient_id)
    sign_in(page, hospital, "receptionist")
    open_screen(
        page, hospital, f"/appointments/book?patient={clinic.patient_id}&day={clinic.day.isoformat()}"
    )
    page.get_by_label("Service").select_option(label=clinic.service)
    page.get_by_label("Practitioner").select_option(label=clinic.doctors[0])
    expect(page.get_by_text("Next free")).to_be_visible()
    page.get_by_role("textbox", name="Time").fill("9")
    page.get_by_role("button", name="Book appointment").click()
    refusal = page.get_by_role("alert").filter(has_text="already booked 09:00-09:30")
    expect(refusal).to_contain_text("Next free")
    page.get_by_label("Book it all the same, because").fill("twins come together")
    page.get_by_role("button", name="Book appointment").click()
    expect(page).to_have_url(re.compile(r"/appointments/\d+$"))
    expect(page.get_by_text("Double-booked: twins come together")).to_be_visible()
    _calendar(page, hospital, clinic)
    flagged = page.get_by_role("button", name=re.compile("^09:00–09:30.*Double-booked"))
    expect(flagged).to_be_visible()
    assert faults(page) == []
