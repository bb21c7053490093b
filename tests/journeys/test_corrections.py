"""Two people correct one patient at once, and who looked is on the access log."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

PATIENT = "/patients/5"


def _person(chromium: Browser, hospital: Hospital, role: str) -> Page:
    """Somebody at a desk of their own."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, hospital, role)
    return page


def test_two_people_correct_one_patient_and_nothing_is_lost(chromium: Browser, hospital: Hospital) -> None:
    first, second = (_person(chromium, hospital, "receptionist") for _ in range(2))
    for page in (first, second):
        open_screen(page, hospital, f"{PATIENT}/edit")
    first.get_by_label("Preferred name").fill("Ada")
    first.get_by_label("Suffix").fill("Jr.")
    first.get_by_role("button", name="Save patient").click()
    first.wait_for_url(re.compile(r"/patients/5$"))
    second.get_by_label("Preferred name").fill("Bea")
    second.get_by_label("Place of birth").fill("Ulm")
    second.get_by_role("button", name="Save patient").click()
    expect(second.get_by_text("Nothing of theirs is overwritten")).to_be_visible()
    assert faults(second) == []
    conflict = second.get_by_role("group", name="Preferred name")
    expect(conflict.get_by_text("Theirs: Ada")).to_be_visible()
    expect(conflict.get_by_role("radio", checked=True)).to_have_count(0)
    expect(
        second.get_by_role("group", name="Suffix").get_by_role("radio", name="Theirs: Jr.")
    ).to_be_checked()
    second.get_by_role("button", name="Save these choices").click()
    expect(conflict.get_by_text("Choose one of the two.")).to_be_visible()
    conflict.get_by_role("radio", name="Yours: Bea").check()
    second.get_by_role("button", name="Save these choices").click()
    second.wait_for_url(re.compile(r"/patients/5$"))
    open_screen(second, hospital, f"{PATIENT}/edit")
    expect(second.get_by_label("Preferred name")).to_have_value("Bea")
    expect(second.get_by_label("Suffix")).to_have_value("Jr.")
    expect(second.get_by_label("Place of birth")).to_have_value("Ulm")
    for page in (first, second):
        page.context.close()


def _open_menu(page: Page, row: str, entry: str) -> None:
    line = page.get_by_role("listitem").filter(has_text=row)
    line.get_by_role("button", name=re.compile("actions", re.IGNORECASE)).click()
    page.get_by_role("menuitem", name=entry).click()


def test_two_people_correct_one_phone_and_the_second_chooses_field_by_field(
    chromium: Browser, hospital: Hospital
) -> None:
    first, second = (_person(chromium, hospital, "receptionist") for _ in range(2))
    open_screen(first, hospital, "/patients/8/contacts")
    first.get_by_role("button", name="Phone", exact=True).click()
    first.get_by_role("textbox", name="Phone number").fill("+49 30 901820")
    first.get_by_role("button", name="Save", exact=True).click()
    expect(first.get_by_role("listitem").filter(has_text="+49 30 901820")).to_be_visible()
    open_screen(second, hospital, "/patients/8/contacts")
    for page, number in ((first, "+49 30 901821"), (second, "+49 30 901822")):
        _open_menu(page, "+49 30 901820", "Correct")
        page.get_by_role("textbox", name="Phone number").fill(number)
    second.get_by_label("For", exact=True).select_option("work")
    for page in (first, second):
        page.get_by_role("button", name="Save", exact=True).click()
    drawer = second.get_by_role("dialog", name="Correct phone number")
    expect(drawer.get_by_text(re.compile("saved this phone number on"))).to_be_visible()
    conflict = drawer.get_by_role("group", name="Phone number")
    expect(conflict.get_by_text("It was: +49 30 901820")).to_be_visible()
    expect(conflict.get_by_role("radio", name="Theirs: +49 30 901821")).not_to_be_checked()
    expect(drawer.get_by_role("group", name="For").get_by_role("radio", name="Yours: Work")).to_be_checked()
    assert faults(second) == []
    conflict.get_by_role("radio", name="Yours: +49 30 901822").check()
    drawer.get_by_role("button", name="Save these choices").click()
    expect(second.get_by_role("listitem").filter(has_text="+49 30 901822")).to_contain_text("Work phone")
    for page in (first, second):
        page.context.close()


def test_an_allergy_that_became_an_error_meanwhile_keeps_what_was_typed(
    chromium: Browser, hospital: Hospital
) -> None:
    first, second = (_person(chromium, hospital, "doctor") for _ in range(2))
    open_screen(first, hospital, "/patients/8/history?add=allergy")
    drawer = first.get_by_role("dialog", name="Record allergy")
    drawer.get_by_role("combobox", name="Substance").fill("Wool fat")
    drawer.get_by_label("Category").select_option("other")
    drawer.get_by_role("button", name="Record", exact=True).click()
    expect(drawer).to_have_count(0)
    open_screen(second, hospital, "/patients/8/history")
    _open_menu(second, "Wool fat", "Correct")
    typed = second.get_by_role("dialog", name="Correct allergy").get_by_label("Note")
    typed.fill("Rash on both hands")
    _open_menu(first, "Wool fat", "Entered in error")
    first.get_by_label("Why").fill("Another patient's")
    first.get_by_role("button", name="Mark as entered in error").click()
    expect(first.get_by_role("dialog")).to_have_count(0)
    second.get_by_role("button", name="Save", exact=True).click()
    again = second.get_by_role("dialog", name="Record allergy")
    expect(again.get_by_text(re.compile("marked this allergy as entered in error on"))).to_be_visible()
    expect(again.get_by_label("Note")).to_have_value("Rash on both hands")
    assert faults(second) == []
    again.get_by_role("button", name="Record", exact=True).click()
    expect(second.get_by_text("Rash on both hands")).to_be_visible()
    for page in (first, second):
        page.context.close()


def test_a_phone_is_added_and_called_an_error(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, f"{PATIENT}/contacts")
    page.get_by_role("button", name="Phone", exact=True).click()
    page.get_by_role("textbox", name="Phone number").fill("12")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("too few digits")).to_be_visible()
    expect(page.get_by_role("textbox", name="Phone number")).to_have_value("12")
    page.get_by_role("textbox", name="Phone number").fill("+49 30 901820")
    page.get_by_role("button", name="Save", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="+49 30 901820")
    expect(row).to_be_visible()
    row.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Entered in error").click()
    page.get_by_label("Reason").fill("The neighbour's")
    page.get_by_role("button", name="Mark as entered in error").click()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.get_by_text("Ended or wrong (1)").click()
    expect(page.get_by_text("The neighbour's (")).to_be_visible()


def test_a_death_is_recorded_shown_and_undone(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/6")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Mark deceased").click()
    page.get_by_role("textbox", name="Day").fill("2026-01-31")
    page.get_by_role("button", name="Mark deceased").click()
    expect(page.get_by_text("Deceased 31 Jan 2026")).to_be_visible()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Not deceased").click()
    page.get_by_label("Reason").fill("Another person")
    page.get_by_role("button", name="Mark as alive").click()
    expect(page.get_by_text("Deceased 31 Jan 2026")).to_have_count(0)


def test_the_access_log_shows_the_doctor_who_looked(chromium: Browser, hospital: Hospital) -> None:
    doctor = _person(chromium, hospital, "doctor")
    open_screen(doctor, hospital, "/patients/7/timeline")
    officer = _person(chromium, hospital, "privacy_officer")
    open_screen(officer, hospital, "/patients/7/access")
    row = officer.get_by_role("listitem").filter(has_text="Doctor")
    expect(row.first).to_contain_text("timeline", ignore_case=True)
    for page in (doctor, officer):
        page.context.close()
