"""The record's overview: the cards about one patient that this person may see."""

from typing import Any

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_overview
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordScreenState
from hms_app.state.patients.record_rows import NO_OVERVIEW, OverviewView, overview_view


class PatientRecordState(RecordScreenState, rx.State):
    """The overview of one patient."""

    overview: OverviewView = NO_OVERVIEW

    @handles(Permission.PATIENTS_PATIENT_READ)
    async def load(self) -> Any:
        """Show the patient the address names, and nothing of any other."""
        patient_id = await self._begin()
        yield
        if patient_id:
            found = await self._read(get_overview, patient_id)
            if found is not None:
                self.overview = overview_view(found)

    @handles(Permission.PATIENTS_PATIENT_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed."""
        found = await self._read_again(get_overview)
        if found is not None:
            self.overview = overview_view(found)

    def _clear(self) -> None:
        self.overview = NO_OVERVIEW
