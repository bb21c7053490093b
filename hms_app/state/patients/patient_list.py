"""The patient list: search as you type, filters, columns, sort and keyset pages.

What is searched for can be a patient's name: it stays with this tab. All else is what the address says.
"""

from typing import Any, ClassVar, Final

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.domain.clinical.queries import get_condition_name, search_terms
from hms_app.domain.clinical.rules import plain_display
from hms_app.domain.clinical.values import TermKind
from hms_app.domain.patients.queries import SORTS
from hms_app.domain.patients.values import (
    COLUMNS,
    FIRST_COLUMNS,
    LastVisit,
    ListedPatient,
    PatientStatus,
    Sex,
)
from hms_app.domain.workflows.find_patients import (
    NARROWED_BY,
    PatientQuestion,
    export_patients,
    find_patients,
    note_export,
)
from hms_app.state.lists.kinds import Band, Choice, Filter, ListKind, Lookup, one_of
from hms_app.state.lists.tailored import TailoredScreen
from hms_app.state.organization.lookups import department_lookup, payer_lookup, practitioner_lookup
from hms_app.state.patients.rows import PatientItem, listed_item

OLDEST: Final = 150
"""Completed years above which no age filter asks."""
LONGEST_CODE: Final = 40
AGES: Final = {
    "0-1": "Under 2 years",
    "2-11": "2 to 11 years",
    "12-17": "12 to 17 years",
    "18-39": "18 to 39 years",
    "40-64": "40 to 64 years",
    "65-": "65 years and older",
}
"""Age bands in completed years, both ends included."""


def _found(
    session: Session, actor: Actor, *, at: str | None, is_typed: bool, **asked: Any
) -> Page[ListedPatient]:
    return find_patients(session, actor, question=PatientQuestion(**asked), at=at, is_typed=is_typed)


def _found_for_file(session: Session, actor: Actor, *, at: str | None, **asked: Any) -> Page[ListedPatient]:
    return export_patients(session, actor, question=PatientQuestion(**asked), at=at)


def _noted(session: Session, actor: Actor, *, file_type: str, **asked: Any) -> None:
    note_export(session, actor, question=PatientQuestion(**asked), kind=file_type)


def _age(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(OLDEST))
    return int(text) if is_number and int(text) <= OLDEST else None


def _age_words(youngest: str, oldest: str) -> str:
    if not oldest:
        return f"{youngest} years and older"
    return f"{youngest} to {oldest} years" if youngest not in ("", "0") else f"under {int(oldest) + 1} years"


def _code(text: str) -> str | None:
    return text if text.isascii() and text.isprintable() and len(text) <= LONGEST_CODE else None


def _terms(session: Session, actor: Actor, text: str) -> list[Choice]:
    """The conditions that records of this hospital name."""
    found = search_terms(session, actor, kind=TermKind.CONDITION, text=text)
    return [
        Choice(value=term.code, label=plain_display(term.display), detail=f"{term.code_system} {term.code}")
        for term in found
        if term.code
    ]


def _term(session: Session, actor: Actor, code: str) -> Choice:
    return Choice(value=code, label=plain_display(get_condition_name(session, actor, code=code)), detail=code)


PATIENTS: Final = ListKind(
    name="patients",
    noun="patient",
    read=Permission.PATIENTS_PATIENT_READ,
    export=Permission.PATIENTS_LIST_EXPORT,
    find=_found,
    find_for_file=_found_for_file,
    note_export=_noted,
    present=listed_item,
    columns={name: column.label for name, column in COLUMNS.items()},
    first_columns=FIRST_COLUMNS,
    column_rights={name: column.permission for name, column in COLUMNS.items() if column.permission},
    sorts=("name", *(f"{way}{name}" for name in SORTS for way in ("", "-") if f"{way}{name}" != "name")),
    search="tab",
    views=navigation.PATIENT_LIST.route,
    filters=(
        Filter("sex", "sex", one_of(Sex)),
        Filter("age_from", "age_from", _age),
        Filter("age_to", "age_to", _age),
        Filter("deceased", "deceased", {"yes": True, "no": False}.get),
        Filter(
            "status",
            "status",
            {status.value: status for status in PatientStatus if status is not PatientStatus.MERGED}.get,
        ),
        Filter("last_visit", "last_visit", one_of(LastVisit), wants=(NARROWED_BY["last_visit"],)),
        department_lookup(NARROWED_BY["department"]),
        practitioner_lookup(NARROWED_BY["practitioner"]),
        payer_lookup(NARROWED_BY["payer"]),
        Lookup("condition", "condition", _code, wants=(NARROWED_BY["condition"],), search=_terms, get=_term),
    ),
    bands=(Band("age", "age_from", "age_to", AGES, _age_words),),
)


class PatientListState(TailoredScreen, rx.State):
    """One page of patients and the question it answers."""

    rows: list[PatientItem] = []
    columns: list[str] = list(FIRST_COLUMNS)
    listed: ClassVar = PATIENTS
