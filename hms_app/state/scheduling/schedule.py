"""Somebody's time: their week, their schedules, their leave; one's own, or anybody's for who may."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.records.rules import text_of
from hms_app.domain.scheduling.queries.hours import (
    form_of_schedule,
    get_schedule,
    get_time,
    list_owners,
)
from hms_app.domain.scheduling.queries.offerings import room_choices
from hms_app.domain.scheduling.queries.services import service_choices
from hms_app.domain.scheduling.rules.week import copied, read_week, write_week
from hms_app.domain.scheduling.service.exceptions import (
    add_exception,
    close_house,
    grant_exception,
    withdraw_exception,
)
from hms_app.domain.scheduling.service.schedules import add_schedule, change_schedule, close_schedule
from hms_app.domain.scheduling.values.schedules import (
    SCHEDULE_FORM,
    ExceptionInput,
    ExceptionSaved,
    ScheduleInput,
    Whose,
    Window,
)
from hms_app.domain.scheduling.values.services import ticked
from hms_app.domain.scheduling.values.words import ResourceKind
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import handles, submits
from hms_app.state.organization.department_choices import department_choices, named_in
from hms_app.state.replies import refuse, say, show_address
from hms_app.state.scheduling.schedule_rows import (
    DayItem,
    ExceptionItem,
    HitItem,
    PreviewItem,
    ScheduleItem,
    TimeItem,
    preview_items,
    time_item,
)
from hms_app.state.versions import VersionsState

READ: Final = Permission.SCHEDULING_SCHEDULE_READ
"""Guards every handler; whose time somebody may change, the use cases decide."""
NEW: Final = "new"
EXCEPTION: Final = "exception"
CLOSURE: Final = "closure"
_A_WEEK: Final = dt.timedelta(days=7)
MOST_HITS_SHOWN: Final = 20


class ScheduleState(VersionsState, rx.State):
    """What the screen of somebody's time knows; `whose` is such as "practitioner-3"."""

    whose: str = ""
    monday: str = ""
    practitioners: list[Choice] = []
    rooms: list[Choice] = []
    places: list[Choice] = []
    services: list[Choice] = []
    departments: list[Choice] = []
    name: str = ""
    is_mine: bool = False
    may_shape: bool = False
    may_edit_all: bool = False
    week_label: str = ""
    days: list[DayItem] = []
    hours: list[str] = []
    schedules: list[ScheduleItem] = []
    exceptions: list[ExceptionItem] = []
    opened: str = ""
    """What the drawer holds: a schedule's id, `NEW`, `EXCEPTION`, `CLOSURE`; empty while it is shut."""
    preview: list[PreviewItem] = []
    preview_problem: str = ""
    typed_hours: str = ""
    hours_key: int = 0
    hits: list[HitItem] = []
    hits_title: str = ""
    _today: str = ""

    @handles(Permission.SCHEDULING_SCHEDULE_EDIT_OWN)
    async def load_own(self) -> None:
        """The same on the screen of one's own time, which is for who may shape it."""
        await self._load()

    @handles(READ)
    async def load(self) -> None:
        """Show whose time and which week the address names; without one, one's own."""
        await self._load()

    async def _load(self) -> None:
        query = query_of(self)
        self.whose, self.monday = query.get("of", ""), query.get("week", "")
        self._shut()
        self.hits, self.hits_title = [], ""
        await self._show()

    @handles(READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed; what is open stays."""
        self._take(await self._reread(read_time, whose=self.whose, week=self.monday))

    @handles(READ)
    async def choose(self, whose: str) -> Any:
        """Look at somebody else's time."""
        self.whose = str(whose)
        await self._show()
        return self._say_address()

    @handles(READ)
    async def earlier(self) -> Any:
        """The week before."""
        return await self._turn(-_A_WEEK)

    @handles(READ)
    async def later(self) -> Any:
        """The week after."""
        return await self._turn(_A_WEEK)

    @handles(READ)
    async def this_week(self) -> Any:
        """The week of today."""
        self.monday = ""
        await self._show()
        return self._say_address()

    @handles(READ)
    async def open_schedule(self, schedule_id: str) -> Any:
        """Open the form of weekly hours, empty for `NEW`."""
        await self._read_choices()
        form, version = {"mode": "timed", "slot_minutes": "15", "valid_from": self._today}, 0
        if schedule_id != NEW:
            row = await self._run(get_schedule, schedule_id=number_from(schedule_id))
            if row is None:
                return refuse(self.problem)
            form, version = form_of_schedule(row).fields, row.version
        self._open(schedule_id, form, version)
        self._preview(form.get("hours", ""))
        return None

    @handles(READ)
    async def open_exception(self, what: str) -> None:
        """Open the form of leave and other hours, or that of a closure."""
        await self._read_choices()
        self._open(CLOSURE if what == CLOSURE else EXCEPTION, {"kind": "closed", "slot_minutes": "15"}, 0)

    @handles(READ, supersedes=True)
    async def type_hours(self, text: str) -> None:
        """Show what is being typed as a week."""
        self._preview(str(text)[:2000])

    @handles(READ)
    async def use_hours(self, text: str) -> None:
        """Write hours into the form."""
        self._write_hours(str(text)[:200])

    @handles(READ)
    async def copy_day(self, day: str, onto: str) -> None:
        """Give other days the hours of one; "week" for Monday to Friday, "all" for every day, "none" empties it."""
        windows, number = _windows(self.typed_hours), key_of(day) or 0
        if onto == "none":
            kept = [window for window in windows if window.weekday != number]
        else:
            kept = list(copied(windows, number, range(1, 8 if onto == "all" else 6)))
        self._write_hours(write_week(kept))

    @submits(READ)
    async def save_schedule(self, form: dict[str, Any]) -> Any:
        """Add weekly hours or save their changes; says what falls together with others."""
        typed = {**form, **self._texts(form)}
        request: dict[str, Any] = {"form": typed, "fields": SCHEDULE_FORM, "request": ScheduleInput}
        if self.opened == NEW:
            row = await self._save_form(add_schedule, whose=whose_of(self.whose), **request)
        else:
            key = number_from(self.opened)
            row = await self._save_form(change_schedule, schedule_id=key, version=self._version, **request)
        if row is None:
            return None
        self._shut()
        await self._show()
        if row.meets:
            meets = write_week(row.meets).replace("\n", "; ")
            return say(f"Saved. It falls together with other hours: {meets}.", tone="info")
        return say("The hours were saved.")

    @handles(READ)
    async def close_schedule(self, schedule_id: str, version: str) -> Any:
        """Take weekly hours back."""
        return await self._act(
            close_schedule, schedule_id=number_from(schedule_id), version=number_from(version)
        )

    @submits(READ)
    async def save_exception(self, form: dict[str, Any]) -> Any:
        """Add leave, other hours or a closure; the appointments that it hits are listed."""
        if self.opened == CLOSURE:
            saved = await self._submit(
                close_house,
                form=form,
                request=ExceptionInput,
                department_id=key_of(form.get("department_id")),
            )
        else:
            saved = await self._submit(
                add_exception, form=form, request=ExceptionInput, whose=whose_of(self.whose)
            )
        return await self._answered(saved)

    @handles(READ)
    async def grant(self, exception_id: str, version: str) -> Any:
        """Grant leave that was asked for."""
        saved = await self._run(
            grant_exception, exception_id=number_from(exception_id), version=number_from(version)
        )
        refusal, self.problem = self.problem, ""
        return refuse(refusal) if refusal else await self._answered(saved)

    @handles(READ)
    async def withdraw(self, exception_id: str, version: str) -> Any:
        """Take leave, other hours or a closure back."""
        return await self._act(
            withdraw_exception, exception_id=number_from(exception_id), version=number_from(version)
        )

    @handles(READ)
    async def close_form(self) -> None:
        """Shut the drawer."""
        self._shut()

    @handles(READ)
    async def forget_hits(self) -> None:
        """Put the list of appointments that are hit away."""
        self.hits, self.hits_title = [], ""

    async def _turn(self, step: dt.timedelta) -> Any:
        here = _day(self.monday)
        self.monday = (here + step).isoformat() if here else ""
        await self._show()
        return self._say_address()

    async def _act(self, use_case: Any, **arguments: Any) -> Any:
        await self._run(use_case, **arguments)
        refusal, self.problem = self.problem, ""
        if refusal:
            return refuse(refusal)
        await self._show()
        return None

    async def _answered(self, saved: ExceptionSaved | None) -> Any:
        if saved is None:
            return None
        self._shut()
        found = await self._run(hit_items, saved=saved) or []
        await self._show()
        self.hits = found[:MOST_HITS_SHOWN]
        count = len(saved.hits)
        stand = "1 appointment stands" if count == 1 else f"{count} appointments stand"
        self.hits_title = f"{stand} in this time" if count else ""
        return say("Saved.")

    async def _show(self) -> None:
        self._take(await self._run(read_time, whose=self.whose, week=self.monday))

    async def _read_choices(self) -> None:
        found = await self._look_up(read_choices)
        if found is not None:
            self.places, self.services, self.departments, self._today = found

    def _take(self, found: tuple[str, str, Any, TimeItem | None] | None) -> None:
        self.is_loading = False
        if found is None:
            return
        self.whose, self.monday, owners, time = found
        self.practitioners = [_owner(ResourceKind.PRACTITIONER, one) for one in owners.practitioners]
        self.rooms = [_owner(ResourceKind.ROOM, one) for one in owners.rooms]
        for name, value in (time or {}).items():
            setattr(self, name, value)

    def _open(self, what: str, form: Mapping[str, str], version: int) -> None:
        self.form = dict(form)
        self._begin_version(version, {**self.form, **self._texts(self.form)})
        self.opened, self.form_key = what, self.form_key + 1

    def _shut(self) -> None:
        self.opened, self.problem = "", ""
        self._forget_versions()

    def _texts(self, form: Mapping[str, Any]) -> dict[str, str]:
        if self.others:
            return {}  # The form then holds the side that was chosen of each field, under the same names.
        ids = [str(one) for one in ticked(form, "services")]
        names = [choice["label"] for choice in self.services if choice["value"] in ids]
        return {
            **named_in(self.places, form, "room_id"),
            "services": ",".join(ids),
            text_of("services"): ", ".join(names),
        }

    def _write_hours(self, text: str) -> None:
        self.form = {**self.form, "hours": text}
        self.hours_key += 1
        self._preview(text)

    def _preview(self, text: str) -> None:
        self.typed_hours, self.preview_problem = text, ""
        try:
            windows = read_week(text) if text.strip() else ()
        except ValueError as refusal:
            windows, self.preview_problem = (), str(refusal)
        self.preview = preview_items(windows)

    def _say_address(self) -> Any:
        path = self.router.url.path.rstrip("/")
        return show_address(with_query(path, of=self.whose, week=self.monday))


def whose_of(text: str) -> Whose:
    """Whose time is meant by "practitioner-3" or "room-7"; nobody's for anything else."""
    kind, _, key = text.partition("-")
    known = {one.value: one for one in (ResourceKind.PRACTITIONER, ResourceKind.ROOM)}
    return Whose(known.get(kind, ResourceKind.PRACTITIONER), key_of(key) or 0)


def read_time(
    session: Session, actor: Actor, *, whose: str, week: str
) -> tuple[str, str, Any, TimeItem | None]:
    """Whose time it is and from which Monday on, who else there is, and the time itself; None when there is nobody."""
    owners = list_owners(session, actor)
    if not whose and actor.practitioner_id is not None:
        whose = f"practitioner-{actor.practitioner_id}"
    if not whose and owners.practitioners:
        whose = f"practitioner-{owners.practitioners[0]['value']}"
    day = _day(week) or actor.locale.today()
    monday = day - dt.timedelta(days=day.isoweekday() - 1)
    if not whose:
        return whose, monday.isoformat(), owners, None
    found = whose_of(whose)
    time = get_time(session, actor, whose=found, monday=monday)
    return whose, monday.isoformat(), owners, time_item(actor, found, monday, time)


def read_choices(session: Session, actor: Actor) -> tuple[list[Choice], list[Choice], list[Choice], str]:
    """The places, services and departments that the forms offer, and the hospital's day."""
    may_see = actor.can(Permission.SCHEDULING_SERVICE_READ)
    services = service_choices(session, actor) if may_see else []
    today = actor.locale.today().isoformat()
    return room_choices(session), services, department_choices(session, actor), today


def hit_items(_session: Session, actor: Actor, *, saved: ExceptionSaved) -> list[HitItem]:
    """The appointments that are hit, as texts."""
    return [
        {
            "id": str(one.id),
            "when": actor.locale.moment(one.starts_at),
            "what": f"{one.service}, no. {one.number}",
        }
        for one in saved.hits
    ]


def _owner(kind: ResourceKind, choice: Choice) -> Choice:
    return Choice(value=f"{kind.value}-{choice['value']}", label=choice["label"], detail=choice["detail"])


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 2199 else None


def _windows(text: str) -> tuple[Window, ...]:
    try:
        return read_week(text)
    except ValueError:
        return ()
