"""From the desk to the doctor, with the board on a second screen."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

AT_ONCE_MS = 5_000


@pytest.fixture
def screens(chromium: Browser, hospital: Hospital) -> Iterator[dict[str, Page]]:
    """The desk, the doctor's room and the waiting room's board."""
    pages = {}
    for name, role in (("desk", "receptionist"), ("doctor", "doctor"), ("board", "nurse")):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        context.set_default_timeout(15_000)
        pages[name] = context.new_page()
        sign_in(pages[name], hospital, role)
    yield pages
    for page in pages.values():
        page.context.close()


def _add_queue(chromium: Browser, hospital: Hospital, name: str, letters: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, hospital, "manager")
    open_screen(page, hospital, "/queues")
    page.get_by_role("button", name="Add queue").first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Whose queue").select_option("department")
    page.get_by_label("Department").select_option(label="Emergency")
    page.get_by_label("People are called by").select_option("arrival")
    page.get_by_label("Letters before the numbers").fill(letters)
    page.get_by_role("dialog").get_by_role("button", name="Add queue").click()
    expect(page.get_by_role("cell", name=name).first).to_be_visible()
    assert faults(page) == []
    context.close()


def _walk_in(desk: Page, patient: str, queue: str, urgent: str = "") -> None:
    desk.get_by_role("button", name="Walk-in").click()
    form = desk.get_by_role("dialog", name="Walk-in")
    form.get_by_role("combobox", name="Patient").press_sequentially(patient)
    form.get_by_role("option").first.click()
    form.get_by_label("Queue").select_option(label=queue)
    if urgent:
        form.get_by_label("Urgent because").fill(urgent)
    form.get_by_role("button", name="Give a number").click()
    expect(form).to_be_hidden()


def test_walk_ins_are_called_seen_and_done_while_the_board_follows(
    screens: dict[str, Page], chromium: Browser, hospital: Hospital
) -> None:
    desk, doctor, board = (screens[name] for name in ("desk", "doctor", "board"))
    _add_queue(chromium, hospital, "Emergency room", "E")
    open_screen(board, hospital, "/board")
    board.get_by_role("link", name="Emergency room").click()
    expect(board.get_by_role("heading", level=1, name="Emergency room")).to_be_visible()
    open_screen(desk, hospital, "/desk")
    _walk_in(desk, "Kerluke", "Emergency room")
    _walk_in(desk, "Schmidt", "Emergency room", urgent="Short of breath")
    expect(board.get_by_text("E2", exact=True)).to_be_visible(timeout=AT_ONCE_MS)
    open_screen(doctor, hospital, "/my-day")
    doctor.get_by_label("Queue").select_option(label="Emergency room")
    doctor.get_by_label("Room").select_option(label="E 1")
    expect(doctor.get_by_text("Urgent")).to_be_visible()
    assert faults(doctor) == []
    doctor.get_by_role("button", name="Call next").click()
    called = board.get_by_role("region", name="Now called")
    expect(called.get_by_text("E2", exact=True)).to_be_visible(timeout=AT_ONCE_MS)
    expect(called.get_by_text("E 1", exact=True)).to_be_visible()
    assert "Schmidt" not in board.content()
    assert faults(board) == []
    doctor.get_by_role("button", name=re.compile("^Start consultation: ")).click()
    expect(desk.get_by_role("region", name="With the doctor").get_by_text("E2")).to_be_visible(
        timeout=AT_ONCE_MS
    )
    assert faults(desk) == []
    doctor.get_by_role("button", name=re.compile("^Finish: ")).first.click()
    expect(desk.get_by_role("region", name="With the doctor").get_by_text("E2")).to_be_hidden(
        timeout=AT_ONCE_MS
    )
    expect(desk.get_by_role("region", name="Waiting").get_by_text("E1")).to_be_visible()
