"""The patient list as work: narrowed, laid out, kept, walked back to, taken along."""

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital


def test_a_list_is_narrowed_kept_and_downloaded_as_it_is_shown(
    page: Page, hospital: Hospital, tmp_path: Path
) -> None:
    sign_in(page, hospital, "accountant")
    open_screen(page, hospital, "/patients")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("From age").fill("60")
    page.get_by_role("button", name="Show patients").click()
    page.wait_for_url(re.compile("age_from=60"))
    expect(page.get_by_text("60 years and older")).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="Payer").click()
    expect(page.get_by_role("columnheader", name="Payer")).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Keep this view").click()
    assert faults(page) == []
    page.get_by_role("dialog").get_by_label("Name").fill("Over sixty")
    page.get_by_role("button", name="Keep view").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    shown = page.locator("tbody .k-cell-link").all_inner_texts()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    download.value.save_as(tmp_path / "patients.csv")
    with (tmp_path / "patients.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["Name"] for row in csv.DictReader(file)] == shown
    open_screen(page, hospital, "/patients")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Over sixty").click()
    page.wait_for_url(re.compile("age_from=60"))
    expect(page.locator("tbody .k-cell-link")).to_have_text(shown)


def test_patients_with_a_condition_are_found_by_its_name(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients")
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("combobox", name=re.compile("Condition")).fill("acute viral")
    page.get_by_role("option", name=re.compile("Acute viral pharyngitis")).click()
    page.get_by_role("button", name="Show patients").click()
    page.wait_for_url(re.compile("condition=195662009"))
    expect(page.get_by_role("link", name=re.compile("Mosciski"))).to_be_visible()
    page.get_by_role("button", name="Remove filter Condition").click()
    expect(page.get_by_role("status").filter(has_text="patients").first).to_contain_text(
        re.compile(r"\d{2,} patients")
    )
