"""The screens of schedules and public holidays, without a browser."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hms_app.core import clock, db
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.values.schedules import Whose
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.state.scheduling.holidays import HolidaysState
from hms_app.state.scheduling.schedule import CLOSURE, EXCEPTION, NEW, ScheduleState, whose_of
from tests.factories.booking import make_clinic
from tests.factories.organization import make_hospital, make_practitioner
from tests.state.scheduling.conftest import Open, drained

TIME, HOLIDAYS = ScheduleState.event_handlers, HolidaysState.event_handlers
FORM = {"hours": "Mon-Fri 8-12", "valid_from": "2026-01-01", "mode": "timed", "slot_minutes": "15"}


async def opened_time(opened: Open, role: str = "administrator", query: str = "") -> Any:
    screen = await opened(ScheduleState, role, f"/appointments/schedules{query}")
    await TIME["load"].fn(screen)
    return screen


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("practitioner-3", Whose(ResourceKind.PRACTITIONER, 3)),
        ("room-7", Whose(ResourceKind.ROOM, 7)),
        ("equipment-7", Whose(ResourceKind.PRACTITIONER, 7)),
        ("room-x", Whose(ResourceKind.ROOM, 0)),
        ("' OR 1=1", Whose(ResourceKind.PRACTITIONER, 0)),
    ],
)
def test_whose_time_is_meant_is_read_from_the_address(text: str, whose: Whose) -> None:
    assert whose_of(text) == whose


async def test_hours_are_typed_seen_as_a_week_copied_and_saved(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        make_practitioner(session)
    screen = await opened_time(opened, query="?week=2026-12-02")
    assert (screen.name, screen.monday, screen.may_shape) == ("Dr Ada Okafor", "2026-11-30", True)
    await TIME["open_schedule"].fn(screen, NEW)
    assert screen.form["valid_from"] == clock.today(ZoneInfo("UTC")).isoformat()
    await TIME["type_hours"].fn(screen, "Mon 8-12, 13-17")
    assert screen.preview[0]["hours"] == "08:00-12:00\n13:00-17:00"
    await TIME["copy_day"].fn(screen, "1", "week")
    assert screen.form["hours"] == "Mon-Fri 08:00-12:00, 13:00-17:00"
    await TIME["copy_day"].fn(screen, "3", "none")
    assert screen.preview[2]["hours"] == ""
    await TIME["type_hours"].fn(screen, "Mon 8")
    assert "are no hours" in screen.preview_problem
    await drained(TIME["save_schedule"].fn(screen, {**FORM, "hours": "Mon 8"}))
    assert "are no hours" in screen.problems["hours"]
    assert screen.opened == NEW
    await drained(TIME["save_schedule"].fn(screen, FORM))
    assert screen.opened == ""
    [row] = screen.schedules
    assert (row["lines"], row["valid"]) == ("Mon-Fri 08:00-12:00", "From 1 Jan 2026")
    assert [len(day["blocks"]) for day in screen.days] == [1, 1, 1, 1, 1, 0, 0]
    block = screen.days[0]["blocks"][0]
    assert (block["top"], block["height"], block["hours"]) == ("8.33%", "33.33%", "08:00–12:00")


async def test_a_schedule_is_changed_and_taken_back(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_practitioner(session)
    screen = await opened_time(opened)
    await TIME["open_schedule"].fn(screen, NEW)
    await drained(TIME["save_schedule"].fn(screen, FORM))
    key = screen.schedules[0]["id"]
    await TIME["open_schedule"].fn(screen, key)
    assert (screen.form["hours"], screen.form["valid_from"]) == ("Mon-Fri 08:00-12:00", "2026-01-01")
    await drained(TIME["save_schedule"].fn(screen, {**FORM, "hours": "Sat 9-11"}))
    assert (screen.schedules[0]["lines"], screen.schedules[0]["version"]) == ("Sat 09:00-11:00", "2")
    await drained(TIME["close_schedule"].fn(screen, key, "2"))
    assert screen.schedules == []


async def test_leave_lists_what_it_hits_and_can_be_taken_back(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        clinic = make_clinic(session)
        book_appointment(session, clinic.desk, booking=clinic.booking("2026-11-30 10:00"))
    screen = await opened_time(opened, query="?week=2026-11-30")
    await TIME["open_exception"].fn(screen, EXCEPTION)
    await drained(TIME["save_exception"].fn(screen, {"kind": "closed", "starts_on": ""}))
    assert set(screen.problems) == {"starts_on"}
    await drained(TIME["save_exception"].fn(screen, {"kind": "closed", "starts_on": "2026-11-30"}))
    assert (screen.opened, screen.hits_title) == ("", "1 appointment stands in this time")
    assert "Consultation" in screen.hits[0]["what"]
    [row] = screen.exceptions
    assert (row["what"], row["when"], screen.days[0]["note"]) == ("Leave", "30 Nov 2026", "Leave")
    await drained(TIME["withdraw"].fn(screen, row["id"], row["version"]))
    assert (screen.exceptions, screen.days[0]["note"]) == ([], "")


async def test_the_house_is_closed_and_leave_that_was_asked_for_granted(
    connection: sa.Connection, opened: Open
) -> None:
    with db.transaction() as session:
        make_practitioner(session)
    screen = await opened_time(opened)
    await TIME["open_exception"].fn(screen, CLOSURE)
    day = (dt.date.fromisoformat(screen.monday) + dt.timedelta(days=8)).isoformat()
    await drained(TIME["save_exception"].fn(screen, {"starts_on": day}))
    assert screen.exceptions[0]["what"] == "Whole hospital: Closed"
    await TIME["open_exception"].fn(screen, EXCEPTION)
    asked = {"kind": "closed", "starts_on": day, "is_request": "on", "note": "Course"}
    await drained(TIME["save_exception"].fn(screen, asked))
    row = next(one for one in screen.exceptions if one["note"] == "Course")
    assert (row["status"], row["may_grant"]) == ("Requested", "yes")
    await drained(TIME["grant"].fn(screen, row["id"], row["version"]))
    assert [one["status"] for one in screen.exceptions] == ["", ""]


async def test_who_may_only_look_changes_nobodys_time(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_practitioner(session)
    screen = await opened_time(opened, "nurse")
    assert (screen.name, screen.may_shape, screen.may_edit_all) == ("Dr Ada Okafor", False, False)
    await TIME["open_schedule"].fn(screen, NEW)
    await drained(TIME["save_schedule"].fn(screen, FORM))
    assert "does not allow" in screen.refusal
    await TIME["refresh"].fn(screen)
    assert screen.schedules == []


async def test_holidays_are_shown_chosen_and_added_once(connection: sa.Connection, opened: Open) -> None:
    with db.transaction() as session:
        make_hospital(session, country="DE")
    screen = await opened(HolidaysState, "administrator", "/appointments/holidays?year=2027")
    await HOLIDAYS["load"].fn(screen)
    assert (screen.country, screen.year, len(screen.holidays)) == ("DE", "2027", 9)
    assert screen.holidays[0]["name"] == "New Year's Day"
    await drained(HOLIDAYS["add"].fn(screen, {}))
    assert set(screen.problems) == {"days"}
    await drained(HOLIDAYS["add"].fn(screen, {"day_2027-01-01": "on", "day_nonsense": "on"}))
    assert [row["is_added"] for row in screen.holidays].count("yes") == 1
    await drained(HOLIDAYS["choose_country"].fn(screen, "FR"))
    assert screen.country == "FR"
