"""Lists in a browser: a click is one event, the address follows, and walking back and forth shows what it says."""

import csv
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, WebSocket, expect

from tests.journeys.actions import open_screen, sign_in
from tests.journeys.conftest import Hospital


def test_a_filter_is_one_event_and_a_step_that_can_be_walked_back(page: Page, hospital: Hospital) -> None:
    sent = _sent_events(page)
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/administration/users")
    everybody = page.locator("tbody .k-cell-link").all_inner_texts()
    assert len(everybody) > 3
    sent.clear()
    page.get_by_role("button", name="Status", exact=True).click()
    page.get_by_role("menuitemradio", name="Disabled").click()
    page.wait_for_url(re.compile(r"/users\?status=disabled$"))
    expect(page.get_by_text("No user matches")).to_be_visible()
    assert _events_of(sent) == ["users_state.narrow"]
    page.go_back()
    expect(page.locator("tbody .k-cell-link")).to_have_text(everybody)
    assert page.url.endswith("/administration/users")
    page.go_forward()
    expect(page.get_by_text("No user matches")).to_be_visible()
    assert page.url.endswith("?status=disabled")
    page.reload()
    expect(page.get_by_text("No user matches")).to_be_visible()
    expect(page.get_by_role("button", name="Remove filter Status")).to_be_visible()


def test_a_search_stands_in_the_address_and_a_link_to_it_shows_the_same(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/hospital/rooms")
    page.get_by_label("Search rooms").fill("theatre")
    page.wait_for_url(re.compile(r"/rooms\?q=theatre$"))
    expect(page.get_by_role("status").filter(has_text="room")).to_be_visible()
    shown = page.locator("tbody .k-phone-title").all_inner_texts()
    expect(page.get_by_label("Search rooms")).to_be_focused()
    open_screen(page, hospital, "/hospital/rooms?q=theatre")
    expect(page.locator("tbody .k-phone-title")).to_have_text(shown)
    expect(page.get_by_label("Search rooms")).to_have_value("theatre")


def test_a_list_is_downloaded_as_it_is_shown(page: Page, hospital: Hospital, tmp_path: Path) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/hospital/departments")
    shown = page.locator("tbody .k-phone-title").all_inner_texts()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    download.value.save_as(tmp_path / "departments.csv")
    with (tmp_path / "departments.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["Name"] for row in csv.DictReader(file)] == shown


def test_a_screen_is_served_at_the_address_that_links_name(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    for address in ("/patients", "/administration/users?status=active", "/hospital/rooms"):
        answer = page.goto(f"{hospital.url}{address}")
        assert answer
        assert (answer.status, answer.request.redirected_from) == (200, None)
        expect(page.locator("h1").first).to_be_visible()
        assert page.url == f"{hospital.url}{address}"


def _sent_events(page: Page) -> list[str]:
    """The frames that the page sends from now on."""
    sent: list[str] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(_text(frame)))

    page.on("websocket", watch)
    return sent


def _text(frame: Any) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")


def _events_of(sent: list[str]) -> list[str]:
    """The handlers that were called, each by its state's short name."""
    names = [found.group(1) for frame in sent if (found := re.search(r'"name":"([^"]+)"', frame))]
    return [re.sub(r"^.*____", "", name) for name in names]


def test_on_a_phone_a_table_without_further_pages_takes_its_own_height(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "administrator")
    page.set_viewport_size({"width": 390, "height": 500})
    open_screen(page, hospital, "/administration/operations")
    kinds = page.get_by_role("region", name="Kinds of work")
    expect(kinds.get_by_text("Looking for duplicates")).to_be_visible()
    assert kinds.evaluate("table => table.scrollHeight - table.clientHeight") == 0
    assert kinds.evaluate("table => table.clientHeight") > 400
