"""The patient list with every filter of the house: who they are, who treats them, who pays, what they have."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple, Self

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.paging import Page
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed, use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.clinical import queries as clinical
from hms_app.domain.clinical.rules import plain_display
from hms_app.domain.patients import queries as patients
from hms_app.domain.patients.rules import search_words
from hms_app.domain.patients.tables import Patient
from hms_app.domain.patients.values import (
    COLUMNS,
    LastVisit,
    PatientAction,
    PatientFilters,
    PatientRow,
    PatientStatus,
    Sex,
    columns_for,
)

LONGEST_SEARCH: Final = 200
OLDEST: Final = 150
"""Completed years above which no age filter asks."""
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


@dataclass(frozen=True)
class PatientQuestion:
    """What somebody wants to see of the patient list, as its address and its export say it; "" is "any".

    Everything is text of a request. `read` lets fall what is none of the known words or no number.
    """

    text: str = ""
    sex: str = ""
    age_from: str = ""
    age_to: str = ""
    deceased: str = ""
    status: str = ""
    last_visit: str = ""
    department: str = ""
    practitioner: str = ""
    payer: str = ""
    condition: str = ""
    sort: str = "name"
    columns: str = ""
    """Names of columns, joined by points."""

    @classmethod
    def read(cls, asked: Mapping[str, Any]) -> Self:
        """The question that a form or an address asks."""
        given = {name: _understood(name, str(asked.get(name) or "")) for name in cls.names()}
        return cls(**{**given, "sort": given["sort"] or "name"})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The parts of a question."""
        return tuple(part.name for part in fields(cls))

    def address(self) -> dict[str, str]:
        """What of it may stand in an address: all but what was searched for, which can be a patient's name."""
        parts = {name: str(getattr(self, name)) for name in self.names() if name != "text"}
        return {**parts, "sort": "" if self.sort == "name" else self.sort}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return any(getattr(self, name) for name in self.names() if name not in ("sort", "columns"))

    def chosen_columns(self, actor: Actor) -> tuple[str, ...]:
        """The columns `actor` chose and may see."""
        return columns_for(actor.permissions, tuple(self.columns.split(".")))

    @property
    def filters(self) -> PatientFilters:
        """The part of it that is about who the patients are."""
        return PatientFilters(
            sex=self.sex or None,
            age_from=int(self.age_from) if self.age_from else None,
            age_to=int(self.age_to) if self.age_to else None,
            status=self.status or None,
            deceased={"yes": True, "no": False}.get(self.deceased),
            last_visit=LastVisit(self.last_visit) if self.last_visit else None,
        )


@dataclass(frozen=True)
class FoundPatients:
    """A page of patients, the texts of further columns by patient, and the names behind the filters' ids."""

    page: Page[PatientRow]
    columns: tuple[str, ...]
    texts: Mapping[int, Mapping[str, str]]
    names: Mapping[str, str] = field(default_factory=dict)


class ExportedPatients(NamedTuple):
    """Lines of a list to download, on its first page under their heads, and the bookmark of those that follow."""

    lines: list[list[str]]
    next_bookmark: str | None


@use_case(Permission.PATIENTS_PATIENT_READ)
def find_patients(
    session: Session,
    actor: Actor,
    *,
    question: PatientQuestion,
    bookmark: str | None = None,
    is_typed: bool = False,
) -> FoundPatients:
    """A page of the list, and a look at those it shows; raises NotPermitted for a filter the actor may not use.

    `is_typed` while somebody may still be typing what to search for.
    """
    columns = question.chosen_columns(actor)
    page = _page(session, actor, question, bookmark)
    _note_look(session, actor, question, page, place=LIST, is_typed=is_typed)
    return FoundPatients(page, columns, _texts(session, actor, page, columns), _names(session, question))


@use_case(Permission.PATIENTS_LIST_EXPORT)
def note_export(session: Session, actor: Actor, *, question: PatientQuestion, kind: str) -> None:
    """Put into the trail that the list is downloaded, and which; commit it before the first line is sent."""
    shape = {"sort": question.sort, "columns": question.columns, "kind": kind}
    told = {**_told(actor, question), **shape}
    audit.record(session, actor, PatientAction.LIST_EXPORTED, Patient, after=told)


@use_case(Permission.PATIENTS_LIST_EXPORT)
def export_patients(
    session: Session, actor: Actor, *, question: PatientQuestion, bookmark: str | None = None
) -> ExportedPatients:
    """The next patients of the list as texts, in the list's order, and a look at them; raises NotPermitted."""
    columns = question.chosen_columns(actor)
    page = _page(session, actor, question, bookmark, size=EXPORTED_AT_ONCE)
    _note_look(session, actor, question, page, place=FILE)
    texts = _texts(session, actor, page, columns)
    lines = [] if bookmark else [[COLUMNS[name].label for name in columns]]
    for row in page.rows:
        shown = row_texts(row)
        lines.append([shown[name] if name in shown else texts[row.id].get(name, "") for name in columns])
    return ExportedPatients(lines, page.next_bookmark)


def _note_look(
    session: Session, actor: Actor, question: PatientQuestion, page: Page[PatientRow], **how: Any
) -> None:
    shown = [row.id for row in page.rows]
    audit.record_list(session, actor, shown=shown, told=_told(actor, question), **how)


def _told(actor: Actor, question: PatientQuestion) -> dict[str, Any]:
    """By what the list was narrowed; of what was searched for only its kinds, for it can be anybody's name."""
    aside = ("text", "sort", "columns")
    told: dict[str, Any] = {name: getattr(question, name) for name in question.names() if name not in aside}
    told["searched_by"] = search_words(question.text, today=actor.locale.today())
    return {name: value for name, value in told.items() if value}


def row_texts(row: PatientRow) -> dict[str, str]:
    """The texts of the columns that are on the patient's own row."""
    status = "Deceased" if row.is_deceased else row.status_label
    return {
        "name": row.name,
        "mrn": row.mrn,
        "birth_date": row.birth_date,
        "age": row.age,
        "sex": row.sex,
        "updated": row.updated_at,
        "status": f"{status}, restricted" if row.is_restricted else status,
    }


def _page(
    session: Session, actor: Actor, question: PatientQuestion, bookmark: str | None, **size: int
) -> Page[PatientRow]:
    for name, permission in NARROWED_BY.items():
        if getattr(question, name):
            ensure_allowed(actor, permission)
    return patients.list_patients(
        session,
        actor,
        text=question.text,
        filters=question.filters,
        narrowings=_narrowings(actor, question),
        sort=question.sort,
        bookmark=bookmark,
        **size,
    )


def _narrowings(actor: Actor, question: PatientQuestion) -> list[patients.Narrowing]:
    narrowings = []
    if question.department:
        narrowings.append(clinical.seen_in(int(question.department)))
    if question.practitioner:
        narrowings.append(clinical.seen_by(int(question.practitioner)))
    if question.payer:
        narrowings.append(patients.covered_by(int(question.payer), actor.locale.today()))
    if question.condition:
        narrowings.append(clinical.with_condition(question.condition))
    return narrowings


def _texts(
    session: Session, actor: Actor, page: Page[PatientRow], columns: tuple[str, ...]
) -> Mapping[int, Mapping[str, str]]:
    ids = [row.id for row in page.rows]
    return patients.column_texts(session, actor, patient_ids=ids, columns=columns) if ids else {}


_NAMES: Final = {
    "department": "SELECT name FROM department WHERE id = %(value)s::bigint",
    "practitioner": "SELECT concat_ws(' ', given_names, family_name) FROM practitioner WHERE id = %(value)s::bigint",
    "payer": "SELECT name FROM payer WHERE id = %(value)s::bigint",
    "condition": "SELECT display FROM condition WHERE code = %(value)s ORDER BY patient_id LIMIT 1",
}


def _names(session: Session, question: PatientQuestion) -> dict[str, str]:
    """How people call what the filters name by a number or code."""
    names = {}
    for part, statement in _NAMES.items():
        if value := getattr(question, part):
            found = session.connection().exec_driver_sql(statement, {"value": value}).scalar()
            names[part] = plain_display(str(found or value))
    return names


def _understood(name: str, text: str) -> str:
    text = text.strip()
    if name == "text":
        return text[:LONGEST_SEARCH].replace("\0", "")
    if name in _WORDS:
        return text if text in _WORDS[name] else ""
    if name in ("age_from", "age_to"):
        return text if text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= OLDEST else ""
    if name == "condition":
        return text if text.isascii() and text.isprintable() and len(text) <= 40 else ""
    if name == "columns":
        return ".".join(part for part in COLUMNS if part in text.split("."))
    return text if text.isascii() and text.isdecimal() and len(text) < 19 else ""


_WORDS: Final = {
    "sex": tuple(Sex),
    "deceased": ("yes", "no"),
    "status": (PatientStatus.ACTIVE, PatientStatus.INACTIVE, PatientStatus.ENTERED_IN_ERROR),
    "last_visit": tuple(LastVisit),
    "sort": tuple(f"{way}{name}" for name in patients.SORTS for way in ("", "-")),
}
