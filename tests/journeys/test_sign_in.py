"""Coming in, being locked out of an idle session, and what each role is shown."""

from playwright.sync_api import Page, expect

from tests.journeys.actions import DEMO_PASSWORD, EMAILS, open_screen, sign_in
from tests.journeys.conftest import Hospital


def test_a_wrong_password_is_refused_with_a_sentence(page: Page, hospital: Hospital) -> None:
    page.goto(f"{hospital.url}/sign-in")
    page.get_by_label("E-mail address").fill(EMAILS["doctor"])
    page.get_by_label("Password", exact=True).fill("not the password at all")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert "not the password" not in page.content()
    expect(page.get_by_label("E-mail address")).to_have_value(EMAILS["doctor"])
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.goto(f"{hospital.url}/sign-in")
    expect(page.get_by_label("E-mail address")).to_have_value("")


def test_the_session_cookie_is_out_of_reach_of_scripts(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    cookie = next(c for c in page.context.cookies() if c["name"] == "hms_session")
    assert cookie["httpOnly"]
    assert cookie["secure"]
    assert cookie["sameSite"] == "Strict"
    assert "hms_session" not in page.evaluate("document.cookie")


def test_the_lock_screen_covers_the_work_and_gives_it_back(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients")
    page.get_by_role("searchbox").first.fill("a")
    page.evaluate("window.hmsLock()")
    lock = page.get_by_role("dialog", name="Locked")
    expect(lock).to_be_visible()
    lock.get_by_label("Password", exact=True).fill("wrong")
    lock.get_by_role("button", name="Unlock").click()
    expect(lock.get_by_role("alert")).not_to_be_empty()
    lock.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    lock.get_by_role("button", name="Unlock").click()
    expect(lock).to_be_hidden()
    expect(page.get_by_role("searchbox").first).to_have_value("a")


def test_the_menus_of_roles_differ(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    menu = page.get_by_role("navigation").first
    expect(menu.get_by_role("link", name="Audit trail")).to_be_visible()
    expect(menu.get_by_role("link", name="Patients")).to_have_count(0)
    page.context.clear_cookies()
    sign_in(page, hospital, "doctor")
    menu = page.get_by_role("navigation").first
    expect(menu.get_by_role("link", name="Patients")).to_be_visible()
    expect(menu.get_by_role("link", name="Audit trail")).to_have_count(0)


def test_a_cashier_opening_a_clinical_address_is_refused(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "cashier")
    received: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(str(frame))))
    page.goto(f"{hospital.url}/patients/1/timeline")
    page.wait_for_url(f"{hospital.url}/not-permitted**")
    expect(page.get_by_role("heading", name="Your roles do not open this screen")).to_be_visible()
    assert not any("Encounter" in frame for frame in received)


def test_signing_out_ends_the_session_on_the_server(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "nurse")
    cookies = page.context.cookies()
    page.request.post(f"{hospital.url}/auth/sign-out", headers={"Origin": hospital.url})
    page.context.clear_cookies()
    page.context.add_cookies(cookies)  # type: ignore[arg-type]
    page.goto(f"{hospital.url}/patients")
    page.wait_for_url(f"{hospital.url}/sign-in**")
