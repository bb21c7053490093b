"""Registering a patient: what the form says back while somebody types, and what became of it."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.permissions import Permission
from hms_app.domain.duplicates.queries import read_typing
from hms_app.domain.duplicates.rules import likeness_of
from hms_app.domain.duplicates.service import register_patient
from hms_app.domain.duplicates.values import LIKENESS_WORDS, LikelyDuplicate, TypedSoFar
from hms_app.domain.organization.queries import payer_choices
from hms_app.domain.organization.values import Choice
from hms_app.domain.patients.values import IdentityInput, PatientRow, RegistrationInput
from hms_app.state.base import handles, submits
from hms_app.state.command_form import CommandForm
from hms_app.state.duplicates.likeness import tone_of
from hms_app.state.pictures import picture_of

MOST_REASONS: Final = 4


class LikelyItem(TypedDict):
    """Somebody in the register who looks like the person being typed."""

    id: str
    name: str
    mrn: str
    detail: str
    href: str
    strength: str
    tone: str
    reasons: list[str]


class Registered(TypedDict):
    """The patient that was registered; empty texts before."""

    id: str
    name: str
    mrn: str
    detail: str
    href: str
    card: str
    wristband: str


NOBODY: Final[Registered] = {
    "id": "",
    "name": "",
    "mrn": "",
    "detail": "",
    "href": "",
    "card": "",
    "wristband": "",
}


class RegisterState(CommandForm, rx.State):
    """What the registration knows; what is typed stays in the browser's own fields."""

    country: str = ""
    payers: list[Choice] = []
    birth_words: str = ""
    phone_words: dict[str, str] = {}
    likely: list[LikelyItem] = []
    wants_reason: bool = False
    done: Registered = NOBODY

    @handles(Permission.PATIENTS_PATIENT_REGISTER)
    async def load(self) -> None:
        """Open an empty form; its key makes sure that it registers once, however often it is sent."""
        found = await self._run(_choices)
        self.country, self.payers = found or ("", [])
        self._open_form()
        self.is_loading = False

    @handles(Permission.PATIENTS_PATIENT_REGISTER, supersedes=True)
    async def look(self, form: dict[str, Any]) -> None:
        """Say how the birth and the phones are understood, and who is registered already and looks alike."""
        await self._show_typed(form)

    @submits(Permission.PATIENTS_PATIENT_REGISTER)
    async def submit(self, form: dict[str, Any]) -> Any:
        """Register the patient; a refusal stands at its field and nothing that was typed is lost."""
        row = await self._registered(form)
        if row is not None:
            self.done = _registered(row)
        elif "duplicate_reason" in self.problems:
            await self._show_typed(form)  # The server found somebody whom typing did not show.

    @handles(Permission.PATIENTS_PATIENT_REGISTER)
    async def start_over(self) -> None:
        """Open an empty form for the next patient."""
        self._open_form()

    async def _registered(self, form: dict[str, Any]) -> PatientRow | None:
        row: PatientRow | None = await self._submit_once(
            register_patient, form=form, request=RegistrationInput, photo=picture_of(form, "photo")
        )
        return row

    async def _show_typed(self, form: dict[str, Any]) -> None:
        """What the form says so far, and whom it may mean."""
        found: TypedSoFar | None = await self._look_up(read_typing, request=typed_so_far(form))
        if found is not None:
            self._show(found)

    def _show(self, found: TypedSoFar) -> None:
        self.birth_words, self.phone_words = found.birth_words, found.phones
        likely = [_likely_item(one) for one in found.likely]
        if likely != self.likely:
            self.likely = likely
        self.wants_reason = found.wants_reason

    def _open_form(self) -> None:
        self._begin_command()
        self.done = NOBODY
        self.problem, self.problems = "", {}
        self._show(TypedSoFar())


def typed_so_far(form: Mapping[str, Any]) -> IdentityInput:
    """The identity in a form that is still being filled in; what is not yet valid is left out."""
    given = {str(name): value for name, value in form.items() if isinstance(value, str)}
    try:
        return IdentityInput.from_form(given)
    except InvalidInput as refusal:
        wrong = tuple(name.rpartition("_")[0] + "_" if "_1_" in name else name for name in refusal.problems)
        left = {name: value for name, value in given.items() if not name.startswith(wrong)}
    try:
        return IdentityInput.from_form(left)
    except InvalidInput:
        return IdentityInput()


def _choices(session: Session, actor: Actor) -> tuple[str, list[Choice]]:
    sees_payers = actor.can(Permission.ORGANIZATION_PAYER_READ)
    return actor.locale.country, payer_choices(session, actor) if sees_payers else []


def _likely_item(found: LikelyDuplicate) -> LikelyItem:
    row = found.row
    return {
        "id": str(row.id),
        "name": row.name,
        "mrn": row.mrn,
        "detail": " · ".join(part for part in (row.birth_date, row.age, row.sex) if part),
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
        "strength": LIKENESS_WORDS[likeness_of(found.score.weight)],
        "tone": tone_of(found.score.weight),
        "reasons": [reason[:1].upper() + reason[1:] for reason in found.reasons[:MOST_REASONS]],
    }


def _registered(row: PatientRow) -> Registered:
    return {
        "id": str(row.id),
        "name": row.name,
        "mrn": row.mrn,
        "detail": " · ".join(part for part in (row.birth_date, row.age, row.sex) if part),
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
        "card": f"/papers/patients/{row.id}/card.pdf",
        "wristband": f"/papers/patients/{row.id}/wristband.pdf",
    }
