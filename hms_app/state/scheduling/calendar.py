"""The calendar: a day or a week by practitioner or by room; what is shown stands in the address.

Places that the browser sends are minutes on the day's axis; they are read as instants here, by the hospital's clocks.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.calendar import get_calendar
from hms_app.domain.scheduling.queries.services import service_choices
from hms_app.domain.scheduling.rules.day_axis import DayAxis
from hms_app.domain.scheduling.values.calendar import WEEK_DAYS, CalendarView, CalendarWish
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.organization.department_choices import department_choices
from hms_app.state.replies import refuse, show_address
from hms_app.state.scheduling.appointment import AppointmentState
from hms_app.state.scheduling.booking import BookingState
from hms_app.state.scheduling.calendar_rows import (
    NO_AXIS,
    STEP_MINUTES,
    AxisItem,
    CalendarItems,
    ColumnItem,
    DayItem,
    EventItem,
    SpanItem,
    calendar_items,
    place_in,
)
from hms_app.state.scheduling.free_times import day_from

PARTS: Final = ("day", "view", "by", "who", "department", "service", "colour")
"""What is asked of the calendar, as it stands in the address."""
_CHOICES: Final = {"view": {"week"}, "by": {"room"}, "colour": {"status"}}
"""What else than the first choice of each is understood."""
_READ: Final = Permission.SCHEDULING_APPOINTMENT_READ
_BOOK: Final = Permission.SCHEDULING_APPOINTMENT_BOOK


@dataclass(frozen=True)
class CalendarFound:
    """All that one reading of the calendar shows."""

    items: CalendarItems
    day: str
    title: str
    note: str
    things: list[Choice]
    departments: list[Choice]
    services: list[Choice]
    who: str
    may_book: bool
    may_override: bool
    zone: str


class CalendarState(ScreenState, rx.State):
    """What the calendar shows, and what is asked of it."""

    asked: dict[str, str] = dict.fromkeys(PARTS, "")
    names: dict[str, str] = {}
    axis: AxisItem = NO_AXIS
    columns: list[ColumnItem] = []
    spans: list[SpanItem] = []
    events: list[EventItem] = []
    listed: list[DayItem] = []
    title: str = ""
    note: str = ""
    day: str = ""
    things: list[Choice] = []
    departments: list[Choice] = []
    services: list[Choice] = []
    may_book: bool = False
    may_override: bool = False
    answered: int = 0
    calendar_problem: str = ""
    zone: str = ""
    """The hospital's, by whose clocks places are read."""

    @handles(_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self.asked = understood(query_of(self))
        await self._fill()

    @handles(_READ, passive=True)
    async def refresh(self) -> None:
        """Show what others changed; a refusal leaves all as it is."""
        found = await self._reread(read_calendar, asked=self.asked)
        if found is not None:
            self._take(found)

    @handles(_READ)
    async def narrow(self, part: str, value: str) -> Any:
        """Set one part of what is asked; "" for the first choice or for any."""
        changed = {**self.asked, str(part): str(value)}
        if part in ("by", "department"):
            changed["who"] = ""
        return await self._show(changed)

    @handles(_READ)
    async def later(self) -> Any:
        """The next day or week."""
        return await self._step(1)

    @handles(_READ)
    async def earlier(self) -> Any:
        """The day or week before."""
        return await self._step(-1)

    @handles(_READ)
    async def pick_day(self, day: str) -> Any:
        """The day that was picked; "" for today."""
        return await self._show({**self.asked, "day": str(day)})

    @handles(_BOOK)
    async def create(self, column: str, start: int, end: int) -> Any:
        """Begin a booking at a place of the calendar, as long as was drawn."""
        place = self._place_at(column, start)
        if place is None:
            return refuse("There is no such time on that day.")
        who, local = place
        minutes = _minutes(start, end)
        booking = await self.get_state(BookingState)
        await booking._open_with(
            {
                "day": local.date().isoformat(),
                "time": local.strftime("%H:%M"),
                "duration_minutes": str(minutes) if minutes > STEP_MINUTES else "",
                "service_id": self.asked["service"],
                **self._whose(who),
            }
        )
        return None

    @handles(_BOOK)
    async def move(self, event: str, column: str, start: int) -> Any:
        """Put an appointment to another time or column; what stands against it is said."""
        return await self._move(event, column, start, "")

    @handles(_BOOK)
    async def resize(self, event: str, column: str, start: int, end: int) -> Any:
        """Make an appointment longer or shorter."""
        return await self._move(event, column, start, str(_minutes(start, end)))

    async def _move(self, event: str, column: str, start: int, minutes: str) -> Any:
        self.answered += 1
        place = self._place_at(column, start)
        if place is None:
            return refuse("There is no such time on that day.")
        who, local = place
        form = {
            "day": local.date().isoformat(),
            "time": local.strftime("%H:%M"),
            "duration_minutes": minutes,
            **self._whose(who),
        }
        appointment = await self.get_state(AppointmentState)
        appointment.may_override = self.may_override
        moved = await appointment._move_to(number_from(event), form)
        await self.refresh()
        return moved

    def _whose(self, thing_id: int) -> dict[str, str]:
        return {"room_id" if self.asked["by"] == "room" else "practitioner_id": str(thing_id)}

    def _place_at(self, column: object, minute: object) -> tuple[int, dt.datetime] | None:
        """Whose column it is, and the hospital's clock at a minute of its axis."""
        place, zone = place_in(column), ZoneInfo(self.zone) if self.zone else None
        days = tuple(day for _, day in (place_in(one["id"]) or (0, None) for one in self.columns) if day)
        if place is None or zone is None or place[1] not in days or not isinstance(minute, int):
            return None
        instant = DayAxis(tuple(sorted(set(days))), zone).instant_at(minute, place[1])
        return None if instant is None else (place[0], instant.astimezone(zone))

    async def _step(self, ways: int) -> Any:
        days, day = ways * (WEEK_DAYS if self.asked["view"] == "week" else 1), day_from(self.day)
        return await self._show({**self.asked, "day": _moved(day, days)}) if day else None

    async def _show(self, asked: dict[str, str]) -> Any:
        """Show it, and make it a step of the browser's history."""
        self.asked = understood(asked)
        await self._fill()
        return show_address(with_query(navigation.CALENDAR.route, **self.asked))

    async def _fill(self) -> None:
        found = await self._run(read_calendar, asked=self.asked)
        self.is_loading = False
        self.calendar_problem, self.problem = self.problem, ""
        if found is not None:
            self._take(found)

    def _take(self, found: CalendarFound) -> None:
        shown = {
            **vars(found.items),
            **{name: value for name, value in vars(found).items() if name != "items"},
        }
        names = {
            "who": _name(found.things, shown.pop("who")),
            "department": _name(found.departments, self.asked["department"]),
            "service": _name(found.services, self.asked["service"]),
        }
        for name, value in {**shown, "names": names}.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def understood(asked: Any) -> dict[str, str]:
    """What of an address the calendar knows; "" for anything that it does not."""
    texts = {name: str(asked.get(name) or "") for name in PARTS}
    kept = {name: texts[name] if texts[name] in known else "" for name, known in _CHOICES.items()}
    ids = {name: str(number_from(texts[name]) or "") for name in ("who", "department", "service")}
    day = day_from(texts["day"])
    return {**dict.fromkeys(PARTS, ""), **kept, **ids, "day": day.isoformat() if day else ""}


def wish_of(asked: dict[str, str], today: dt.date) -> CalendarWish:
    """What is asked of the domain."""
    return CalendarWish(
        day=day_from(asked["day"]) or today,
        is_week=asked["view"] == "week",
        by=ResourceKind.ROOM if asked["by"] == "room" else ResourceKind.PRACTITIONER,
        thing_id=number_from(asked["who"]) or None,
        department_id=number_from(asked["department"]) or None,
        service_id=number_from(asked["service"]) or None,
    )


def read_calendar(session: Session, actor: Actor, *, asked: dict[str, str]) -> CalendarFound:
    """The calendar as the screen shows it, with what its filters offer."""
    view = get_calendar(session, actor, wish=wish_of(asked, actor.locale.today()))
    may_see = actor.can(Permission.SCHEDULING_SERVICE_READ)
    return CalendarFound(
        items=calendar_items(view, actor.locale, by_status=asked["colour"] == "status"),
        day=view.wish.day.isoformat(),
        title=_title(view, actor),
        note=_note(view),
        things=[Choice(value=str(key), label=name, detail="") for key, name in view.things],
        departments=department_choices(session, actor),
        services=service_choices(session, actor) if may_see else [],
        who=str(view.wish.thing_id or ""),
        may_book=actor.can(_BOOK),
        may_override=actor.can(Permission.SCHEDULING_APPOINTMENT_OVERRIDE),
        zone=actor.locale.zone_name,
    )


def _title(view: CalendarView, actor: Actor) -> str:
    locale = actor.locale
    if len(view.days) == 1:
        return f"{locale.weekday(view.days[0])} {view.days[0].year}"
    return f"{locale.weekday(view.days[0])} – {locale.weekday(view.days[-1])} {view.days[-1].year}"


def _note(view: CalendarView) -> str:
    if not view.left_out:
        return ""
    what = "rooms" if view.wish.by is ResourceKind.ROOM else "practitioners"
    return f"{view.left_out} more {what} have no column: choose a department or a service."


def _name(choices: list[Choice], value: str) -> str:
    return next((choice["label"] for choice in choices if choice["value"] == value), "")


def _minutes(start: object, end: object) -> int:
    return end - start if isinstance(start, int) and isinstance(end, int) else 0


def _moved(day: dt.date, days: int) -> str:
    try:
        return (day + dt.timedelta(days=days)).isoformat()
    except OverflowError:
        return day.isoformat()
