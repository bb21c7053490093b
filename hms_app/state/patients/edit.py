"""Correcting who a patient is: the form, and both versions side by side when somebody else saved first."""

from typing import Any, TypedDict

import reflex as rx

from hms_app import navigation
from hms_app.core.permissions import Permission
from hms_app.domain.patients import service
from hms_app.domain.patients.queries import get_patient_form
from hms_app.domain.patients.values import (
    FIELD_LABELS,
    PATIENT_FORM,
    EditPatientInput,
    PatientForm,
    spoken_languages,
)
from hms_app.state.base import handles, submits
from hms_app.state.patients.head import RecordFormState
from hms_app.state.replies import go, say

NO_FORM = dict.fromkeys(FIELD_LABELS, "")


class Option(TypedDict):
    """A choice of a list."""

    value: str
    label: str


class EditPatientState(RecordFormState, rx.State):
    """The identity as it was when the form was opened, and what somebody else made of it meanwhile."""

    form: dict[str, str] = NO_FORM
    languages: list[Option] = []

    @handles(Permission.PATIENTS_PATIENT_EDIT)
    async def load(self) -> Any:
        """Show the identity of the patient the address names."""
        patient_id = await self._begin()
        yield
        if patient_id:
            self._clear()
            found = await self._read(get_patient_form, patient_id)
            if found is not None:
                self._show(found)

    @handles(Permission.PATIENTS_PATIENT_EDIT, passive=True)
    async def refresh(self) -> None:
        """Say who changed the patient meanwhile; what is typed stays."""
        found: PatientForm | None = await self._read_again(get_patient_form)
        if found is not None:
            await self._note_change("patient", found.patient_id, found.version)

    @submits(Permission.PATIENTS_PATIENT_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Save what was typed or chosen; when somebody else saved first, show both versions and lose neither."""
        saved: PatientForm | None = await self._save_form(
            service.correct_patient,
            form=form,
            fields=PATIENT_FORM,
            request=EditPatientInput,
            patient_id=int(self.shown_for or 0),
            version=self._version,
        )
        if saved is None:
            return None
        there = go(navigation.PATIENT_RECORD, patient_id=saved.patient_id)
        return [say(f"{saved.name} was saved."), there]

    def _show(self, found: PatientForm) -> None:
        self._begin_version(found.version, found.fields)
        self.form, self.form_key = dict(found.fields), self.form_key + 1
        self.languages = _languages(found.fields["language"])

    def _clear(self) -> None:
        self.form = NO_FORM
        self._forget_versions()


def _languages(present: str) -> list[Option]:
    """Every language with a code of two letters, and the one that is recorded."""
    known = {code: name for code, name in spoken_languages().items() if len(code) == 2 or code == present}
    if present and present not in known:
        known = {present: present, **known}
    return [{"value": code, "label": name} for code, name in known.items()]
