"""Registering a patient: by keyboard, with a warning of a likely duplicate, and on a phone."""

import re
from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

RECORD = re.compile(r"/patients/\d+$")


def _new_name() -> str:
    """A family name nobody else bears."""
    return "Zq" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:8])


def _registered(page: Page, name: str) -> str:
    expect(page.get_by_role("heading", name=f"{name} is registered")).to_be_focused()
    return page.locator("main .k-mono").inner_text()


def test_a_patient_is_registered_by_keyboard_and_the_card_is_printed(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients")
    page.locator("main").get_by_role("link", name="Register patient").click()
    family = _new_name()
    expect(page.locator("[name=family_name]")).to_be_focused()
    page.keyboard.type(family)
    page.keyboard.press("Tab")
    page.keyboard.type("Ömer")
    page.keyboard.press("Tab")
    page.keyboard.type("3.2.1980")
    expect(page.get_by_text("3 Feb 1980 ·")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("617 253 1000")
    expect(page.get_by_text("Read as (617) 253-1000")).to_be_visible()
    page.keyboard.press("Enter")
    number = _registered(page, f"Ömer {family}")
    for paper in ("Print card", "Print wristband"):
        address = page.get_by_role("link", name=paper).get_attribute("href")
        answer = page.request.get(f"{hospital.url}{address}")
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.body().startswith(b"%PDF-")
    page.get_by_role("link", name="Open record").click()
    page.wait_for_url(RECORD)
    expect(page.get_by_role("region", name="Patient").get_by_text(number)).to_be_visible()


def test_a_likely_duplicate_appears_while_typing_and_going_on_wants_a_reason(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    family = _new_name()
    open_screen(page, hospital, "/patients/register")
    page.locator("[name=family_name]").fill(family)
    page.locator("[name=given_names]").fill("Berit")
    page.locator("[name=birth]").fill("17 May 1944")
    page.get_by_label("Female").check()
    page.get_by_role("button", name="Register patient").click()
    first = _registered(page, f"Berit {family}")

    page.get_by_role("button", name="Register another").click()
    page.locator("[name=family_name]").fill(family)
    page.locator("[name=given_names]").fill("Berit")
    page.locator("[name=birth]").fill("17 May 1944")
    page.get_by_label("Female").check()
    beside = page.get_by_role("complementary", name="Patients who look alike")
    expect(beside.get_by_text(first)).to_be_visible()
    expect(beside.get_by_text("Same date of birth")).to_be_visible()
    expect(beside.get_by_role("link", name="Use this record")).to_have_attribute("href", RECORD)
    page.get_by_role("button", name="Register patient").click()
    expect(page.locator("[name=duplicate_reason]")).to_be_focused()
    expect(page.get_by_text("is probably the same person")).to_be_visible()
    assert faults(page) == []
    page.keyboard.type("Twin sister")
    page.keyboard.press("Enter")
    assert _registered(page, f"Berit {family}") != first


def test_a_refusal_opens_its_section_and_nothing_typed_is_lost(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    page.locator("[name=family_name]").fill("Lost")
    page.get_by_text("Add address or e-mail").click()
    page.locator("[name=email]").fill("half@")
    page.get_by_text("Add address or e-mail").click()
    expect(page.locator("[name=email]")).to_be_hidden()
    page.get_by_role("button", name="Register patient").click()
    expect(page.locator("[name=email]")).to_be_visible()
    expect(page.get_by_text("Enter an e-mail address such as")).to_be_visible()
    expect(page.locator("[name=family_name]")).to_have_value("Lost")
    expect(page.locator("[name=email]")).to_have_value("half@")


def test_a_phone_leads_to_who_looks_alike_and_to_the_choice_that_is_missing(
    chromium: Browser, hospital: Hospital
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    page.locator("[name=family_name]").fill("Mosciski")
    page.locator("[name=given_names]").fill("Maynard")
    page.locator("[name=birth]").fill("6 Oct 2014")
    page.get_by_role("button", name="Known already?").tap()
    expect(page.get_by_role("heading", name="Already registered?")).to_be_in_viewport()
    page.get_by_role("button", name="Register patient").tap()
    expect(page.get_by_role("radiogroup", name="Sex at birth")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[name=sex_at_birth]").first).to_be_focused()
    context.close()


def test_a_patient_is_registered_on_a_phone_with_a_photo(chromium: Browser, hospital: Hospital) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    family = _new_name()
    page.locator("[name=family_name]").fill(family)
    page.locator("[name=birth]").fill("7 months")
    page.get_by_label("Unknown").check()
    page.get_by_text("Add photo").tap()
    page.locator("[name=photo_file]").set_input_files("docs/screenshots/record.png")
    expect(page.get_by_alt_text("The chosen photo")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Register patient").tap()
    _registered(page, family)
    page.get_by_role("link", name="Open record").tap()
    page.wait_for_url(RECORD)
    face = page.locator("main img.k-face")
    expect(face).to_be_visible()
    shown = page.request.get(f"{hospital.url}{face.get_attribute('src')}")
    assert shown.headers["content-type"] == "image/jpeg"
    context.close()


def test_a_chosen_photo_outlives_a_refused_one_and_can_be_left_out(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    page.get_by_text("Add photo").click()
    chosen, field = page.get_by_alt_text("The chosen photo"), page.locator("[name=photo_file]")
    field.set_input_files("docs/screenshots/record.png")
    expect(chosen).to_be_visible()
    field.set_input_files({"name": "none.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("[data-picture-said]")).to_be_visible()
    expect(chosen).to_be_visible()
    page.get_by_role("button", name="Leave it out").click()
    expect(chosen).to_be_hidden()
    assert page.locator("[name=photo]").input_value() == ""
