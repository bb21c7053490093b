"""One appointment, in a drawer or on its page: what it is, what happened to it, and what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.scheduling.queries.appointments import get_appointment
from hms_app.domain.scheduling.service.moving import move_appointment
from hms_app.domain.scheduling.values.booking import MoveInput
from hms_app.state.address import id_in_path, number_from
from hms_app.state.base import handles, submits
from hms_app.state.replies import refuse, say
from hms_app.state.scheduling.acts import ActItem, act_named, acts_of, can_move
from hms_app.state.scheduling.appointment_rows import (
    NO_APPOINTMENT,
    AppointmentItem,
    ChangeItem,
    appointment_item,
    change_items,
)
from hms_app.state.scheduling.refusals import PlacingScreen

_READ: Final = Permission.SCHEDULING_APPOINTMENT_READ
_BOOK: Final = Permission.SCHEDULING_APPOINTMENT_BOOK
_NOWHERE: Final = dict.fromkeys(("day", "time", "duration_minutes", "practitioner_id", "room_id"), "")


@dataclass(frozen=True)
class Shown:
    """All that is shown of an appointment to one reader."""

    item: AppointmentItem
    history: list[ChangeItem]
    acts: list[ActItem]
    may_move: bool
    may_override: bool


class AppointmentState(PlacingScreen, rx.State):
    """The appointment that is looked at, and the question that is open about it."""

    shown: AppointmentItem = NO_APPOINTMENT
    history: list[ChangeItem] = []
    acts: list[ActItem] = []
    may_move: bool = False
    asked: str = ""
    """The act whose reason is asked for, or "move"; "" for none."""
    asked_verb: str = ""
    wanted: dict[str, str] = _NOWHERE
    """Where it is to be moved, as its form begins."""
    load_problem: str = ""

    @handles(_READ)
    async def load(self) -> None:
        """Show the appointment that the address names."""
        self._ask_nothing()
        try:
            wanted = id_in_path(self, place=1, what="appointment")
        except DomainError as refusal:
            self.shown, self.load_problem = NO_APPOINTMENT, str(refusal)
        else:
            await self._show(wanted)
        self.is_loading = False

    @handles(_READ)
    async def look(self, appointment_id: str) -> None:
        """Look at an appointment; "" closes it."""
        self._ask_nothing()
        self.shown = NO_APPOINTMENT
        if appointment_id:
            await self._show(number_from(appointment_id))

    @handles(_READ)
    async def look_again(self, appointment_id: str, act: str) -> None:
        """Look at an appointment with the question that was open about it."""
        await self.look(appointment_id)
        if self.shown["id"] and (act == "move" or getattr(act_named(act), "wants_reason", False)):
            await self.ask(act)

    @handles(_READ, passive=True)
    async def refresh(self) -> None:
        """Show what others changed; an open question stays."""
        if self.shown["id"]:
            self._take(await self._reread(read_shown, appointment_id=number_from(self.shown["id"])))

    @handles(SIGNED_IN)
    async def ask(self, act: str) -> Any:
        """Take a step that wants no reason at once, and ask for the reason of another; "" asks nothing."""
        wanted = act_named(act)
        self._ask_nothing()
        if wanted is not None and not wanted.wants_reason:
            return await self._do(str(act), {})
        if act == "move":
            self.wanted = {**_NOWHERE, "day": self.shown["day"], "time": self.shown["time"]}
        if wanted is not None or act == "move":
            self.asked = str(act)
            self.asked_verb = next((one["verb"] for one in self.acts if one["id"] == act), "Move")
        return None

    @submits(SIGNED_IN)
    async def answer(self, form: dict[str, Any]) -> Any:
        """Take the step that is asked for, with the reason that was given."""
        return await self._do(self.asked, form)

    @submits(_BOOK)
    async def move(self, form: dict[str, Any]) -> Any:
        """Move it to another time; all that stands against it is listed."""
        key, sent = number_from(self.shown["id"]), {**form, "version": self.shown["version"]}
        moved = await self._place(move_appointment, form=sent, move=MoveInput, appointment_id=key)
        if moved is None:
            return None
        self._ask_nothing()
        await self._show(key)
        return say(f"Appointment {moved.number} is moved to {self.shown['when']}.")

    async def _move_to(self, appointment_id: int, form: Mapping[str, str]) -> Any:
        """Move what was dragged; what has to be confirmed or overridden is asked in the drawer, with the new time."""
        moved = await self._place(move_appointment, form=form, move=MoveInput, appointment_id=appointment_id)
        if moved is not None:
            self._ask_nothing()
            return say(f"Appointment {moved.number} is moved to {form['time']}.")
        if self.conflicts or self.can_override:
            await self._show(appointment_id)
            self.asked, self.asked_verb, self.wanted = "move", "Move", {**_NOWHERE, **form}
            return None
        said = " ".join(self.reasons) or self.problem
        self._ask_nothing()
        return refuse(said)

    async def _do(self, act: str, form: Mapping[str, Any]) -> Any:
        wanted, key = act_named(act), number_from(self.shown["id"])
        if wanted is None or not key:
            return None
        reason = {"reason": str(form.get("reason") or "")} if wanted.wants_reason else {}
        version = number_from(self.shown["version"]) or None
        await self._run(wanted.run, appointment_id=key, version=version, **reason)
        if self.problem:
            return None if self.asked else refuse(self.problem)
        self._ask_nothing()
        await self._show(key)
        return say(f"Appointment {self.shown['number']}: {self.shown['status'].lower()}.")

    async def _show(self, appointment_id: int) -> None:
        found = await self._run(read_shown, appointment_id=appointment_id)
        self.load_problem, self.problem = self.problem, ""
        if found is None:
            self.shown, self.history, self.acts, self.may_move = NO_APPOINTMENT, [], [], False
        self._take(found)

    def _take(self, found: Shown | None) -> None:
        if found is not None:
            self.shown, self.history, self.acts = found.item, found.history, found.acts
            self.may_move, self.may_override = found.may_move, found.may_override

    def _ask_nothing(self) -> None:
        self.asked, self.asked_verb, self.problem, self.problems = "", "", "", {}
        self._forget_refusal()


def read_shown(session: Session, actor: Actor, *, appointment_id: int) -> Shown:
    """An appointment with its history, and what this person may do with it."""
    found = get_appointment(session, actor, appointment_id=appointment_id)
    row = found.appointment
    return Shown(
        item=appointment_item(row, actor.locale),
        history=change_items(found.history, actor.locale),
        acts=acts_of(row, actor),
        may_move=actor.can(_BOOK) and can_move(row),
        may_override=actor.can(Permission.SCHEDULING_APPOINTMENT_OVERRIDE),
    )
