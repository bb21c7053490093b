"""The desk: everybody of today, the scanner's field, walk-ins, and how late somebody runs."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.keys import key_of
from hms_app.core.permissions import Permission
from hms_app.core.text import fold
from hms_app.domain.organization.values import Choice
from hms_app.domain.patients.queries import search_patients
from hms_app.domain.scheduling.queries.desk import read_desk
from hms_app.domain.scheduling.service.places import announce_delay
from hms_app.domain.scheduling.values.queues import DelayInput, DeskFilters, DeskRow, WalkInInput
from hms_app.domain.scheduling.values.words import AppointmentStatus
from hms_app.domain.workflows.check_in import check_in, get_walk_in, receive_walk_in
from hms_app.state.address import number_from, query_of, with_query
from hms_app.state.base import handles, submits
from hms_app.state.replies import say, show_address
from hms_app.state.scheduling.day import DayScreen

WALK_IN: Final = "walk-in"
DELAY: Final = "delay"
SHORTEST_SEARCH: Final = 2
_DESK: Final = Permission.SCHEDULING_APPOINTMENT_CHECK_IN
_FILTERS: Final = ("department", "practitioner")


class Scanned(TypedDict):
    """What became of the last card or number that was read."""

    text: str
    tone: str


NOTHING: Final[Scanned] = {"text": "", "tone": ""}


class DeskState(DayScreen, rx.State):
    """What the desk knows."""

    works: ClassVar = _DESK
    place: ClassVar = "desk"
    asked: dict[str, str] = {}
    labels: dict[str, str] = {}
    text: str = ""
    scanned: Scanned = NOTHING
    scan_key: int = 0
    found: list[Choice] = []
    chosen: str = ""
    chosen_name: str = ""

    @handles(_DESK)
    async def load(self) -> None:
        """Show the day as the address narrows it."""
        query = query_of(self)
        self.asked = {name: query.get(name, "") for name in _FILTERS}
        self.text, self.scanned = "", NOTHING
        await self._show_day(self._run)
        self._name_filters()
        if query.get("patient"):
            await self._begin_walk_in(query["patient"])

    @handles(_DESK, supersedes=True)
    async def search(self, text: str) -> None:
        """Show only those who are meant, while somebody types."""
        self.text = str(text)[:200]
        await self._show_day(self._run)

    @handles(_DESK)
    async def narrow(self, part: str, value: str) -> Any:
        """Set one filter; "" for any."""
        if str(part) not in _FILTERS:
            return None
        self.asked = {**self.asked, str(part): str(value)}
        await self._show_day(self._run)
        self._name_filters()
        return show_address(with_query("/desk", **self.asked))

    @handles(_DESK)
    async def scan(self, form: dict[str, Any]) -> Any:
        """Check in whoever's card was read, or whose number was typed and sent; else say where they are."""
        text = str(form.get("scan", "")).strip()[:200]
        if not text:
            return None
        told: tuple[str, str] | None = await self._run(_scan, text=text)
        self.scanned = (
            {"text": told[0], "tone": told[1]} if told else {"text": self.problem, "tone": "danger"}
        )
        self.problem = ""
        if told is None or told[1] == "success":
            self.text, self.scan_key = "", self.scan_key + 1
        await self._show_day(self._reread)
        return None

    @handles(_DESK)
    async def open_walk_in(self) -> None:
        """Ask who comes, and for what."""
        self.chosen, self.chosen_name = "", ""
        self._ask(WALK_IN)

    @handles(_DESK)
    async def open_delay(self) -> None:
        """Ask who runs late, and how much."""
        self._ask(DELAY)

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def find(self, text: str) -> None:
        """Find the patient who walks in, while somebody types."""
        wanted = str(text).strip()
        if len(wanted) < SHORTEST_SEARCH:
            self.found = []
            return
        rows = await self._look_up(search_patients, text=wanted, place="walk-in", limit=8)
        self.found = [
            {
                "value": str(row.id),
                "label": row.name,
                "detail": " · ".join(part for part in (row.birth_date, row.mrn) if part),
            }
            for row in rows or []
        ]

    @submits(_DESK)
    async def receive(self, form: dict[str, Any]) -> Any:
        """Give a walk-in a number."""
        place = await self._submit(receive_walk_in, request=WalkInInput, form=_walk_in_of(form))
        if place is None:
            return None
        self.opened = ""
        await self._show_day(self._reread)
        return say(f"Number {place.label}.")

    @submits(_DESK)
    async def announce(self, form: dict[str, Any]) -> Any:
        """Say on desk and board how late somebody runs."""
        await self._submit(announce_delay, request=DelayInput, form=form)
        if self.problem:
            return None
        self.opened = ""
        await self._show_day(self._reread)
        return say("The desk and the board say so.")

    def _filters(self) -> DeskFilters:
        return DeskFilters(
            text=self.text,
            department_id=key_of(self.asked.get("department", "")),
            practitioner_id=key_of(self.asked.get("practitioner", "")),
        )

    async def _begin_walk_in(self, patient_id: str) -> None:
        """Ask what somebody comes for who was just registered."""
        row = await self._run(get_walk_in, patient_id=number_from(patient_id))
        if row is not None:
            self._ask(WALK_IN)
            self.chosen, self.chosen_name = str(row.id), row.name

    def _ask(self, what: str) -> None:
        self.opened, self.form_key = what, self.form_key + 1
        self.problem, self.problems, self.found = "", {}, []

    def _name_filters(self) -> None:
        offered = {"department": self.departments, "practitioner": self.practitioners}
        self.labels = {
            name: next((one["label"] for one in offered[name] if one["value"] == self.asked[name]), "")
            for name in _FILTERS
        }


def _walk_in_of(form: Mapping[str, Any]) -> dict[str, Any]:
    return {**form, "to_nurse": bool(form.get("to_nurse"))}


def _scan(session: Session, actor: Actor, *, text: str) -> tuple[str, str]:
    """Check in the one whose record or appointment number this is; what became of it, and how it is marked."""
    desk = read_desk(session, actor, filters=DeskFilters(), place="scan")
    everybody = [*desk.expected, *desk.waiting, *desk.with_doctor, *desk.over]
    meant = [row for row in everybody if _is_meant(row, text)]
    if not meant:
        return (f"Nobody of today has the number {text}. A walk-in?", "warning")
    expected = [row for row in meant if row.appointment_status is AppointmentStatus.BOOKED]
    if not expected:
        row = meant[0]
        return (f"{row.name} is here already{f', number {row.number}' if row.number else ''}.", "info")
    first = expected[0]
    place = check_in(session, actor, appointment_id=first.appointment_id or 0)
    at = actor.locale.time(first.starts_at)
    return (f"{first.name}, {at}: checked in, number {place.label}.", "success")


def _is_meant(row: DeskRow, text: str) -> bool:
    return fold(text) in {fold(number) for number in (row.mrn, row.appointment_number) if number}
