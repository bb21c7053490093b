"""The end of a session is announced, nothing outlives it on the screen, and the sign-in leads back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.actions import DEMO_PASSWORD, EMAILS, faults, give_password, open_screen, sign_in
from tests.journeys.conftest import Hospital
from tests.journeys.line import Line, line_to
from tests.journeys.sessions import end_sessions, let_sessions_end_in

STORE = "sessionStorage.getItem('hms-typed')"
FOUR_MINUTES = 240
HOURS = "12:00:00"
SIGNED_OUT = re.compile("/sign-in/?[?]problem=signed-out&next=")
REGISTER = re.compile("/patients/register/?$")


@pytest.fixture
def line(hospital: Hospital) -> Iterator[Line]:
    """The way to the demo hospital, which can be cut."""
    with line_to(hospital) as made:
        yield made


def _type_a_name(page: Page, name: str) -> None:
    expect(page.locator("[name=family_name]")).to_be_focused()
    page.locator("[name=family_name]").fill(name)
    page.wait_for_function(STORE)


def test_the_end_is_announced_and_signing_in_again_before_it_gives_everything_back(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    let_sessions_end_in(hospital, EMAILS["receptionist"], FOUR_MINUTES)
    open_screen(page, hospital, "/patients/register")
    _type_a_name(page, "Unfinished")
    banner = page.get_by_role("alert").filter(has_text="Your session ends at")
    expect(banner).to_have_text(re.compile(r"Your session ends at \d\d:\d\d\. "))
    assert faults(page) == []
    banner.get_by_role("button", name="Sign in again").click()
    page.wait_for_url(re.compile("/sign-in/?[?]next="))
    give_password(page, EMAILS["receptionist"], DEMO_PASSWORD)
    page.wait_for_url(REGISTER)
    expect(page.locator("[name=family_name]")).to_have_value("Unfinished")
    expect(page.get_by_text("Your session ends at")).to_have_count(0)


def test_the_announcement_stands_in_the_dialog_that_is_open(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    let_sessions_end_in(hospital, EMAILS["administrator"], FOUR_MINUTES)
    open_screen(page, hospital, "/administration/users")
    page.get_by_role("button", name="Invite user").click()
    dialog = page.get_by_role("dialog", name="Invite a user")
    dialog.get_by_label("Name").fill("Not yet")
    dialog.get_by_role("button", name="Sign in again").click()
    page.wait_for_url(re.compile("/sign-in/?[?]next="))
    give_password(page, EMAILS["administrator"], DEMO_PASSWORD)
    expect(dialog.get_by_label("Name")).to_have_value("Not yet")


def test_when_the_hours_are_over_the_screen_and_what_was_typed_are_gone(
    page: Page, hospital: Hospital
) -> None:
    page.clock.install()
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    _type_a_name(page, "Too late")
    page.on("dialog", lambda dialog: dialog.accept())
    page.clock.fast_forward(HOURS)
    page.wait_for_url(re.compile("/sign-in/?[?]problem=session-ended&next=%2Fpatients%2Fregister"))
    expect(page.get_by_text("Your session has ended. Sign in again.")).to_be_visible()
    assert "Too late" not in page.content()
    assert page.evaluate(STORE) is None
    give_password(page, EMAILS["receptionist"], DEMO_PASSWORD)
    page.wait_for_url(REGISTER)
    expect(page.locator("[name=family_name]")).to_be_focused()
    expect(page.locator("[name=family_name]")).to_have_value("")


def test_what_was_typed_does_not_outlive_the_hours_at_the_sign_in_page_either(
    page: Page, hospital: Hospital
) -> None:
    page.clock.install()
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    _type_a_name(page, "Too late")
    end_sessions(hospital, EMAILS["receptionist"])
    page.evaluate("window.isBeforeTheDoor = true")
    page.keyboard.type("!")
    page.wait_for_url(SIGNED_OUT)
    page.wait_for_function(f"!window.isBeforeTheDoor && {STORE}")
    page.clock.fast_forward(HOURS)
    page.wait_for_function(f"{STORE} === null")


def test_a_deep_link_leads_there_after_signing_in_with_its_filters(page: Page, hospital: Hospital) -> None:
    page.goto(f"{hospital.url}/patients?sex=female&sort=-name")
    expect(page.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()
    give_password(page, EMAILS["receptionist"], "wrong")
    expect(page.get_by_text("The e-mail address or the password is wrong.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/patients/?\?sex=female&sort=-name$"))
    expect(page.get_by_role("button", name="Remove filter Sex")).to_be_visible()


@pytest.mark.parametrize("address", ["//evil.example", "javascript:alert(1)", "/\\evil.example", "/sign-in"])
def test_a_forged_way_back_leads_to_the_first_page(page: Page, hospital: Hospital, address: str) -> None:
    page.goto(f"{hospital.url}/sign-in")
    page.evaluate(
        "address => history.replaceState(null, '', '/sign-in?' + new URLSearchParams({ next: address }))",
        address,
    )
    give_password(page, EMAILS["receptionist"], DEMO_PASSWORD)
    page.wait_for_url(f"{hospital.url}/")


def test_signing_in_again_in_one_tab_lets_the_others_go_on(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    other = page.context.new_page()
    open_screen(page, hospital, "/patients/register")
    open_screen(other, hospital, "/patients")
    end_sessions(hospital, EMAILS["receptionist"])
    page.get_by_role("link", name="Patients", exact=True).click()
    page.wait_for_url("**/sign-in?**")
    other.get_by_role("searchbox").fill("a")
    other.wait_for_url("**/sign-in?**")
    give_password(page, EMAILS["receptionist"], DEMO_PASSWORD)
    other.wait_for_url(re.compile("/patients/?$"))
    expect(other.get_by_role("searchbox")).to_be_visible()


def test_a_locked_screen_keeps_its_work_through_a_lost_line_and_a_lost_state(page: Page, line: Line) -> None:
    sign_in(page, line, "receptionist")
    open_screen(page, line, "/patients/register")
    _type_a_name(page, "Under lock")
    page.evaluate("window.hmsLock()")
    lock = page.get_by_role("dialog", name="Locked")
    expect(lock).to_be_visible()
    line.cut()
    expect(page.locator("[data-connection-lost]")).to_have_count(1)
    line.mend()
    expect(page.locator("[data-connection-lost]")).to_have_count(0)
    with page.expect_navigation():
        page.evaluate("() => { sessionStorage.removeItem('token'); window.hmsKept.leave(location.href); }")
    expect(lock).to_be_visible()
    assert "Under lock" not in page.content()
    lock.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    lock.get_by_role("button", name="Unlock").click()
    expect(page.locator("[name=family_name]")).to_have_value("Under lock")
