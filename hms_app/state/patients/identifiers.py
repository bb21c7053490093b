"""Numbers that others gave a patient, and what the patient agreed to."""

import datetime as dt
from typing import Any, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import list_consents, list_identifiers
from hms_app.domain.patients.values import (
    ConsentDecision,
    ConsentInput,
    ConsentRow,
    ConsentState,
    DetailRow,
    IdentifierPart,
)
from hms_app.state.base import handles, submits
from hms_app.state.patients.details import DetailItem, DetailsState
from hms_app.state.replies import say

CONSENT = "consent"
TONES = {
    ConsentState.GIVEN: "success",
    ConsentState.REFUSED: "warning",
    ConsentState.WITHDRAWN: "warning",
    ConsentState.EXPIRED: "neutral",
    ConsentState.ENTERED_IN_ERROR: "danger",
}


class ConsentItem(DetailItem):
    """A consent in the list."""

    may_withdraw: bool


class Found(TypedDict):
    """What the tab reads in one go; consents are None for who may not see them."""

    identifiers: list[DetailRow]
    consents: list[ConsentRow] | None
    today: dt.date


class IdentifiersState(DetailsState, rx.State):
    """The identifiers and the consents of a patient."""

    consents: list[ConsentItem] = []
    sees_consents: bool = False

    @handles(Permission.PATIENTS_IDENTIFIER_READ)
    async def load(self) -> Any:
        """Show the patient the address names, and nothing of any other."""
        patient_id = await self._begin()
        yield
        if patient_id:
            self._show_found(await self._read(read_identifiers, patient_id))

    @handles(Permission.PATIENTS_IDENTIFIER_READ, passive=True)
    async def refresh(self) -> None:
        """Show what changed, but for what is open."""
        self._show_found(await self._read_again(read_identifiers))
        await self._note_changed_row()

    @submits(Permission.PATIENTS_IDENTIFIER_EDIT)
    async def save_identifier(self, form: dict[str, Any]) -> Any:
        """Add or correct an identifier."""
        saved = await self._save_row(form, IdentifierPart, service.add_identifier, service.correct_identifier)
        return [say("Saved."), type(self).load] if saved else None

    @submits(Permission.PATIENTS_IDENTIFIER_EDIT)
    async def end_identifier(self, form: dict[str, Any]) -> Any:
        """End an identifier, or take its end back."""
        return type(self).load if await self._end_row(service.end_identifier, "ended_on", form) else None

    @submits(Permission.PATIENTS_IDENTIFIER_EDIT)
    async def retract_identifier(self, form: dict[str, Any]) -> Any:
        """Call an identifier an error."""
        return type(self).load if await self._retract_row(service.retract_identifier, form) else None

    @submits(Permission.PATIENTS_CONSENT_EDIT)
    async def record_consent(self, form: dict[str, Any]) -> Any:
        """Record what the patient agreed to or refused."""
        saved = await self._save_row(form, ConsentInput, service.record_consent, _never)
        return [say("Recorded."), type(self).load] if saved else None

    @submits(Permission.PATIENTS_CONSENT_EDIT)
    async def withdraw_consent(self, form: dict[str, Any]) -> Any:
        """Say from which day on the patient no longer agrees."""
        if await self._end_row(_by_row(service.withdraw_consent), "withdrawn_on", form):
            return type(self).load
        if "withdrawn_on" in self.problems:
            self.problems = {"ended_on": self.problems["withdrawn_on"]}
        return None

    @submits(Permission.PATIENTS_CONSENT_EDIT)
    async def retract_consent(self, form: dict[str, Any]) -> Any:
        """Call a consent an error."""
        return type(self).load if await self._retract_row(_by_row(service.retract_consent), form) else None

    def _kinds(self) -> dict[str, str]:
        return {"identifier": "identifier", CONSENT: "decision"}

    def _row(self, row_id: str) -> DetailItem | None:
        consent = next((row for row in self.consents if row["id"] == str(row_id)), None)
        return consent or super()._row(row_id)

    def _show_found(self, found: Found | None) -> None:
        if found is None:
            return
        self._show_details(found["identifiers"], found["today"])
        self.sees_consents = found["consents"] is not None
        self.consents = [_consent_item(row) for row in found["consents"] or []]
        self._row_versions |= {f"{CONSENT}-{row.id}": row.version for row in found["consents"] or []}

    def _clear(self) -> None:
        super()._clear()
        self.consents, self.sees_consents = [], False


def read_identifiers(session: Session, actor: Actor, *, patient_id: int) -> Found:
    """The identifiers, and the consents for who may see them."""
    audit.record_access(session, actor, patient_id=patient_id, what="identifiers and consents")
    sees_consents = actor.can(Permission.PATIENTS_CONSENT_READ)
    return {
        "identifiers": list_identifiers(session, actor, patient_id=patient_id),
        "consents": list_consents(session, actor, patient_id=patient_id) if sees_consents else None,
        "today": actor.locale.today(),
    }


def _by_row(use_case: Any) -> Any:
    """A use case about a consent, called with the id of its row."""
    return lambda session, actor, *, row_id, **arguments: use_case(
        session, actor, consent_id=row_id, **arguments
    )


def _never(*_arguments: Any, **_named: Any) -> None:
    raise AssertionError("A decision is never corrected: a new one is recorded.")


def _consent_item(row: ConsentRow) -> ConsentItem:
    days = [f"recorded {row.recorded_on}"]
    days += [f"valid until {row.valid_until}"] if row.valid_until else []
    days += [f"withdrawn {row.withdrawn_on}"] if row.withdrawn_on else []
    by = [f"by {row.recorded_by}"] if row.recorded_by else []
    is_given = row.decision is ConsentDecision.GIVEN
    return {
        "id": f"{CONSENT}-{row.id}",
        "kind": CONSENT,
        "group": CONSENT,
        "label": " · ".join([*days, *by]),
        "title": row.kind_label,
        "detail": row.note,
        "state": row.state.value,
        "status": row.state_label,
        "tone": TONES[row.state],
        "note": row.error_note,
        "is_past": row.state is ConsentState.ENTERED_IN_ERROR,
        "may_correct": False,
        "may_withdraw": is_given and not row.withdrawn_on and row.state is not ConsentState.ENTERED_IN_ERROR,
    }
