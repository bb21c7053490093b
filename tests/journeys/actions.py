"""What people do in every journey: sign in, wait for a screen, look for faults."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from tests.journeys.conftest import Hospital
from tests.journeys.line import Line

EMAILS = {entry["id"]: entry["email"] for entry in demo_sign_ins()}
FIRST_ADMINISTRATOR = "ada@example.org"
FIRST_PASSWORD = "brass lanterns over the quiet ferry"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def sign_in(page: Page, hospital: Hospital | Line, role: str) -> None:
    """Sign in as the demo hospital's person of `role` and wait for the first screen."""
    page.goto(f"{hospital.url}/sign-in")
    give_password(page, EMAILS[role], DEMO_PASSWORD)
    page.wait_for_url(f"{hospital.url}/")
    expect(page.get_by_role("navigation").first).to_be_visible()


def give_password(page: Page, email: str, password: str) -> None:
    """Fill in the sign-in form and send it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def fill_set_up(page: Page, code: str) -> None:
    """Fill in the form of an empty hospital's first visit."""
    page.get_by_label("Code from the terminal").fill(code)
    page.locator("[name=name]").fill("St. Example")
    page.locator("[name=currency]").select_option("EUR")
    page.locator("[name=admin_name]").fill("Ada Admin")
    page.locator("[name=admin_email]").fill(FIRST_ADMINISTRATOR)
    page.locator("[name=password]").fill(FIRST_PASSWORD)
    page.locator("[name=password_again]").fill(FIRST_PASSWORD)


def set_up(page: Page, hospital: Hospital) -> None:
    """Set an empty hospital up and sign in as its first administrator."""
    page.goto(f"{hospital.url}/set-up")
    fill_set_up(page, hospital.setup_code())
    page.get_by_role("button", name="Set up the hospital").click()
    page.wait_for_url(f"{hospital.url}/sign-in**")
    give_password(page, FIRST_ADMINISTRATOR, FIRST_PASSWORD)
    page.wait_for_url(f"{hospital.url}/")
    expect(page.get_by_role("navigation").first).to_be_visible()


def open_screen(page: Page, hospital: Hospital | Line, address: str) -> None:
    """Go to an address and wait until it shows its title and nothing is loading."""
    page.goto(f"{hospital.url}{address}")
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_function("!document.querySelector('main .k-skeleton')")


def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA on the page as it stands, once nothing fades in any more."""
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary'][:300]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
