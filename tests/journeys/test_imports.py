"""Files are read in from the browser: checked first, worked on while one does something else."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.factories.imports import PEOPLE, synthea_zip, workbook
from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

LIST = "/administration/imports"


def _send(page: Page, hospital: Hospital, content: bytes, name: str) -> None:
    open_screen(page, hospital, LIST)
    page.get_by_role("button", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": content})
    page.get_by_role("button", name="Send file").click()
    page.wait_for_url(re.compile(rf"{LIST}/\d+"))


def test_an_export_is_imported_while_one_walks_elsewhere_and_back(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    _send(page, hospital, synthea_zip(), "export.zip")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("If you import now:")).to_be_visible(timeout=90_000)
    assert faults(page) == []
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_role("status").or_(page.get_by_text("Imported:")).first).to_be_visible()
    page.get_by_role("link", name="Departments").click()
    page.wait_for_url(re.compile("/hospital/departments"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Departments")
    page.get_by_role("link", name="Imports", exact=True).click()
    row = page.get_by_role("row").filter(has_text="export.zip").first
    expect(row.get_by_text("Imported")).to_be_visible(timeout=90_000)
    row.get_by_role("link", name="export.zip").click()
    expect(page.get_by_text("Imported:")).to_be_visible()
    files = page.get_by_role("row")
    expect(files.filter(has_text="patients")).to_contain_text("27")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    assert "patients,,27," in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_a_list_is_mapped_previewed_checked_and_imported(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    text = PEOPLE.replace("13/04/1980", "03/04/1980").replace("30/06/2001", "05/06/2001")
    _send(page, hospital, text.encode("cp1252"), "people.csv")
    expect(page.get_by_text("can be read in more than one order")).to_be_visible()
    page.get_by_label("Dates in figures").select_option("dmy")
    assert faults(page) == []
    page.get_by_role("button", name="Keep columns").click()
    expect(page.get_by_role("cell", name="1980-04-03")).to_be_visible()
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_text("3 new, 0 changed")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Imported:")).to_be_visible(timeout=60_000)


def test_a_workbook_is_mapped_checked_and_imported_whatever_its_file_is_called(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "administrator")
    rows = [
        ["MRN", "Last name", "First name", "Date of birth", "Sex"],
        ["W-1", "Workbook", "Willa", "1980-04-03", "f"],
    ]
    _send(page, hospital, workbook(rows), "old people")
    page.get_by_role("button", name="Keep columns").click()
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_text("1 new, 0 changed")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Import now").click()
    expect(page.get_by_text("Imported:")).to_be_visible(timeout=60_000)
    open_screen(page, hospital, "/administration/imports")
    expect(page.get_by_role("row").filter(has_text="old people").first).to_contain_text("Imported")


def test_what_cannot_be_read_in_is_refused_beside_the_field(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, LIST)
    page.get_by_role("button", name="Import a file").first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.4 not a list"}
    )
    page.get_by_role("button", name="Send file").click()
    expect(page.get_by_text("This file is of no kind that can be read in.")).to_be_visible()
