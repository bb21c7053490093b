"""The record's overview: the cards about one patient that this person may see."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.workflows.read_overview import read_overview
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.patients.record_rows import NO_OVERVIEW, OverviewView, overview_view
from hms_app.state.scheduling.appointment_rows import NO_APPOINTMENT, AppointmentItem, appointment_item


class PatientRecordState(RecordScreenState, rx.State):
    """The overview of one patient."""

    overview: OverviewView = NO_OVERVIEW
    comes_next: AppointmentItem = NO_APPOINTMENT
    """The appointment that is now or comes next."""
    shows_next: bool = False
    """Whether this person may see appointments."""

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def load(self) -> Any:
        """Show the patient the address names, and nothing of any other."""
        patient_id = await self._begin()
        yield
        if patient_id:
            self._show(await self._read(_overview, patient_id))

    @handles(Permission.PATIENTS_PATIENT_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed."""
        self._show(await self._read_again(_overview))

    def _show(self, found: tuple[OverviewView, AppointmentItem, bool] | None) -> None:
        if found is not None:
            self.overview, self.comes_next, self.shows_next = found

    def _clear(self) -> None:
        self.overview, self.comes_next, self.shows_next = NO_OVERVIEW, NO_APPOINTMENT, False


def _overview(
    session: Session, actor: Actor, *, patient_id: int
) -> tuple[OverviewView, AppointmentItem, bool]:
    cards, comes_next = read_overview(session, actor, patient_id=patient_id)
    shown = appointment_item(comes_next, actor.locale) if comes_next else NO_APPOINTMENT
    return overview_view(cards), shown, actor.can(Permission.SCHEDULING_APPOINTMENT_READ)
