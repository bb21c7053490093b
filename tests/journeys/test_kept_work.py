"""What was typed outlives a lost connection, a server that starts again and a new sign-in, and nobody else sees it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.actions import DEMO_PASSWORD, EMAILS, give_password, open_screen, sign_in
from tests.journeys.conftest import Hospital, start_hospital, stop_hospital
from tests.journeys.line import Line, line_to
from tests.journeys.sessions import end_sessions

STORE = "sessionStorage.getItem('hms-typed')"
BACK = "What you had typed is back."


@pytest.fixture
def line(hospital: Hospital) -> Iterator[Line]:
    """The way to the demo hospital, which can be cut."""
    with line_to(hospital) as made:
        yield made


@dataclass
class Restartable:
    """A hospital of one's own behind a line that leads to it also after it was started again elsewhere."""

    directory: Path
    hospital: Hospital
    line: Line

    def restart(self) -> None:
        """Stop it and start it anew, as after an upgrade."""
        self.line.cut()
        assert stop_hospital(self.hospital) == 0
        self.hospital = start_hospital(self.directory, "demo")
        self.line.lead_to(self.hospital)
        self.line.mend()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Restartable]:
    """A demo hospital that a test may stop."""
    hospital = start_hospital(tmp_path, "demo")
    with line_to(hospital) as made:
        ward = Restartable(tmp_path, hospital, made)
        yield ward
    assert stop_hospital(ward.hospital) == 0


def _new_name() -> str:
    """A family name nobody else bears."""
    return "Zq" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:8])


def _open_registration(page: Page, place: Hospital | Line) -> None:
    open_screen(page, place, "/patients/register")
    expect(page.locator("[name=family_name]")).to_be_focused()


def _fill_registration(page: Page, family: str) -> None:
    page.locator("[name=family_name]").fill(family)
    page.locator("[name=given_names]").fill("Ömer 𝄞 <b>")
    page.locator("[name=birth]").fill("3.2.1980")
    page.get_by_label("Female").check()
    page.get_by_text("Add gender, marital status").click()
    page.locator("[name=language]").select_option("de")


def _expect_registration(page: Page, family: str) -> None:
    expect(page.get_by_text(BACK)).to_be_visible()
    expect(page.locator("[name=family_name]")).to_have_value(family)
    expect(page.locator("[name=given_names]")).to_have_value("Ömer 𝄞 <b>")
    expect(page.locator("[name=birth]")).to_have_value("3.2.1980")
    expect(page.get_by_label("Female")).to_be_checked()
    expect(page.locator("[name=language]")).to_have_value("de")
    expect(page.locator("[name=language]")).to_be_visible()


def _expect_menu(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Today")).to_be_visible()


def _cut_and_mend(page: Page, line: Line) -> None:
    line.cut()
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    line.mend()
    expect(page.get_by_text("Connection lost.")).to_have_count(0)


def test_a_cut_line_loses_nothing_typed_not_even_while_it_is_cut(page: Page, line: Line) -> None:
    sign_in(page, line, "receptionist")
    _open_registration(page, line)
    family = _new_name()
    _fill_registration(page, family[:-1])
    line.cut()
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    page.locator("[name=family_name]").press("End")
    page.keyboard.type(family[-1])
    line.mend()
    expect(page.get_by_text("Connection lost.")).to_have_count(0)
    _expect_registration(page, family)
    expect(page.locator("[name=family_name]")).to_be_focused()
    expect(page.locator("#field-birth-note")).to_contain_text("3 Feb 1980 ·")
    _expect_menu(page)
    page.get_by_role("button", name="Register patient").click()
    expect(page.get_by_role("heading", name=f"{family} is registered")).to_be_visible()
    assert page.evaluate(STORE) is None
    page.get_by_role("button", name="Register another").click()
    expect(page.locator("[name=family_name]")).to_have_value("")
    expect(page.get_by_text(BACK)).to_have_count(0)


def test_what_is_kept_cannot_be_read_without_the_persons_key(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    _open_registration(page, hospital)
    family = _new_name()
    page.locator("[name=family_name]").fill(family)
    page.wait_for_function(STORE)
    assert family not in page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    page.evaluate(
        "sessionStorage.setItem('hms-typed', sessionStorage.getItem('hms-typed').replace(/.{9}\"}$/, 'AAAAAAAA=\"}'))"
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("[name=family_name]")).to_be_focused()
    expect(page.locator("[name=family_name]")).to_have_value("")


def test_passwords_and_codes_are_never_kept(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "nurse")
    open_screen(page, hospital, "/my-account")
    for field in ("Password now", "New password", "New password again"):
        page.get_by_label(field, exact=True).fill("brass lanterns over the quiet ferry")
    page.get_by_role("button", name="Show password").first.click()
    page.get_by_label("Password now").press("End")
    page.keyboard.type("x")
    page.get_by_role("button", name="Set up", exact=True).click()
    page.get_by_label("Code").fill("123456")
    assert page.evaluate(STORE) is None


def test_a_drawer_over_a_record_is_opened_again_with_what_was_typed(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/1/history")
    page.get_by_role("button", name="Record allergy").click()
    drawer = page.get_by_role("dialog", name="Record allergy")
    _choose(drawer, "term", "pe", "Penicillin V")
    _choose(drawer, "reaction_1", "a", "")
    drawer.locator("[name=category]").select_option(index=1)
    drawer.locator("[name=note]").fill("Since childhood\nsays the mother")
    chosen = {
        name: drawer.locator(f"[name={name}]").input_value()
        for name in ("term", "term-text", "reaction_1", "category")
    }
    assert chosen["term"].isdecimal()
    _lose_the_state(page)
    drawer = page.get_by_role("dialog", name="Record allergy")
    expect(drawer.get_by_text(BACK)).to_be_visible()
    for name, value in chosen.items():
        expect(drawer.locator(f"[name={name}]")).to_have_value(value)
    expect(drawer.locator("[name=note]")).to_have_value("Since childhood\nsays the mother")
    drawer.get_by_role("button", name="Cancel").click()
    expect(drawer).to_have_count(0)
    page.wait_for_function(f"{STORE} === null")
    _lose_the_state(page)
    _expect_menu(page)
    expect(page.get_by_role("button", name="Record allergy")).to_be_visible()
    expect(page.get_by_role("dialog", name="Record allergy")).to_have_count(0)


def test_an_answer_comes_back_with_its_question(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "doctor")
    open_screen(page, hospital, "/patients/1/history")
    page.get_by_role("button", name="Record social history").click()
    drawer = page.get_by_role("dialog", name=re.compile("Record"))
    drawer.locator("[name=question]").select_option(index=1)
    question = drawer.locator("[name=question]").input_value()
    expect(drawer.locator("select[name=answer] option")).not_to_have_count(1)
    drawer.locator("select[name=answer]").select_option(index=2)
    answer = drawer.locator("[name=answer]").input_value()
    _lose_the_state(page)
    expect(drawer.get_by_text(BACK)).to_be_visible()
    expect(drawer.locator("[name=question]")).to_have_value(question)
    expect(drawer.locator("[name=answer]")).to_have_value(answer)


def test_somebody_elses_change_meanwhile_is_named_over_what_was_typed(
    page: Page, chromium: Browser, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/2/edit")
    page.locator("[name=preferred_name]").fill("Bee")
    page.locator("[name=birth_place]").fill("Springfield")
    other = chromium.new_context().new_page()
    sign_in(other, hospital, "receptionist")
    open_screen(other, hospital, "/patients/2/edit")
    theirs = _new_name()
    other.locator("[name=preferred_name]").fill(theirs)
    other.get_by_role("button", name="Save patient").click()
    other.wait_for_url(re.compile(r"/patients/2/?$"))
    other.context.close()
    _lose_the_state(page)
    expect(page.get_by_text(f"Preferred name is now {theirs}.")).to_be_visible()
    expect(page.locator("[name=preferred_name]")).to_have_value("Bee")
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("[name=preferred_name]")).to_have_value(theirs)
    expect(page.locator("[name=birth_place]")).not_to_have_value("Springfield")
    page.wait_for_function(f"{STORE} === null")


def test_a_saved_form_that_leads_to_another_page_is_forgotten_and_a_refused_one_is_not(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/3/edit")
    page.locator("[name=birth]").fill("no date at all")
    page.locator("[name=birth_place]").fill(_new_name())
    page.get_by_role("button", name="Save patient").click()
    expect(page.locator("[name=birth]")).to_have_attribute("aria-invalid", "true")
    _lose_the_state(page)
    expect(page.get_by_text(BACK, exact=True)).to_be_visible()
    expect(page.locator("[name=birth]")).to_have_value("no date at all")
    page.locator("[name=birth]").fill("3 Feb 1980")
    page.get_by_role("button", name="Save patient").click()
    page.wait_for_url(re.compile(r"/patients/3/?$"))
    page.wait_for_function(f"{STORE} === null")
    open_screen(page, hospital, "/patients/3/edit")
    expect(page.locator("[name=birth_place]")).to_be_visible()
    expect(page.get_by_text(BACK)).to_have_count(0)


def test_whoever_leaves_a_form_on_purpose_finds_it_empty(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    _open_registration(page, hospital)
    page.locator("[name=family_name]").fill("Gone")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/patients")
    page.wait_for_function(f"{STORE} === null")
    page.locator("main").get_by_role("link", name="Register patient").click()
    expect(page.locator("[name=family_name]")).to_have_value("")


def test_a_search_outlives_a_lost_state_but_not_the_page(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients")
    everybody = page.get_by_role("status").first.inner_text()
    page.get_by_role("searchbox").fill("Mosciski")
    expect(page.get_by_role("row", name=re.compile("Mosciski")).first).to_be_visible()
    expect(page.get_by_role("status").first).not_to_have_text(everybody)
    found = page.get_by_role("status").first.inner_text()
    _lose_the_state(page)
    expect(page.get_by_role("searchbox")).to_have_value("Mosciski")
    expect(page.get_by_role("status").first).to_have_text(found)
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Today").click()
    page.wait_for_function(f"{STORE} === null")


def test_choices_about_two_records_outlive_a_lost_state(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/duplicates/1/2")
    survivors = page.get_by_role("radio", name="This number stays")
    survivors.nth(1).check()
    line = page.locator("tr[data-differs=true]").first
    other = line.locator("input:not(:checked)")
    kept = other.get_attribute("aria-label") or ""
    other.check()
    _lose_the_state(page)
    expect(page.get_by_role("radio", name=kept, exact=True)).to_be_checked()
    expect(survivors.nth(1)).to_be_checked()
    expect(page.locator("th").nth(2).get_by_text("Stays", exact=True)).to_be_visible()


def test_changes_of_roles_that_are_not_saved_outlive_a_lost_state(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "administrator")
    open_screen(page, hospital, "/administration/roles")
    cell = page.get_by_role("checkbox", name=re.compile("^Cashier: ")).first
    before = cell.is_checked()
    cell.click()
    expect(page.get_by_text("1 change not saved")).to_be_visible()
    _lose_the_state(page)
    expect(page.get_by_text("1 change not saved")).to_be_visible()
    expect(cell).to_be_checked(checked=not before)
    page.get_by_role("button", name="Discard").click()
    expect(cell).to_be_checked(checked=before)
    expect(page.get_by_text("not saved")).to_have_count(0)


def test_signing_out_empties_every_tab(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "receptionist")
    other = page.context.new_page()
    for tab in (page, other):
        _open_registration(tab, hospital)
        tab.locator("[name=family_name]").fill("Nobody")
        tab.wait_for_function(STORE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=re.compile("Your menu")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url("**/sign-in**")
    assert page.evaluate(STORE) is None
    other.wait_for_url("**/sign-in**")
    assert other.evaluate(STORE) is None


def test_another_person_in_the_same_tab_finds_nothing(page: Page, hospital: Hospital) -> None:
    sign_in(page, hospital, "nurse")
    open_screen(page, hospital, "/patients/4/history")
    page.get_by_role("button", name="Record allergy").click()
    page.get_by_role("dialog", name="Record allergy").locator("[name=note]").fill("Said by the neighbour")
    page.wait_for_function(STORE)
    page.context.clear_cookies()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{hospital.url}/sign-in?next=/patients/4/history")
    give_password(page, EMAILS["doctor"], DEMO_PASSWORD)
    page.wait_for_url(re.compile("/patients/4/history/?$"))
    page.wait_for_function(f"{STORE} === null")
    page.get_by_role("button", name="Record allergy").click()
    expect(page.get_by_role("dialog", name="Record allergy").locator("[name=note]")).to_have_value("")


def test_a_session_that_somebody_ended_leads_back_to_the_same_place_with_what_was_typed(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    _open_registration(page, hospital)
    family = _new_name()
    _fill_registration(page, family)
    expect(page.locator("#field-birth-note")).to_contain_text("3 Feb 1980 ·")
    end_sessions(hospital, EMAILS["receptionist"])
    page.get_by_role("button", name="Register patient").click()
    page.wait_for_url(re.compile("/sign-in/?[?]problem=signed-out&next=%2Fpatients%2Fregister$"))
    assert family not in page.content()
    give_password(page, EMAILS["receptionist"], "wrong")
    expect(page.get_by_text("The e-mail address or the password is wrong.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/patients/register/?$"))
    _expect_registration(page, family)
    page.get_by_role("button", name="Register patient").click()
    expect(page.get_by_role("heading", name=f"{family} is registered")).to_be_visible()


def test_a_restarted_hospital_loads_the_frame_and_what_was_typed_by_itself(
    ward: Restartable, page: Page
) -> None:
    sign_in(page, ward.line, "receptionist")
    open_screen(page, ward.line, "/patients/1/contacts")
    page.get_by_role("button", name="Phone").first.click()
    drawer = page.get_by_role("dialog", name="Add phone")
    drawer.locator("[name=number]").fill("617 253 1000")
    ward.restart()
    expect(page.get_by_text("Connection lost.")).to_have_count(0)
    expect(drawer.get_by_text(BACK)).to_be_visible()
    expect(drawer.locator("[name=number]")).to_have_value("617 253 1000")
    _expect_menu(page)
    expect(page.get_by_role("button", name=re.compile("Your menu: .+"))).to_be_visible()
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_text("(617) 253-1000").first).to_be_visible()
    assert page.evaluate(STORE) is None


def _choose(drawer: Locator, name: str, text: str, wanted: str) -> None:
    drawer.locator(f"[name={name}-text]").fill(text)
    box = drawer.locator(f"[data-combobox]:has([name={name}-text])")
    box.locator(".k-option", has_text=wanted).first.click()


def _lose_the_state(page: Page) -> None:
    """The tab comes back as a new one to the server, as after a restart."""
    with page.expect_navigation():
        page.evaluate("() => { sessionStorage.removeItem('token'); window.hmsKept.leave(location.href); }")
    expect(page.locator("#hms-session")).to_have_attribute("data-loaded", "yes")
