"""Booking: who, what, with whom and when; what is free, and everything that stands against what was chosen."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.patients.queries import get_patient, search_patients
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.scheduling.queries.offerings import practitioner_choices, room_choices
from hms_app.domain.scheduling.queries.services import service_choices
from hms_app.domain.scheduling.service.booking import book_appointment
from hms_app.domain.scheduling.values.booking import BookingInput, SlotWish
from hms_app.state.address import number_from, query_of
from hms_app.state.base import handles, submits
from hms_app.state.replies import go, say
from hms_app.state.scheduling.free_times import (
    DAYS,
    NO_SLOT,
    DayItem,
    FreeColumnItem,
    FreeFound,
    SlotItem,
    day_from,
    read_free_times,
)
from hms_app.state.scheduling.refusals import PlacingScreen

_BOOK: Final = Permission.SCHEDULING_APPOINTMENT_BOOK
_SHORTEST_SEARCH: Final = 2
FIELDS: Final = (
    *("patient_id", "patient", "service_id", "practitioner_id", "room_id", "day", "time"),
    *("duration_minutes", "reason", "with_id", "where_id"),
)
"""What is known of a booking; `with_id` and `where_id` are those of the free time that was taken."""
_BESIDE: Final = ("service_id", "day", "time", "duration_minutes")
"""What is chosen beside the form's own fields."""
_OF_A_SLOT: Final = {"with_id": "", "where_id": ""}
_NO_TIME: Final = {"time": "", **_OF_A_SLOT}
EMPTY: Final = dict.fromkeys(FIELDS, "")


class BookingState(PlacingScreen, rx.State):
    """The booking that is being made, and the free times that are offered for it."""

    chosen: dict[str, str] = EMPTY
    summary: str = ""
    """The chosen time in words; "" for none."""
    is_open: bool = False
    form_key: str = ""
    patients: list[Choice] = []
    services: list[Choice] = []
    practitioners: list[Choice] = []
    rooms: list[Choice] = []
    days: list[DayItem] = []
    columns: list[FreeColumnItem] = []
    next_free: SlotItem = NO_SLOT
    may_register: bool = False
    _key: str = ""

    @handles(_BOOK)
    async def load(self) -> None:
        """Begin a booking with what the address names."""
        await self._begin_with(query_of(self))
        self.is_loading = False

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def find_patients(self, text: str) -> None:
        """Patients by what is typed of them."""
        wanted = str(text).strip()
        found = (
            await self._look_up(search_patients, text=wanted, place="booking")
            if len(wanted) >= _SHORTEST_SEARCH
            else None
        )
        self.patients = [_patient_choice(row) for row in found or []]

    @handles(_BOOK)
    async def choose(self, part: str, value: str) -> None:
        """Set the service, practitioner or room, and show what is free for it."""
        if part in ("service_id", "practitioner_id", "room_id"):
            self._choose({**_OF_A_SLOT, part: str(number_from(value) or "")})
            await self._offer()

    @handles(_BOOK)
    async def show_day(self, day: str) -> None:
        """What is free on a day and those around it."""
        if day_from(day):
            self._choose({**_NO_TIME, "day": str(day)})
            await self._offer()

    @handles(_BOOK)
    async def later(self) -> None:
        """The days after those of the strip."""
        await self._step(DAYS)

    @handles(_BOOK)
    async def earlier(self) -> None:
        """The days before those of the strip."""
        await self._step(-DAYS)

    @handles(_BOOK)
    async def take(self, day: str, time: str, practitioner_id: str, room_id: str) -> None:
        """Choose a free time, with whom and where it is."""
        if day_from(day):
            with_whom, where = str(number_from(practitioner_id) or ""), str(number_from(room_id) or "")
            self._choose({"day": str(day), "time": str(time), "with_id": with_whom, "where_id": where})
            self._forget_refusal()
            await self._offer()

    @submits(_BOOK)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Book; all that stands against it is listed at once, and nothing that was chosen is lost."""
        self._take_typed(form)
        chosen = self.chosen
        ids = {
            "practitioner_id": chosen["with_id"] or chosen["practitioner_id"],
            "room_id": chosen["where_id"] or chosen["room_id"],
        }
        sent = {**form, **{name: chosen[name] for name in _BESIDE}, **ids, "key": self._key}
        booked = await self._place(book_appointment, form=sent, booking=BookingInput)
        if booked is None:
            await self._offer()
            return None
        self.is_open, self._key = False, str(uuid4())
        return [
            say(f"Appointment {booked.number} is booked."),
            go(navigation.APPOINTMENT, appointment_id=booked.id),
        ]

    @handles(_BOOK)
    async def open_again(self, day: str, time: str, practitioner_id: str, service_id: str) -> None:
        """Open the drawer as it was, after its screen had to be loaded anew."""
        asked = {"day": day, "time": time, "practitioner_id": practitioner_id, "service_id": service_id}
        await self._open_with({name: str(value) for name, value in asked.items()})

    async def _open_with(self, asked: Mapping[str, str]) -> None:
        """Begin a booking beside another screen, in its drawer."""
        await self._begin_with(asked)
        self.is_open = True

    @handles(_BOOK)
    async def close(self) -> None:
        """Leave the booking."""
        self.is_open = False

    async def _begin_with(self, asked: Mapping[str, str]) -> None:
        """Begin a booking with what is known of it already."""
        self.problem, self.problems = "", {}
        self._forget_refusal()
        self._key = self.form_key = str(uuid4())
        known = {name: str(asked.get(name) or "") for name in FIELDS if name != "patient"}
        known["patient_id"] = str(asked.get("patient_id") or asked.get("patient") or "")
        begun = await self._run(_begin, patient_id=number_from(known["patient_id"]))
        if begun is None:
            return
        patient, choices, self.may_override, self.may_register, today = begun
        self.services, self.practitioners, self.rooms = choices
        self.chosen = {**EMPTY, **known, **patient}
        if not day_from(self.chosen["day"]):
            self._choose({"day": today.isoformat(), "time": ""})
        await self._offer()

    async def _step(self, days: int) -> None:
        day = day_from(self.chosen["day"])
        if day:
            self._choose({**_NO_TIME, "day": (day + dt.timedelta(days=days)).isoformat()})
            await self._offer()

    def _take_typed(self, form: Mapping[str, Any]) -> None:
        """What was typed beside the slot picker: another time is none of the slot that was taken."""
        typed = {name: str(form.get(name) or "") for name in ("day", "time", "reason")}
        is_slot = (typed["day"], typed["time"]) == (self.chosen["day"], self.chosen["time"])
        self._choose({**({} if is_slot else _OF_A_SLOT), **typed})

    def _choose(self, parts: dict[str, str]) -> None:
        self.chosen = {**self.chosen, **parts}

    async def _offer(self) -> None:
        """Show what is free for what is chosen."""
        found: FreeFound | None = await self._look_up(
            read_free_times,
            wish=self._wish(),
            day=day_from(self.chosen["day"]),
            time=self.chosen["time"],
        )
        if found is None:
            self.days, self.columns, self.next_free, self.summary = [], [], NO_SLOT, ""
            return
        self.days, self.columns, self.next_free = found.days, found.columns, found.next_free
        self.summary = found.summary

    def _wish(self) -> SlotWish:
        practitioner, room = number_from(self.chosen["practitioner_id"]), number_from(self.chosen["room_id"])
        return SlotWish(
            service_id=number_from(self.chosen["service_id"]) or None,
            practitioner_ids=(practitioner,) if practitioner else (),
            room_id=room or None,
            duration_minutes=number_from(self.chosen["duration_minutes"]) or None,
        )


def _begin(
    session: Session, actor: Actor, *, patient_id: int
) -> tuple[dict[str, str], tuple[list[Choice], ...], bool, bool, dt.date]:
    patient = {"patient_id": "", "patient": ""}
    if patient_id:
        row = get_patient(session, actor, patient_id=patient_id)
        patient = {"patient_id": str(row.id), "patient": f"{row.name}, {row.mrn}"}
    may_see_staff = actor.can(Permission.ORGANIZATION_PRACTITIONER_READ)
    may_see_rooms = actor.can(Permission.ORGANIZATION_ROOM_READ)
    return (
        patient,
        (
            service_choices(session, actor),
            practitioner_choices(session) if may_see_staff else [],
            room_choices(session) if may_see_rooms else [],
        ),
        actor.can(Permission.SCHEDULING_APPOINTMENT_OVERRIDE),
        actor.can(Permission.PATIENTS_PATIENT_REGISTER),
        actor.locale.today(),
    )


def _patient_choice(row: PatientRow) -> Choice:
    detail = ", ".join(text for text in (row.age, row.birth_date, row.mrn) if text)
    return Choice(value=str(row.id), label=row.name, detail=detail)
