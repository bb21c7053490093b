"""Vital signs of one patient as charts."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import list_vital_sign_series
from hms_app.state.base import handles
from hms_app.state.clinical.vital_sign_rows import VitalChart, vital_chart
from hms_app.state.patients.head import RecordScreenState


class VitalSignsState(RecordScreenState, rx.State):
    """A chart for each vital sign that was ever measured."""

    charts: list[VitalChart] = []

    @handles(Permission.CLINICAL_OBSERVATION_READ)
    async def load(self) -> Any:
        """Show the patient the address names, and nothing of any other."""
        patient_id = await self._begin()
        yield
        if patient_id:
            self.charts = await self._read(read_charts, patient_id) or []

    @handles(Permission.CLINICAL_OBSERVATION_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed."""
        self.charts = await self._read_again(read_charts) or self.charts

    def _clear(self) -> None:
        self.charts = []


def read_charts(session: Session, actor: Actor, *, patient_id: int) -> list[VitalChart]:
    """Every vital sign the patient has values of."""
    found = list_vital_sign_series(session, actor, patient_id=patient_id)
    return [vital_chart(series, actor.locale) for series in found if series.points]
