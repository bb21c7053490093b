"""The calendar without a browser: what it shows, moves and begins."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from hms_app.domain.scheduling.rules.day_axis import DAY_MINUTES
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.tables import Appointment
from hms_app.state.scheduling.appointment import AppointmentState
from hms_app.state.scheduling.booking import BookingState
from hms_app.state.scheduling.calendar import CalendarState
from tests.factories.booking import MONDAY, Clinic
from tests.state.organization.conftest import Open, drained
from tests.state.scheduling.clinic import column_of

HANDLERS = CalendarState.event_handlers
TEN = 10 * 60


async def shown(opened: Open, query: str, role: str = "receptionist") -> Any:
    """The calendar as somebody opens it."""
    screen = await opened(CalendarState, role, f"/appointments/calendar?{query}")
    await HANDLERS["load"].fn(screen)
    assert screen.calendar_problem == ""
    return screen


def starts_at(clinic: Clinic, appointment_id: int) -> dt.datetime:
    clinic.session.expire_all()
    row = clinic.session.get(Appointment, appointment_id)
    assert row is not None
    return row.starts_at.astimezone(clinic.locale.zone)


async def test_a_day_has_a_column_for_everybody_with_hours_and_says_how_much_is_free(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    screen = await shown(opened, f"day={MONDAY}")
    assert [(one["title"], one["detail"]) for one in screen.columns] == [
        ("Dr Ada Okafor A", "1 booked, 8 h 30 free"),
        ("Dr Ada Okafor B", "0 booked, 9 h free"),
    ]
    assert [(one["id"], one["start"], one["end"], one["holds"]) for one in screen.events] == [
        (str(booked), TEN, TEN + 30, True)
    ]
    shut = [(one["start"], one["end"]) for one in screen.spans if one["column"] == screen.columns[0]["id"]]
    assert shut == [(0, 8 * 60), (17 * 60, DAY_MINUTES)]
    assert (screen.axis["now"], screen.axis["focus"]) == (-1, 8 * 60)


async def test_a_day_off_has_no_columns_unless_somebody_is_asked_for(clinic: Clinic, opened: Open) -> None:
    sunday = "2026-11-29"
    assert (await shown(opened, f"day={sunday}")).columns == []
    asked = await shown(opened, f"day={sunday}&who={clinic.practitioners[0]}")
    assert [one["detail"] for one in asked.columns] == ["No hours"]


async def test_a_week_is_of_one_practitioner_and_has_seven_days(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    screen = await shown(opened, f"day={MONDAY}&view=week&who={clinic.practitioners[0]}")
    assert [one["title"] for one in screen.columns][:2] == ["Mon 30 Nov", "Tue 1 Dec"]
    assert len(screen.columns) == 7
    assert [one["column"] for one in screen.events] == [column_of(clinic.practitioners[0])]


async def test_the_same_appointment_stands_in_its_rooms_column(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    screen = await shown(opened, f"day={MONDAY}&by=room")
    (event,) = screen.events
    assert event["column"] == column_of(clinic.rooms[0])
    assert "Dr Ada Okafor A" in event["lines"]


async def test_an_address_that_means_nothing_shows_today(clinic: Clinic, opened: Open) -> None:
    screen = await shown(opened, "day=soon&view=year&by=moon&who=-1&department=abc&colour=pink")
    assert (screen.day, set(screen.asked.values())) == ("2026-11-28", {""})


async def test_what_is_dragged_is_moved_to_the_time_and_the_column_where_it_was_dropped(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    screen = await shown(opened, f"day={MONDAY}")
    column = column_of(clinic.practitioners[1])
    await drained(HANDLERS["move"].fn(screen, str(booked), column, 14 * 60 + 15))
    assert starts_at(clinic, booked).strftime("%H:%M") == "14:15"
    assert [(one["column"], one["start"]) for one in screen.events] == [(column, 14 * 60 + 15)]
    assert screen.answered == 1


async def test_a_longer_box_is_a_longer_appointment(clinic: Clinic, booked: int, opened: Open) -> None:
    screen = await shown(opened, f"day={MONDAY}")
    await drained(HANDLERS["resize"].fn(screen, str(booked), screen.columns[0]["id"], TEN, TEN + 60))
    assert [(one["start"], one["end"]) for one in screen.events] == [(TEN, TEN + 60)]


async def test_what_does_not_fit_stays_and_the_drawer_says_why_and_asks_for_a_reason(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    other = clinic.booking(f"{MONDAY} 11:00", patient_id=clinic.patient())
    book_appointment(clinic.session, clinic.desk, booking=other)
    clinic.session.commit()
    screen = await shown(opened, f"day={MONDAY}")
    await drained(HANDLERS["move"].fn(screen, str(booked), screen.columns[0]["id"], 11 * 60))
    look = await screen.get_state(AppointmentState)
    assert "already booked 11:00-11:30" in look.reasons[0]
    assert (look.asked, look.wanted["time"], look.can_override) == ("move", "11:00", True)
    assert starts_at(clinic, booked).strftime("%H:%M") == "10:00"
    form = {**look.wanted, "override_reason": "twins come together"}
    await drained(AppointmentState.event_handlers["move"].fn(look, form))
    assert starts_at(clinic, booked).strftime("%H:%M") == "11:00"
    await HANDLERS["refresh"].fn(screen)
    assert {one["id"]: one["flags"] for one in screen.events}[str(booked)] == ["Double-booked"]


async def test_a_press_on_free_time_begins_a_booking_there(clinic: Clinic, opened: Open) -> None:
    screen = await shown(opened, f"day={MONDAY}&service={clinic.service_id}")
    await drained(HANDLERS["create"].fn(screen, column_of(clinic.practitioners[1]), TEN, TEN + 45))
    booking = await screen.get_state(BookingState)
    chosen = {name: booking.chosen[name] for name in ("day", "time", "practitioner_id", "duration_minutes")}
    assert booking.is_open
    assert chosen == {
        "day": MONDAY,
        "time": "10:00",
        "practitioner_id": str(clinic.practitioners[1]),
        "duration_minutes": "45",
    }


async def test_places_that_are_not_on_screen_move_and_begin_nothing(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    screen = await shown(opened, f"day={MONDAY}")
    column = screen.columns[0]["id"]
    for where, minute in (("1_2030-01-01", TEN), (column, 9_999), (column, "x"), ("", TEN), (column, None)):
        await drained(HANDLERS["move"].fn(screen, str(booked), where, minute))
        await drained(HANDLERS["create"].fn(screen, where, minute, minute))
    assert starts_at(clinic, booked).strftime("%H:%M") == "10:00"
    assert not (await screen.get_state(BookingState)).is_open


async def test_what_others_change_is_shown_without_asking(
    clinic: Clinic, booked: int, opened: Open, connection: sa.Connection
) -> None:
    screen = await shown(opened, f"day={MONDAY}")
    other = clinic.booking(f"{MONDAY} 15:00", patient_id=clinic.patient())
    book_appointment(clinic.session, clinic.desk, booking=other)
    clinic.session.commit()
    await HANDLERS["refresh"].fn(screen)
    assert [one["start"] for one in screen.events] == [TEN, 15 * 60]


async def test_an_appointment_that_is_opened_shows_its_history_and_what_can_be_done(
    clinic: Clinic, booked: int, opened: Open
) -> None:
    look = await opened(AppointmentState, "receptionist", "/appointments/calendar")
    await AppointmentState.event_handlers["look"].fn(look, str(booked))
    assert look.shown["when"] == "30 Nov 2026, 10:00–10:30"
    assert [one["verb"] for one in look.acts] == ["Check in", "Cancel", "Mark as no-show"]
    assert (look.may_move, [one["title"] for one in look.history]) == (True, ["Booked"])
