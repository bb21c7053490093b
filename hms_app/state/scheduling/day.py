"""What the screens of the day share: people in their lanes, the acts on each, and the question that some acts ask."""

from typing import Any, ClassVar, TypedDict

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keys import key_of
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.organization.values import Choice
from hms_app.domain.scheduling.queries.choices import DayChoices, day_choices
from hms_app.domain.scheduling.queries.desk import read_desk
from hms_app.domain.scheduling.service import places
from hms_app.domain.scheduling.service.cancelling import mark_no_show, restore_appointment
from hms_app.domain.scheduling.values.queues import Desk, DeskFilters, UrgentInput
from hms_app.domain.scheduling.values.words import QueueStage
from hms_app.domain.workflows.check_in import check_in, undo_check_in
from hms_app.domain.workflows.queue_steps import move_in_queue
from hms_app.state.base import ScreenState, handles
from hms_app.state.lists.screen import guard_by_class, handles_with, submits_with
from hms_app.state.replies import refuse, say
from hms_app.state.scheduling.day_rows import (
    ABSENT,
    CALL,
    CHECK_IN,
    NO_SHOW,
    NOT_URGENT,
    RESTORE,
    TO_STAGE,
    UNDO_CHECK_IN,
    URGENT,
    DayItem,
    DelayItem,
    day_item,
    delay_item,
)

LEFT = f"{TO_STAGE}{QueueStage.LEFT.value}"
ASKS = {URGENT: "Why is it urgent?", LEFT: "Why did they leave?"}
"""Acts that ask for a reason first."""


class DayView(TypedDict):
    """All that a screen of the day shows, and what it offers to choose."""

    lanes: dict[str, list[DayItem]]
    delays: list[DelayItem]
    choices: DayChoices
    may_book: bool


class DayScreen(ScreenState, mixin=True):
    """A screen of the day; its class says in `works` who may act on it."""

    works: ClassVar[Permission]
    place: ClassVar[str]
    expected: list[DayItem] = []
    waiting: list[DayItem] = []
    with_doctor: list[DayItem] = []
    over: list[DayItem] = []
    delays: list[DelayItem] = []
    queues: list[Choice] = []
    rooms: list[Choice] = []
    departments: list[Choice] = []
    practitioners: list[Choice] = []
    services: list[Choice] = []
    may_book: bool = False
    opened: str = ""
    """The question that stands open; empty while none does."""
    asked_of: str = ""
    asked_name: str = ""
    form_key: int = 0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        guard_by_class(cls)

    def _filters(self) -> DeskFilters:
        """What the screen is narrowed to: everybody, unless it says so."""
        return DeskFilters()

    @handles_with("works", passive=True)
    async def refresh(self) -> None:
        """Show what changed, and that minutes have passed; an open question stays."""
        await self._show_day(self._reread)

    @handles_with("works")
    async def act(self, row_id: str, act: str) -> Any:
        """Do what a row offers, or ask for the reason first."""
        row_id, act = str(row_id), str(act)
        if act in ASKS:
            self.opened, self.asked_of = act, row_id
            self.asked_name = next((row["name"] for row in self._everybody() if row["id"] == row_id), "")
            self.form_key += 1
            self.problem, self.problems = "", {}
            return None
        done = await self._run(_act, row_id=row_id, act=act)
        return await self._answered(done)

    @submits_with("works")
    async def answer(self, form: dict[str, Any]) -> Any:
        """Do what was asked about, with the reason that was given."""
        done = await self._run(
            _act, row_id=self.asked_of, act=self.opened, reason=str(form.get("reason", "")).strip()
        )
        if done is None:
            return None
        self.opened = ""
        return await self._answered(done)

    @handles(SIGNED_IN)
    async def close_form(self) -> None:
        """Ask no more."""
        self.opened, self.problem = "", ""
        self.problems = {}

    async def _answered(self, done: str | None) -> Any:
        refusal, self.problem = self.problem, ""
        await self._show_day(self._reread)
        return say(done) if done else refuse(refusal) if refusal else None

    async def _show_day(self, run: Any) -> None:
        shown: DayView | None = await run(_day_of, filters=self._filters(), place=self.place)
        self.is_loading = False
        if shown is None:
            return
        for name, rows in shown["lanes"].items():
            if getattr(self, name) != rows:
                setattr(self, name, rows)
        self.may_book = shown["may_book"]
        if self.delays != shown["delays"]:
            self.delays = shown["delays"]
        for name in ("queues", "rooms", "departments", "practitioners", "services"):
            if getattr(self, name) != getattr(shown["choices"], name):
                setattr(self, name, getattr(shown["choices"], name))

    def _everybody(self) -> list[DayItem]:
        return [*self.expected, *self.waiting, *self.with_doctor, *self.over]


def _day_of(session: Session, actor: Actor, *, filters: DeskFilters, place: str) -> DayView:
    desk: Desk = read_desk(session, actor, filters=filters, place=place)
    lanes = {
        lane: [day_item(row, actor) for row in getattr(desk, lane)]
        for lane in ("expected", "waiting", "with_doctor", "over")
    }
    return {
        "lanes": lanes,
        "delays": [delay_item(delay) for delay in desk.delays],
        "choices": day_choices(session, actor),
        "may_book": actor.can(Permission.SCHEDULING_APPOINTMENT_BOOK),
    }


def _act(session: Session, actor: Actor, *, row_id: str, act: str, reason: str = "") -> str:
    """Do one act on a row of the day; what is said about it."""
    if row_id[:1] == "a":
        return _on_appointment(session, actor, key_of(row_id[1:]) or 0, act)
    if row_id[:1] == "q":
        return _on_place(session, actor, key_of(row_id[1:]) or 0, act, reason)
    raise NotFound("row")


def _on_appointment(session: Session, actor: Actor, appointment_id: int, act: str) -> str:
    if act == NO_SHOW:
        mark_no_show(session, actor, appointment_id=appointment_id)
        return "Marked as a no-show."
    if act == RESTORE:
        restore_appointment(session, actor, appointment_id=appointment_id)
        return "Expected again."
    if act != CHECK_IN:
        raise NotFound("act")
    return f"Checked in, number {check_in(session, actor, appointment_id=appointment_id).label}."


def _on_place(session: Session, actor: Actor, place_id: int, act: str, reason: str) -> str:
    if act in (CHECK_IN, UNDO_CHECK_IN, NO_SHOW):
        appointment_id = places.appointment_of(session, actor, place_id=place_id)
        if act != UNDO_CHECK_IN:
            return _on_appointment(session, actor, appointment_id, act)
        undo_check_in(session, actor, appointment_id=appointment_id)
        return "The check-in was undone."
    if act == CALL:
        return f"Number {places.call_place(session, actor, place_id=place_id).label} was called."
    if act == ABSENT:
        return f"Number {places.mark_absent(session, actor, place_id=place_id).label} is a few places back."
    if act == URGENT:
        request = UrgentInput.from_form({"urgent_reason": reason})
        return f"Number {places.mark_urgent(session, actor, place_id=place_id, request=request).label} is urgent."
    if act == NOT_URGENT:
        return f"Number {places.unmark_urgent(session, actor, place_id=place_id).label} waits in turn."
    stage = next((stage for stage in QueueStage if act == f"{TO_STAGE}{stage.value}"), None)
    if stage is None:
        raise NotFound("act")
    moved = move_in_queue(session, actor, place_id=place_id, stage=stage, reason=reason)
    return f"Number {moved.label}: {_SAID[moved.status]}."


_SAID = {
    QueueStage.TO_NURSE: "back to the nurse",
    QueueStage.READY: "ready",
    QueueStage.CALLED: "called",
    QueueStage.WITH_DOCTOR: "with the doctor",
    QueueStage.OUT_FOR_TESTS: "out for tests",
    QueueStage.TO_CASHIER: "to the cashier",
    QueueStage.TO_PHARMACY: "to the pharmacy",
    QueueStage.DONE: "done",
    QueueStage.LEFT: "left",
}
