"""How a patient is reached and who pays."""

import datetime as dt
from typing import Any, Final

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.form_input import FormInput
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.organization.queries import list_payers
from hms_app.domain.organization.values import Choice, known_countries
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import list_contacts, list_coverages
from hms_app.domain.patients.values import (
    AddressInput,
    CoveragePart,
    DetailKind,
    DetailRow,
    EmailInput,
    PhonePart,
    RelationPart,
)
from hms_app.state.base import handles, submits
from hms_app.state.organization.rows import payer_choice
from hms_app.state.patients.details import DetailsState
from hms_app.state.replies import say

REQUESTS: Final[dict[str, type[FormInput]]] = {
    DetailKind.PHONE.value: PhonePart,
    DetailKind.EMAIL.value: EmailInput,
    DetailKind.ADDRESS.value: AddressInput,
    DetailKind.RELATION.value: RelationPart,
}


class ContactsState(DetailsState, rx.State):
    """The rows about reaching a patient and about who pays."""

    payers: list[Choice] = []
    countries: list[dict[str, str]] = []
    country: str = ""
    sees_coverage: bool = False

    @handles(Permission.PATIENTS_CONTACT_READ)
    async def load(self) -> Any:
        """Show the patient the address names, and nothing of any other."""
        patient_id = await self._begin()
        yield
        if patient_id:
            self._show_found(await self._read(read_contacts, patient_id))

    @handles(Permission.PATIENTS_CONTACT_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed, but for what is open."""
        self._show_found(await self._read_again(read_contacts))
        await self._note_changed_row()

    @submits(Permission.PATIENTS_CONTACT_EDIT)
    async def save_contact(self, form: dict[str, Any]) -> Any:
        """Add or correct a phone, an e-mail address, an address or a person to call."""
        request = REQUESTS.get(self.opened_kind)
        if request is None:
            return None
        saved = await self._save_row(form, request, service.add_contact, service.correct_contact)
        return [say("Saved."), type(self).load] if saved else None

    @submits(Permission.PATIENTS_COVERAGE_EDIT)
    async def save_coverage(self, form: dict[str, Any]) -> Any:
        """Add or correct a coverage."""
        saved = await self._save_row(form, CoveragePart, service.add_coverage, service.correct_coverage)
        return [say("Saved."), type(self).load] if saved else None

    @submits(Permission.PATIENTS_CONTACT_EDIT)
    async def end_contact(self, form: dict[str, Any]) -> Any:
        """End a row, or take its end back."""
        return (
            type(self).load
            if await self._end_row(self._of_kind(service.end_contact), "ended_on", form)
            else None
        )

    @submits(Permission.PATIENTS_COVERAGE_EDIT)
    async def end_coverage(self, form: dict[str, Any]) -> Any:
        """Say on which day a coverage counts last, or take that back."""
        return type(self).load if await self._end_row(service.end_coverage, "last_day", form) else None

    @submits(Permission.PATIENTS_CONTACT_EDIT)
    async def retract_contact(self, form: dict[str, Any]) -> Any:
        """Call a row an error."""
        return (
            type(self).load if await self._retract_row(self._of_kind(service.retract_contact), form) else None
        )

    @submits(Permission.PATIENTS_COVERAGE_EDIT)
    async def retract_coverage(self, form: dict[str, Any]) -> Any:
        """Call a coverage an error."""
        return type(self).load if await self._retract_row(service.retract_coverage, form) else None

    @handles(Permission.ORGANIZATION_PAYER_READ, supersedes=True)
    async def find_payers(self, text: str) -> None:
        """Search payers for the form."""
        page = await self._look_up(list_payers, text=str(text)[:100])
        self.payers = [payer_choice(row) for row in page.rows[:8]] if page else []

    def _of_kind(self, use_case: Any) -> Any:
        kind = DetailKind(self.opened_kind) if self.opened_kind in REQUESTS else DetailKind.PHONE
        return lambda session, actor, **arguments: use_case(session, actor, kind=kind, **arguments)

    def _show_found(self, found: Any) -> None:
        if found is None:
            return
        rows, today, self.country, self.sees_coverage = found
        self._show_details(rows, today)
        self.countries = [{"value": code, "label": name} for code, name in known_countries().items()]


def read_contacts(
    session: Session, actor: Actor, *, patient_id: int
) -> tuple[list[DetailRow], dt.date, str, bool]:
    """The rows that this person may see, the hospital's day and country, and whether coverage is among them."""
    rows = list_contacts(session, actor, patient_id=patient_id)
    sees_coverage = actor.can(Permission.PATIENTS_COVERAGE_READ)
    if sees_coverage:
        rows += list_coverages(session, actor, patient_id=patient_id)
    audit.record_access(session, actor, patient_id=patient_id, what="contacts and coverage")
    return rows, actor.locale.today(), actor.locale.country, sees_coverage
