"""The database goes and comes back: people are told, lose nothing and go on; a launcher that cannot mend it ends."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from hms_app.runtime.connection import connect
from hms_app.runtime.embedded_postgres import EmbeddedPostgres
from tests.journeys.actions import (
    EMAILS,
    FIRST_ADMINISTRATOR,
    faults,
    give_password,
    open_screen,
    set_up,
    sign_in,
)
from tests.journeys.conftest import Hospital, start_hospital, stop_hospital, wait_until

BANNER = "The hospital's database cannot be reached."


class OutsideServer:
    """A PostgreSQL that somebody else looks after: it is stopped and started as they like."""

    def __init__(self, directory: Path) -> None:
        self._server = EmbeddedPostgres(directory)
        self._running = ExitStack()
        self.start()
        with connect(self._server.url("postgres")) as connection:
            connection.execute("CREATE DATABASE hospital")
        self.url = self._server.url("hospital")

    def start(self) -> None:
        self._running.enter_context(self._server.running())

    def stop(self) -> None:
        self._running.close()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutsideServer]:
    """A server of its own."""
    server = OutsideServer(tmp_path_factory.mktemp("outside"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def on_outside_server(outside: OutsideServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """An empty hospital on that server."""
    directory = tmp_path_factory.mktemp("on-outside-server")
    started = start_hospital(directory, "run", settings={"HMS_DATABASE_URL": outside.url})
    yield started
    assert stop_hospital(started) == 0


def _kill_database(home: Path) -> None:
    pid = EmbeddedPostgres(home).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)


def _is_saved(page: Page, press: Callable[[], None]) -> Callable[[], bool]:
    """Press again until it is saved: what the database's absence refuses is only to be pressed again."""

    def try_it() -> bool:
        if page.get_by_role("heading", name="is registered").count():
            return True
        press()
        page.wait_for_timeout(500)
        return bool(page.get_by_role("heading", name="is registered").count())

    return try_it


def test_who_works_while_an_outside_server_is_restarted_loses_nothing(
    page: Page, on_outside_server: Hospital, outside: OutsideServer
) -> None:
    hospital = on_outside_server
    set_up(page, hospital)
    stranger = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    stranger.goto(f"{hospital.url}/sign-in")
    other = page.context.new_page()
    open_screen(page, hospital, "/hospital/departments")
    page.get_by_role("button", name="Add department").first.click()
    form = page.get_by_role("dialog")
    form.locator("[name=name]").fill("Ward of the long night")
    form.locator("[name=code]").fill("NIGHT")
    searching = page.context.new_page()
    open_screen(searching, hospital, "/administration/users")
    everybody = searching.get_by_role("row").filter(has_text=FIRST_ADMINISTRATOR)
    expect(everybody).to_be_visible()
    outside.stop()

    form.get_by_role("button", name="Add department").click()
    expect(page.get_by_role("alert").filter(has_text=BANNER)).to_be_visible()
    expect(page.get_by_text("nothing was saved")).to_be_visible()
    assert faults(page) == []
    expect(form.locator("[name=name]")).to_have_value("Ward of the long night")
    other.goto(f"{hospital.url}/hospital/rooms")
    expect(other.get_by_text("This page is loaded as soon as it is back.")).to_be_visible()
    searching.get_by_role("searchbox").fill("nobody")
    expect(searching.get_by_role("alert").filter(has_text=BANNER)).to_be_visible()
    give_password(stranger, EMAILS["doctor"], "whatever it is")
    expect(stranger.get_by_text("The hospital's database cannot be reached at the moment.")).to_be_visible()
    assert faults(stranger) == []

    outside.start()
    expect(page.get_by_text(BANNER)).to_have_count(0)
    expect(other.locator("h1").first).to_have_text("Rooms")
    expect(searching.get_by_text(BANNER)).to_have_count(0)
    expect(everybody).to_have_count(0)
    expect(searching.get_by_role("searchbox")).to_have_value("nobody")
    form.get_by_role("button", name="Add department").click()
    expect(page.get_by_role("main").get_by_text("Ward of the long night")).to_be_visible()
    stranger.context.close()


def test_after_a_kill_of_its_own_server_sign_in_works_again_and_an_open_form_is_saved(
    page: Page, hospital: Hospital
) -> None:
    sign_in(page, hospital, "receptionist")
    open_screen(page, hospital, "/patients/register")
    page.locator("[name=family_name]").fill("Zqkilled")
    page.locator("[name=given_names]").fill("Kim")
    page.locator("[name=birth]").fill("17 May 1944")
    page.get_by_label("Female").check()
    _kill_database(Path(hospital.environment["HMS_DATA_DIR"]) / "demo")
    wait_until(_is_saved(page, page.get_by_role("button", name="Register patient").click))
    expect(page.get_by_role("heading", name="Kim Zqkilled is registered")).to_be_visible()
    stranger = page.context.browser.new_context().new_page()  # type: ignore[union-attr]
    sign_in(stranger, hospital, "doctor")
    stranger.context.close()


def test_a_launcher_that_cannot_start_its_server_again_ends_with_the_reason(tmp_path: Path) -> None:
    hospital = start_hospital(tmp_path, "run", settings={"HMS_DATABASE_PATIENCE": "0"})
    control = tmp_path / "postgres" / "data" / "global" / "pg_control"
    control.rename(tmp_path / "kept")
    _kill_database(tmp_path)
    assert hospital.process.wait(timeout=120) == 1
    hospital.reader.join(timeout=10)
    hospital.process.stdout.close()  # type: ignore[union-attr]
    last = hospital.lines[-1]
    assert last.startswith("hms: The embedded database ended and could not be started again: ")
    assert "pg_control" in last
