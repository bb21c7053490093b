"""A tag of the framework's own in people's names: the browser shows it, letter by letter, and everyone goes on."""

import re

from playwright.sync_api import Page, expect

from tests.hostile import TAG
from tests.journeys.actions import open_screen, sign_in
from tests.journeys.conftest import Hospital

PATIENT = "/patients/11"


def test_a_family_name_that_is_a_tag_is_saved_and_shown(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, f"{PATIENT}/edit")
    page.get_by_label("Family name").fill(TAG)
    page.get_by_role("button", name="Save patient").click()
    page.wait_for_url(re.compile(rf"{PATIENT}$"))
    expect(page.get_by_text(re.compile(rf"{re.escape(TAG)}.* was saved\."))).to_be_visible()
    expect(page.locator("h1").first).to_contain_text(TAG)


def test_a_department_and_a_search_that_are_tags_stop_nobody(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/hospital/departments")
    page.locator("main").get_by_role("button", name="Add department").first.click()
    page.locator("[name=name]").fill(TAG)
    page.locator("[name=code]").fill("TAG")
    page.get_by_role("dialog").get_by_role("button", name="Add department").click()
    expect(page.get_by_text(f"{TAG} was added.")).to_be_visible()
    page.get_by_role("searchbox").first.fill(TAG)
    page.wait_for_url(re.compile(r"q=%3Creflex\.Var%3E"))
    expect(page.get_by_role("row").filter(has_text=TAG)).to_have_count(1)
