"""A patient who is there twice: found by the scan, merged, and parted again."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital
from tests.journeys.test_registration import _new_name, _registered

LED_ON = re.compile(r"/patients/\d+/?\?merged=\d+$")


def _register(page: Page, hospital: Hospital, family: str, given: str) -> str:
    """Register somebody born on 9 March 1951, whoever looks alike; returns the number."""
    open_screen(page, hospital, "/patients/register")
    page.locator("[name=family_name]").fill(family)
    page.locator("[name=given_names]").fill(given)
    page.locator("[name=birth]").fill("9 March 1951")
    page.get_by_label("Female").check()
    page.get_by_role("button", name="Register patient").click()
    reason = page.locator("[name=duplicate_reason]")
    done = page.get_by_role("heading", name=f"{given} {family} is registered")
    expect(reason.or_(done).first).to_be_visible()
    if reason.is_visible():
        reason.fill("Was in a hurry")
        page.get_by_role("button", name="Register patient").click()
    return _registered(page, f"{given} {family}")


def _scan(page: Page, hospital: Hospital) -> None:
    """Start a scan, leave the page while it runs, and come back when it is through."""
    open_screen(page, hospital, "/patients/duplicates")
    page.get_by_role("button", name="Scan the register").first.click()
    expect(page.get_by_role("status").filter(has_text=re.compile("Scan(ned|ning)"))).to_be_visible()
    open_screen(page, hospital, "/patients")
    open_screen(page, hospital, "/patients/duplicates")
    expect(page.get_by_role("status").filter(has_text="Scanned")).to_be_visible(timeout=60_000)


def _search(page: Page, hospital: Hospital, text: str) -> None:
    open_screen(page, hospital, "/patients")
    page.get_by_role("searchbox").first.fill(text)


def test_two_records_of_one_person_are_merged_and_parted_again(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    family = _new_name()
    kept = _register(page, hospital, family, "Berit")
    other = _register(page, hospital, family, "Berrit")
    _scan(page, hospital)
    page.get_by_role("row", name=re.compile(family)).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Compare two records")).to_be_visible()
    expect(page.get_by_text("Given name nearly the same: Berit / Berrit")).to_be_visible()
    comparison = page.url
    assert faults(page) == []

    page.get_by_role("radio", name="This number stays").first.check()
    page.get_by_role("radio", name="Given names: Berrit").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Merge Berrit {family} into Berit {family}?")
    expect(dialog.get_by_text(f"Everything of {other} goes to {kept}")).to_be_visible()
    assert faults(page) == []
    dialog.get_by_label("Reason").fill("Same passport shown")
    dialog.get_by_role("button", name="Merge records").click()
    expect(page).to_have_url(LED_ON)
    expect(page.get_by_text(f"{other}. That record was merged into this one.")).to_be_visible()
    expect(page.get_by_role("region", name="Patient").get_by_text(f"Berrit {family}")).to_be_visible()

    _search(page, hospital, other)
    expect(page.get_by_role("link", name=f"Berrit {family}")).to_have_count(1)
    open_screen(page, hospital, f"/patients/{comparison.rstrip('/').rsplit('/', 1)[1]}")
    expect(page).to_have_url(LED_ON)
    expect(page.get_by_role("region", name="Patient").get_by_text(kept)).to_be_visible()

    page.goto(comparison)
    expect(page.get_by_text(f"{other} was merged into {kept}")).to_be_visible()
    page.get_by_role("button", name="Undo merge").first.click()
    undoing = page.get_by_role("dialog", name=re.compile("again"))
    undoing.get_by_role("button", name="Undo merge").click()
    expect(page.get_by_role("button", name="Merge", exact=True)).to_be_visible()
    _search(page, hospital, family)
    expect(page.get_by_role("link", name=re.compile(family))).to_have_count(2)


def test_two_records_that_no_scan_proposed_are_merged_from_the_record(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    families = [_new_name(), _new_name()]
    kept, other = (_register(page, hospital, family, "Ingrid") for family in families)
    _search(page, hospital, kept)
    page.get_by_role("link", name=f"Ingrid {families[0]}").click()
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Merge with another record").click()
    dialog = page.get_by_role("dialog", name="Which other record")
    dialog.get_by_role("button", name="Compare records").click()
    expect(dialog.get_by_text("Choose a record of the list.")).to_be_visible()
    dialog.get_by_role("combobox", name="Other record").press_sequentially(other)
    dialog.get_by_role("option", name=families[1]).click()
    assert faults(page) == []
    dialog.get_by_role("button", name="Compare records").click()
    expect(page.get_by_role("heading", name="Compare two records")).to_be_visible()
    expect(page.get_by_text(f"Ingrid {families[0]} ({kept}) stays and takes in")).to_be_visible()
    expect(page.get_by_role("columnheader", name=families[1])).to_contain_text("Is taken in")
    page.get_by_role("radio", name="This number stays").last.check()
    expect(page.get_by_role("columnheader", name=families[0])).to_contain_text("Is taken in")
    expect(page.get_by_role("columnheader", name=families[1])).to_contain_text("Stays")
    assert faults(page) == []
    page.get_by_role("button", name="Merge", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Merge records").click()
    expect(page).to_have_url(LED_ON)
    expect(page.get_by_text(f"{kept}. That record was merged into this one.")).to_be_visible()


def test_two_people_do_not_come_up_again(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    family = _new_name()
    _register(page, hospital, family, "Solveig")
    _register(page, hospital, family, "Solveigh")
    _scan(page, hospital)
    row = page.get_by_role("row", name=re.compile(family))
    row.get_by_role("link").first.click()
    page.get_by_role("button", name="Not a duplicate").click()
    page.get_by_role("dialog").get_by_label("Reason").fill("Twins")
    page.get_by_role("button", name="Two people").click()
    expect(page.get_by_text("Somebody said that these are two people")).to_be_visible()
    _scan(page, hospital)
    expect(row).to_have_count(0)
    open_screen(page, hospital, "/patients/duplicates?status=not_duplicate")
    expect(row).to_contain_text("Twins")
