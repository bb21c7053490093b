"""Correcting who a patient is: the form, and both versions side by side when somebody else saved first."""

from typing import Any, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.patients import rules, service
from hms_app.domain.patients.errors import PatientChangedMeanwhile
from hms_app.domain.patients.queries import get_patient_form
from hms_app.domain.patients.values import (
    FIELD_LABELS,
    MARITAL_LABELS,
    SEX_LABELS,
    THEIRS,
    YOURS,
    EditPatientRequest,
    FieldVersions,
    PatientForm,
    spoken_languages,
)
from hms_app.state.base import handles
from hms_app.state.patients.head import RecordFormState

NO_FORM = dict.fromkeys(FIELD_LABELS, "")
WORDS = {"sex_at_birth": SEX_LABELS, "gender": SEX_LABELS, "marital_status": MARITAL_LABELS}


class Option(TypedDict):
    """A choice of a list."""

    value: str
    label: str


class VersionRow(TypedDict):
    """A field on which two versions differ; `preferred` is the side that is taken unless somebody chooses."""

    id: str
    label: str
    was: str
    theirs: str
    yours: str
    preferred: str


class EditPatientState(RecordFormState, rx.State):
    """The identity as it was when the form was opened, and what somebody else made of it meanwhile."""

    form: dict[str, str] = NO_FORM
    form_key: int = 0
    versions: list[VersionRow] = []
    languages: list[Option] = []
    others: str = ""
    """Who saved first, and when; empty unless somebody did."""
    _version: int = 0
    _was: dict[str, str] = {}
    _theirs: dict[str, str] = {}
    _yours: dict[str, str] = {}

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

    @handles(Permission.PATIENTS_PATIENT_EDIT)
    async def save(self, form: dict[str, Any]) -> Any:
        """Save what was typed; when somebody else saved first, show both versions and lose neither."""
        self.is_saving = True
        yield
        typed = {name: str(form.get(name, "")).strip() for name in FIELD_LABELS}
        saved = await self._correct(typed)
        self.is_saving = False
        if saved is not None:
            yield rx.toast.success(f"{saved.name} was saved.")
            yield rx.redirect(navigation.PATIENT_RECORD.address(patient_id=saved.patient_id))

    @handles(Permission.PATIENTS_PATIENT_EDIT)
    async def choose(self, form: dict[str, Any]) -> Any:
        """Save the version that was chosen for each field."""
        chosen = {row["id"]: str(form.get(row["id"], row["preferred"])) for row in self.versions}
        sides = {THEIRS: self._theirs, YOURS: self._yours}
        open_fields = {name: "Choose one of the two." for name, side in chosen.items() if side not in sides}
        if open_fields:
            self.refusal, self.problems = "Some fields are still to be chosen.", open_fields
            return
        self.is_saving = True
        yield
        merged = {**self._theirs, **{name: sides[side][name] for name, side in chosen.items()}}
        self._was = self._theirs
        saved = await self._correct(merged)
        self.is_saving = False
        if saved is not None:
            yield rx.toast.success(f"{saved.name} was saved.")
            yield rx.redirect(navigation.PATIENT_RECORD.address(patient_id=saved.patient_id))

    async def _correct(self, typed: dict[str, str]) -> PatientForm | None:
        request = self._parsed(lambda: EditPatientRequest.from_form(typed))
        if request is None:
            return None
        answer = await self._save(
            _correct_or_compare, patient_id=int(self.shown_for), version=self._version, request=request
        )
        if isinstance(answer, PatientChangedMeanwhile):
            self._compare(answer.theirs, typed)
            return None
        saved: PatientForm | None = answer
        return saved

    def _compare(self, theirs: PatientForm, typed: dict[str, str]) -> None:
        self._theirs, self._yours, self._version = dict(theirs.fields), typed, theirs.version
        self.versions = [_version_row(f) for f in rules.compare_versions(self._was, self._theirs, typed)]
        who = theirs.changed_by or "Somebody else"
        self.others = (
            f"{who} saved this patient on {theirs.changed_at}." if theirs.changed_at else f"{who} saved."
        )

    def _show(self, found: PatientForm) -> None:
        self.form, self._was, self._version = dict(found.fields), dict(found.fields), found.version
        self.languages = _languages(found.fields["language"])
        self.form_key += 1

    def _clear(self) -> None:
        self.form, self.versions, self.others, self.refusal = NO_FORM, [], "", ""
        self._was, self._theirs, self._yours, self._version = {}, {}, {}, 0
        self.problems = {}


def _correct_or_compare(session: Session, actor: Actor, **arguments: Any) -> Any:
    """The saved form, or the refusal that carries the other version."""
    try:
        return service.correct_patient(session, actor, **arguments)
    except PatientChangedMeanwhile as refusal:
        return refusal


def _languages(present: str) -> list[Option]:
    """Every language with a code of two letters, and the one that is recorded."""
    known = {code: name for code, name in spoken_languages().items() if len(code) == 2 or code == present}
    if present and present not in known:
        known = {present: present, **known}
    return [{"value": code, "label": name} for code, name in known.items()]


def _version_row(field: FieldVersions) -> VersionRow:
    words = spoken_languages() if field.name == "language" else WORDS.get(field.name, {})
    return {
        "id": field.name,
        "label": FIELD_LABELS[field.name],
        "was": words.get(field.was, field.was),
        "theirs": words.get(field.theirs, field.theirs),
        "yours": words.get(field.yours, field.yours),
        "preferred": field.preferred,
    }
