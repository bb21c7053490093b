"""What lists of patients are narrowed to, and the rows that screens show."""

import datetime as dt
from dataclasses import dataclass

from hms_app.domain.patients.values.words import LastVisit


@dataclass(frozen=True)
class PatientFilters:
    """What the patient list is narrowed to; None means "any". Ages are completed years, both ends included."""

    sex: str | None = None
    age_from: int | None = None
    age_to: int | None = None
    status: str | None = None
    deceased: bool | None = None
    last_visit: LastVisit | None = None


@dataclass(frozen=True)
class PatientRow:
    """A patient as lists and search results show them; every text is ready to be shown."""

    id: int
    mrn: str
    name: str
    birth_date: str
    age: str
    sex: str
    status: str
    status_label: str
    is_restricted: bool
    is_deceased: bool
    updated_at: str


@dataclass(frozen=True)
class ListedPatient:
    """A patient in the list, with what of its further columns was asked for."""

    patient: PatientRow
    phone: str | None = None
    """In international form."""
    city: str | None = None
    payer: str | None = None
    last_visit_at: dt.datetime | None = None


@dataclass(frozen=True)
class Banner:
    """Who the patient is, over every page of the record; allergies only for who may see them."""

    patient: PatientRow
    initials: str
    deceased_on: str
    version: int
    status_reason: str = ""
    photo_url: str = ""
    allergies: tuple[str, ...] = ()
    no_known_allergies: bool = False


@dataclass(frozen=True)
class Line:
    """A line of a card: a value, what it is, and more about it."""

    id: str
    label: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class PatientCards:
    """The overview's cards about the person; None for a card that the actor may not see."""

    details: tuple[Line, ...] = ()
    coverage: tuple[Line, ...] | None = None
    contacts: tuple[Line, ...] | None = None
    identifiers: tuple[Line, ...] | None = None
    consents: tuple[Line, ...] | None = None
