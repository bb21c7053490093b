"""The patient list with every filter of the house: who they are, who treats them, who pays, what they have."""

from dataclasses import dataclass, fields
from typing import Any, Final

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed, use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.patients import queries as patients
from hms_app.domain.patients.rules import search_words
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import (
    FIRST_COLUMNS,
    LastVisit,
    ListedPatient,
    PatientAction,
    PatientFilters,
    PatientStatus,
    Sex,
)

EXPORTED_AT_ONCE: Final = 2_000
"""Patients an export reads in one go."""

LIST: Final = "patients"
FILE: Final = "patients file"
"""Where a list shows patients, in the words of the trail."""

NARROWED_BY: Final = {
    "department": Permission.CLINICAL_ENCOUNTER_READ,
    "practitioner": Permission.CLINICAL_ENCOUNTER_READ,
    "last_visit": Permission.CLINICAL_ENCOUNTER_READ,
    "payer": Permission.PATIENTS_COVERAGE_READ,
    "condition": Permission.CLINICAL_CONDITION_READ,
}
"""What a filter on more than who the patients are wants of who uses it."""
_NO_FILTERS: Final = ("text", "sort", "columns")


@dataclass(frozen=True)
class PatientQuestion:
    """What somebody wants to see of the patient list; None is "any". Ages are completed years, both ends included."""

    text: str = ""
    sex: Sex | None = None
    age_from: int | None = None
    age_to: int | None = None
    deceased: bool | None = None
    status: PatientStatus | None = None
    last_visit: LastVisit | None = None
    department: int | None = None
    practitioner: int | None = None
    payer: int | None = None
    condition: str | None = None
    """The code of a condition that they have, or had."""
    sort: str = "name"
    columns: tuple[str, ...] = FIRST_COLUMNS

    @property
    def filters(self) -> PatientFilters:
        """The part of it that is about who the patients are."""
        return PatientFilters(
            sex=self.sex,
            age_from=self.age_from,
            age_to=self.age_to,
            status=self.status,
            deceased=self.deceased,
            last_visit=self.last_visit,
        )

    @property
    def set_filters(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        parts = {part.name: getattr(self, part.name) for part in fields(self) if part.name not in _NO_FILTERS}
        return {name: value for name, value in parts.items() if value is not None}


@use_case(Permission.PATIENTS_PATIENT_READ)
def find_patients(
    session: Session,
    actor: Actor,
    *,
    question: PatientQuestion,
    at: str | None = None,
    is_typed: bool = False,
) -> Page[ListedPatient]:
    """A page of the list, and a look at those it shows; raises NotPermitted for a filter the actor may not use.

    `is_typed` while somebody may still be typing what to search for.
    """
    page = _page(session, actor, question, at)
    _note_look(session, actor, question, page, place=LIST, is_typed=is_typed)
    return page


@use_case(Permission.PATIENTS_LIST_EXPORT)
def note_export(session: Session, actor: Actor, *, question: PatientQuestion, kind: str) -> None:
    """Put into the trail that the list is downloaded, and which; commit it before the first line is sent."""
    shape = {"sort": question.sort, "columns": ".".join(question.columns), "kind": kind}
    told = {**_told(actor, question), **shape}
    audit.record(session, actor, PatientAction.LIST_EXPORTED, Patient, after=told)


@use_case(Permission.PATIENTS_LIST_EXPORT)
def export_patients(
    session: Session, actor: Actor, *, question: PatientQuestion, at: str | None = None
) -> Page[ListedPatient]:
    """The next patients of the list, in the list's order, and a look at them; raises NotPermitted."""
    page = _page(session, actor, question, at, size=EXPORTED_AT_ONCE)
    _note_look(session, actor, question, page, place=FILE)
    return page


def _note_look(
    session: Session, actor: Actor, question: PatientQuestion, page: Page[ListedPatient], **how: Any
) -> None:
    shown = [row.patient.id for row in page.rows]
    audit.record_list(session, actor, shown=shown, told=_told(actor, question), **how)


def _told(actor: Actor, question: PatientQuestion) -> dict[str, Any]:
    """By what the list was narrowed; of what was searched for only its kinds, for it can be anybody's name."""
    told: dict[str, Any] = {name: _as_told(value) for name, value in question.set_filters.items()}
    told["searched_by"] = search_words(question.text, today=actor.locale.today())
    return {name: value for name, value in told.items() if value}


def _as_told(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _page(
    session: Session, actor: Actor, question: PatientQuestion, at: str | None, **size: int
) -> Page[ListedPatient]:
    for name in question.set_filters.keys() & NARROWED_BY.keys():
        ensure_allowed(actor, NARROWED_BY[name])
    page = patients.list_patients(
        session,
        actor,
        text=question.text,
        filters=question.filters,
        narrowings=_narrowings(actor, question),
        sort=question.sort,
        bookmark=at,
        **size,
    )
    return page.with_rows(patients.with_columns(session, actor, rows=page.rows, columns=question.columns))


def _narrowings(actor: Actor, question: PatientQuestion) -> list[patients.Narrowing]:
    narrowings = []
    if question.department:
        narrowings.append(clinical.seen_in(question.department))
    if question.practitioner:
        narrowings.append(clinical.seen_by(question.practitioner))
    if question.payer:
        narrowings.append(patients.covered_by(question.payer, actor.locale.today()))
    if question.condition:
        narrowings.append(clinical.with_condition(question.condition))
    return narrowings
