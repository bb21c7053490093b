"""What can be said about a whole record from its banner: death, restriction, and whether it is in use."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.clinical.queries import get_patient_banner
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import search_patients
from hms_app.domain.patients.values import Banner, DeathInput, PatientRow
from hms_app.state.base import ScreenState, handles, submits
from hms_app.state.patients.head import PatientHeadState
from hms_app.state.pictures import picture_of
from hms_app.state.replies import go, say

DIALOGS: Final = (
    "death",
    "no-death",
    "restrict",
    "open",
    "deactivate",
    "reactivate",
    "retract",
    "photo",
    "merge",
)
SHORTEST_SEARCH: Final = 2


class OtherRecord(TypedDict):
    """A record that may be the same person's, to choose while typing."""

    value: str
    label: str
    detail: str


class RecordActionsState(ScreenState, rx.State):
    """The dialog that is open over a record."""

    dialog: str = ""
    others: list[OtherRecord] = []
    _version: int = 0
    """The patient's when the dialog was opened: what changes behind it was not looked at yet."""

    @handles(SIGNED_IN)
    async def ask(self, dialog: str) -> None:
        """Open one of the dialogs."""
        self.problem, self.problems, self.others = "", {}, []
        self.dialog = dialog if dialog in DIALOGS else ""
        self._version = (await self.get_state(PatientHeadState))._version

    @handles(SIGNED_IN)
    async def close(self) -> None:
        """Close the dialog."""
        self.problem, self.problems, self.dialog = "", {}, ""

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def record_death(self, form: dict[str, Any]) -> Any:
        """Say when the patient died."""
        return await self._do(service.record_death, "The death is recorded.", form, request=DeathInput)

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def undo_death(self, form: dict[str, Any]) -> Any:
        """Say that the patient is alive."""
        return await self._do(
            service.undo_death, "The record says that the patient is alive.", form, reason=_why(form)
        )

    @submits(Permission.PATIENTS_RESTRICTED_EDIT)
    async def restrict(self, form: dict[str, Any]) -> Any:
        """Hide the record from most."""
        return await self._do(service.restrict_record, "The record is restricted.", form, reason=_why(form))

    @submits(Permission.PATIENTS_RESTRICTED_EDIT)
    async def open_record(self, form: dict[str, Any]) -> Any:
        """Show the record to all who may see patients again."""
        return await self._do(
            service.open_record, "The record is no longer restricted.", form, reason=_why(form)
        )

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def deactivate(self, form: dict[str, Any]) -> Any:
        """Say that the patient no longer comes here."""
        return await self._do(service.deactivate_patient, "The record is inactive.", form, reason=_why(form))

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def reactivate(self, form: dict[str, Any]) -> Any:
        """Take the record into use again."""
        return await self._do(
            service.reactivate_patient, "The record is in use again.", form, reason=_why(form)
        )

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def retract(self, form: dict[str, Any]) -> Any:
        """Say that the record was entered in error."""
        return await self._do(
            service.retract_patient, "The record is marked as an error.", form, reason=_why(form)
        )

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def change_photo(self, form: dict[str, Any]) -> Any:
        """Show the photo that was chosen or taken."""
        picture = picture_of(form, "photo")
        if picture is None:
            self.problems = {"photo": "Choose a file, or take a photo with the camera."}
            return None
        return await self._do(service.change_photo, "The photo is changed.", form, picture=picture)

    @handles(Permission.PATIENTS_PATIENT_EDIT)
    async def remove_photo(self) -> Any:
        """Show no photo."""
        return await self._do(service.change_photo, "The photo is no longer shown.", {}, picture=None)

    @handles(Permission.PATIENTS_PATIENT_MERGE, supersedes=True)
    async def find_other(self, text: str) -> None:
        """Offer the records that are found by what somebody types, except the open one."""
        wanted, head = text.strip(), await self.get_state(PatientHeadState)
        found: list[PatientRow] | None = []
        if len(wanted) >= SHORTEST_SEARCH:
            found = await self._look_up(search_patients, text=wanted)
        self.others = [_other(row) for row in found or [] if str(row.id) != head.shown_for]

    @handles(Permission.PATIENTS_PATIENT_MERGE)
    async def compare_with(self, form: dict[str, Any]) -> Any:
        """Put the open record beside the one that was chosen; nothing is merged yet."""
        head = await self.get_state(PatientHeadState)
        other = str(form.get("other", ""))
        if not other.isdecimal() or not head.shown_for:
            self.problems = {"other": "Choose a record of the list."}
            return None
        self.dialog = ""
        return go(navigation.DUPLICATE_PAIR.address(first_id=head.shown_for, second_id=other))

    async def _do(
        self, use_case: Callable[..., None], done: str, form: Mapping[str, Any], **arguments: Any
    ) -> Any:
        head = await self.get_state(PatientHeadState)
        patient_id = int(head.shown_for or 0)
        version = self._version if self.dialog else head._known_version(patient_id)

        def work(session: Session, actor: Actor, **read: Any) -> tuple[Actor, Banner]:
            use_case(session, actor, patient_id=patient_id, version=version, **read)
            return actor, get_patient_banner(session, actor, patient_id=patient_id)

        found = await self._submit(work, form=form, **arguments)
        if found is None:
            return None
        self.dialog = ""
        head._show(patient_id, *found)
        return [say(done), go(navigation.PATIENT_RECORD.address(patient_id=patient_id))]


def _why(form: dict[str, Any]) -> str:
    return str(form.get("reason", ""))


def _other(row: PatientRow) -> OtherRecord:
    words = (row.birth_date, row.age, row.sex, row.mrn)
    return {"value": str(row.id), "label": row.name, "detail": " · ".join(word for word in words if word)}
