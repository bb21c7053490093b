"""The chart in a browser: documents that come, are looked at and go; a history that is written."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories.files import pdf, picture
from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """Files on the person's own computer."""
    contents = {
        "letter": ("letter of the clinic.pdf", pdf("Dear colleague")),
        "scan": ("scan.png", picture("PNG", (400, 300))),
        "page": ("invoice.pdf", b"<html><script>alert(1)</script></html>"),
    }
    paths = {key: tmp_path / name for key, (name, _) in contents.items()}
    for key, (_, content) in contents.items():
        paths[key].write_bytes(content)
    return paths


def _choose(page: Page, file: Path, kind: str) -> None:
    drawer = page.get_by_role("dialog", name="Add document")
    drawer.get_by_label("File").set_input_files(file)
    drawer.get_by_label("Kind").select_option(kind)
    drawer.get_by_role("button", name="Add document").click()


def test_a_document_is_uploaded_looked_at_and_downloaded_and_a_disguised_one_refused(
    page: Page, hospital: Hospital, papers: dict[str, Path]
) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/2/documents")
    page.get_by_role("button", name="Add document").first.click()
    _choose(page, papers["page"], "letter")
    expect(page.get_by_text("This file is a web page or drawing")).to_be_visible()
    assert faults(page) == []
    _choose(page, papers["letter"], "letter")
    expect(page.get_by_role("dialog", name="Add document")).to_have_count(0)
    row = page.get_by_role("row", name=re.compile("letter of the clinic"))
    expect(row).to_be_visible()
    with page.expect_response(re.compile(r"/files/documents/\d+\?show=1")) as shown:
        row.get_by_role("button", name="letter of the clinic").click()
    assert shown.value.status == 200
    looked = page.get_by_role("dialog", name="letter of the clinic")
    expect(looked.locator("iframe")).to_be_visible()
    with page.expect_download() as coming:
        looked.get_by_role("link", name="Download").click()
    assert coming.value.suggested_filename == "letter of the clinic.pdf"
    assert Path(coming.value.path()).read_bytes() == papers["letter"].read_bytes()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add document").first.click()
    _choose(page, papers["scan"], "imaging_report")
    page.get_by_role("button", name="scan", exact=True).click()
    image = page.get_by_role("dialog").get_by_role("img", name="scan")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 400


def test_a_dropped_file_opens_the_form_with_the_file_in_it(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "nurse")
    open_screen(page, hospital, "/patients/3/documents")
    dropped = page.evaluate_handle(
        "() => { const data = new DataTransfer();"
        " data.items.add(new File(['Blood pressure at home'], 'notes.txt', {type: 'text/plain'})); return data; }"
    )
    page.dispatch_event(".k-drop", "drop", {"dataTransfer": dropped})
    drawer = page.get_by_role("dialog", name="Add document")
    expect(drawer).to_be_visible()
    drawer.get_by_label("Kind").select_option("other")
    drawer.get_by_role("button", name="Add document").click()
    expect(page.get_by_role("row", name=re.compile("notes"))).to_be_visible()


def test_an_allergy_is_recorded_by_keyboard_and_stands_in_the_banner_at_once(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/2/history?add=allergy")
    drawer = page.get_by_role("dialog", name="Record allergy")
    expect(drawer.get_by_role("combobox", name="Substance")).to_be_focused()
    page.keyboard.type("Rubber gloves")
    drawer.get_by_label("Category").select_option("environment")
    drawer.get_by_label("Since", exact=False).first.fill("soon")
    page.keyboard.press("Enter")
    expect(drawer.get_by_text("Write a year, a month or a day")).to_be_visible()
    assert faults(page) == []
    drawer.get_by_label("Since", exact=False).first.fill("May 2019")
    page.keyboard.press("Enter")
    expect(drawer).to_have_count(0)
    expect(page.get_by_label("Allergies and alerts").get_by_text("Rubber gloves")).to_be_visible()
    page.get_by_role("button", name="Actions for Rubber gloves").click()
    page.get_by_role("menuitem", name="Entered in error").click()
    asked = page.get_by_role("dialog", name="Mark as entered in error")
    asked.get_by_label("Why").fill("Another patient's")
    asked.get_by_role("button", name="Mark as entered in error").click()
    expect(page.get_by_label("Allergies and alerts").get_by_text("Rubber gloves")).to_have_count(0)


def test_a_medicine_that_meets_an_allergy_wants_a_reason(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/4/history?add=allergy")
    drawer = page.get_by_role("dialog", name="Record allergy")
    drawer.get_by_role("combobox", name="Substance").fill("Zanthoxyl")
    drawer.get_by_label("Category").select_option("medication")
    drawer.get_by_role("button", name="Record", exact=True).click()
    expect(drawer).to_have_count(0)
    open_screen(page, hospital, "/patients/4/history?add=medication")
    drawer = page.get_by_role("dialog", name="Record medication")
    drawer.get_by_role("combobox", name="Medicine").fill("Zanthoxyl 20 mg")
    drawer.get_by_label("Dosage").fill("One in the evening")
    drawer.get_by_role("button", name="Record", exact=True).click()
    expect(drawer.get_by_role("alert").filter(has_text="Recorded allergy: Zanthoxyl.")).to_be_visible()
    reason = drawer.get_by_label("Why it is given in spite of the allergy")
    expect(reason).to_be_focused()
    expect(drawer.get_by_label("Dosage")).to_have_value("One in the evening")
    assert faults(page) == []
    drawer.get_by_role("button", name="Record", exact=True).click()
    expect(drawer.get_by_text("Say why it is given all the same")).to_be_visible()
    reason.fill("Tolerated twice since")
    drawer.get_by_role("button", name="Record", exact=True).click()
    expect(drawer).to_have_count(0)
    expect(page.get_by_text("in spite of an allergy: Tolerated twice since")).to_be_visible()


def test_a_visit_opens_with_what_happened_in_it(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/1/visits")
    page.get_by_role("row").nth(1).get_by_role("button").first.click()
    opened = page.get_by_role("dialog")
    expect(opened.get_by_role("list", name="What happened in this visit")).to_be_visible()
    assert faults(page) == []
