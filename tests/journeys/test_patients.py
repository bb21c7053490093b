"""Finding an imported patient and reading their history."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.actions import open_screen, sign_in
from tests.journeys.conftest import Hospital

NAME = re.compile("Mosciski")


def _open_record(
    page: Page, hospital: Hospital, *, typed: str = "mosci mayn", name: re.Pattern[str] = NAME
) -> None:
    open_screen(page, hospital, "/patients")
    page.get_by_role("searchbox").first.fill(typed)
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url(re.compile(r"/patients/\d+"))
    expect(page.get_by_text(name).first).to_be_visible()


def test_a_patient_is_found_by_parts_of_the_name_in_any_order(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients")
    page.get_by_role("searchbox").first.fill("mosci mayn")
    expect(page.get_by_role("link", name=NAME)).to_have_count(1)
    assert "Mosciski958" not in page.content()


def test_a_doctor_reads_an_imported_history(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    _open_record(page, hospital)
    page.get_by_role("link", name="Timeline").first.click()
    page.wait_for_url(re.compile("/timeline"))
    expect(page.get_by_text("Acute viral pharyngitis").first).to_be_visible()


def test_vital_signs_are_charts_with_the_numbers_beside_them(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "nurse")
    _open_record(page, hospital)
    page.get_by_role("link", name="Vital signs").first.click()
    page.wait_for_url(re.compile("/vital-signs"))
    expect(page.get_by_text("Body height", exact=False).first).to_be_visible()
    expect(page.locator(".recharts-surface").first).to_be_visible()
    _open_record(page, hospital, typed="pagac caleb", name=re.compile("Caleb Pagac"))
    page.get_by_role("link", name="Vital signs").first.click()
    expect(page.locator(".recharts-surface").first).to_be_visible()
    page.get_by_text("Show the numbers").first.click()
    expect(page.get_by_role("region", name=re.compile("measurements")).first).to_be_visible()


def test_a_cashier_sees_who_a_patient_is_and_nothing_clinical(page: Page, hospital: Hospital) -> None:
    received: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    sign_in(page, hospital, "cashier")
    _open_record(page, hospital)
    expect(page.get_by_role("link", name="Timeline")).to_have_count(0)
    assert not any("pharyngitis" in frame for frame in received)


def test_the_command_palette_finds_a_screen_by_keyboard(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("practit")
    expect(page.get_by_role("option", name="Practitioners")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{hospital.url}/hospital/practitioners**")
