"""The address of a merged record leads to its survivor, with a line that says so."""

from typing import Any

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients.queries import find_survivor, get_patient
from hms_app.navigation import SCREENS
from hms_app.state.address import id_from, id_in_path, query_of, with_query
from hms_app.state.base import ScreenState, handles
from hms_app.state.replies import go

RECORD_ROUTES = frozenset(screen.route for screen in SCREENS if "[patient_id]" in screen.route)


class MergedRecordState(ScreenState, rx.State):
    """Which record somebody asked for who was led to this one."""

    note: str = ""
    note_for: str = ""

    @handles(Permission.PATIENTS_PATIENT_READ, passive=True)
    async def follow(self, route: str) -> Any:
        """Go to the survivor of the record the address names, if that was merged; else stay."""
        self.note = self.note_for = ""
        try:
            patient_id = id_in_path(self, what="patient")
        except NotFound:
            return None
        survivor_id = await self._run(find_survivor, patient_id=patient_id)
        if survivor_id is not None and route in RECORD_ROUTES:
            there = route.replace("[patient_id]", str(survivor_id))
            return go(with_query(there, merged=str(patient_id)), replace=True)
        await self._say_from_where(patient_id)
        return None

    async def _say_from_where(self, patient_id: int) -> None:
        """The line over the record, when the address says from where somebody was led, and that is so."""
        try:
            former_id = id_from(query_of(self).get("merged", ""), what="patient")
        except NotFound:
            return
        said = await self._run(_former_record, patient_id=patient_id, former_id=former_id)
        if said:
            self.note, self.note_for = said, str(patient_id)


def _former_record(session: Session, actor: Actor, *, patient_id: int, former_id: int) -> str:
    if find_survivor(session, actor, patient_id=former_id) != patient_id:
        return ""
    former = get_patient(session, actor, patient_id=former_id)
    audit.record_access(session, actor, patient_id=former_id, what="merged name")
    return f"You asked for {former.name}, {former.mrn}. That record was merged into this one."
