"""What one person changes is on the other's screen at once, and takes nothing from what they type."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

AT_ONCE_MS = 5_000
"""Much less than anybody waits before they load a page anew, also on a busy machine."""


@pytest.fixture
def two(chromium: Browser, hospital: Hospital) -> Iterator[tuple[Page, Page]]:
    """Two receptionists, each at a desk of their own."""
    pages = []
    for _ in range(2):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        pages.append(context.new_page())
        sign_in(pages[-1], hospital, "receptionist")
    yield pages[0], pages[1]
    for page in pages:
        page.context.close()


def _rename(page: Page, hospital: Hospital, patient: str, name: str) -> None:
    open_screen(page, hospital, f"{patient}/edit")
    page.get_by_label("Family name", exact=True).fill(name)
    page.get_by_role("button", name="Save patient").click()
    page.wait_for_url(re.compile(r"/patients/\d+$"))


def test_a_changed_name_is_seen_in_the_open_record_and_the_open_list(
    two: tuple[Page, Page], hospital: Hospital
) -> None:
    first, second = two
    open_screen(second, hospital, "/patients/6")
    beside = second.context.new_page()
    open_screen(beside, hospital, "/patients?sort=-registered")
    beside.get_by_role("searchbox").first.fill("Livingstone")
    expect(beside.get_by_text("Livingstone")).to_have_count(0)
    _rename(first, hospital, "/patients/6", "Livingstone")
    expect(second.get_by_role("heading", level=1)).to_contain_text("Livingstone", timeout=AT_ONCE_MS)
    expect(beside.get_by_role("row").filter(has_text="Livingstone")).to_be_visible(timeout=AT_ONCE_MS)
    expect(beside.get_by_role("searchbox").first).to_have_value("Livingstone")
    expect(beside.get_by_role("searchbox").first).to_be_focused()


def test_a_form_that_is_typed_in_stays_and_says_quietly_who_changed_its_row(
    two: tuple[Page, Page], hospital: Hospital
) -> None:
    first, second = two
    open_screen(second, hospital, "/patients/7/edit")
    typed = second.get_by_label("Preferred name")
    typed.fill("Bea")
    _rename(first, hospital, "/patients/7", "Lightfoot")
    expect(second.get_by_text(re.compile(r"^Changed by "))).to_be_visible(timeout=AT_ONCE_MS)
    expect(typed).to_have_value("Bea")
    expect(typed).to_be_focused()
    assert faults(second) == []
    second.get_by_role("button", name="Save patient").click()
    expect(second.get_by_text("Nothing of theirs is overwritten")).to_be_visible()


def test_an_open_drawer_stays_while_the_list_behind_it_follows(
    two: tuple[Page, Page], hospital: Hospital
) -> None:
    first, second = two
    for page in two:
        open_screen(page, hospital, "/patients/9/contacts")
        page.get_by_role("button", name="Phone", exact=True).click()
    second.get_by_role("textbox", name="Phone number").fill("+49 30 90188")
    first.get_by_role("textbox", name="Phone number").fill("+49 30 901877")
    first.get_by_role("button", name="Save", exact=True).click()
    expect(second.locator("main").get_by_text("+49 30 901877")).to_be_attached(timeout=AT_ONCE_MS)
    expect(second.get_by_role("textbox", name="Phone number")).to_have_value("+49 30 90188")
