"""The first visit of an empty hospital, and that its door is shut afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.actions import FIRST_ADMINISTRATOR, FIRST_PASSWORD, faults, fill_set_up, give_password
from tests.journeys.conftest import Hospital, start_hospital, stop_hospital


@pytest.fixture(scope="module")
def empty_hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """A hospital nobody has set up."""
    started = start_hospital(tmp_path_factory.mktemp("empty-hospital"), "run")
    yield started
    assert stop_hospital(started) == 0


def test_a_newcomer_sets_up_a_hospital_and_signs_in(page: Page, empty_hospital: Hospital) -> None:
    page.goto(f"{empty_hospital.url}/patients")
    page.wait_for_url(f"{empty_hospital.url}/set-up")
    expect(page.get_by_role("button", name="Set up the hospital")).to_be_visible()
    assert faults(page) == []

    fill_set_up(page, "WRONG-CODE-HERE")
    page.get_by_role("button", name="Set up the hospital").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator("[name=name]")).to_have_value("St. Example")

    page.get_by_label("Code from the terminal").fill(empty_hospital.setup_code())
    page.get_by_role("button", name="Set up the hospital").click()
    page.wait_for_url(f"{empty_hospital.url}/sign-in**")
    give_password(page, FIRST_ADMINISTRATOR, FIRST_PASSWORD)
    page.wait_for_url(f"{empty_hospital.url}/")
    expect(page.get_by_role("link", name="Users").first).to_be_visible()


def test_the_set_up_page_is_dead_afterwards(page: Page, empty_hospital: Hospital) -> None:
    page.goto(f"{empty_hospital.url}/set-up")
    page.wait_for_url(f"{empty_hospital.url}/sign-in**")


def test_a_worker_that_dies_is_replaced_and_the_open_page_goes_on(
    page: Page, empty_hospital: Hospital
) -> None:
    page.goto(f"{empty_hospital.url}/sign-in")
    (worker,) = empty_hospital.workers()
    worker.kill()
    worker.wait(10)
    empty_hospital.wait_until_ready()
    give_password(page, FIRST_ADMINISTRATOR, FIRST_PASSWORD)
    expect(page.get_by_role("link", name="Users").first).to_be_visible()
