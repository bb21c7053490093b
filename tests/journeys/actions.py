"""What people do in every journey: sign in, wait for a screen, look for faults."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from hms_app.domain.workflows.load_demo import DEMO_PASSWORD, demo_sign_ins
from tests.journeys.conftest import Hospital

EMAILS = {entry["id"]: entry["email"] for entry in demo_sign_ins()}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def sign_in(page: Page, hospital: Hospital, role: str) -> None:
    """Sign in as the demo hospital's person of `role` and wait for the first screen."""
    page.goto(f"{hospital.url}/sign-in")
    page.get_by_label("E-mail address").fill(EMAILS[role])
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{hospital.url}/")
    expect(page.get_by_role("navigation").first).to_be_visible()


def open_screen(page: Page, hospital: Hospital, address: str) -> None:
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
