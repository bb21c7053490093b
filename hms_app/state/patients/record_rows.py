"""A record's banner and overview as screens show them: flat dictionaries of display text."""

from typing import Final, TypedDict

from hms_app.domain.clinical.values import Fact, Overview
from hms_app.domain.patients.values import Banner, Line


class BannerView(TypedDict):
    """Who the patient is."""

    name: str
    initials: str
    photo: str
    age: str
    birth_date: str
    sex: str
    number: str
    no_allergies: str
    deceased: str
    restricted: str
    status: str
    status_code: str
    status_reason: str


class CardLine(TypedDict):
    """A line of a card: what, more about it, and since when."""

    id: str
    title: str
    detail: str
    value: str


class OverviewView(TypedDict):
    """The cards of a record; `sections` names those that this person may see."""

    sections: list[str]
    details: list[CardLine]
    allergies: list[CardLine]
    conditions: list[CardLine]
    medications: list[CardLine]
    vital_signs: list[CardLine]
    coverage: list[CardLine]
    contacts: list[CardLine]
    identifiers: list[CardLine]
    consents: list[CardLine]
    documents: list[CardLine]


NO_BANNER: Final[BannerView] = {
    "name": "",
    "initials": "",
    "photo": "",
    "age": "",
    "birth_date": "",
    "sex": "",
    "number": "",
    "no_allergies": "",
    "deceased": "",
    "restricted": "",
    "status": "",
    "status_code": "",
    "status_reason": "",
}


NO_OVERVIEW: Final[OverviewView] = {
    "sections": [],
    "details": [],
    "allergies": [],
    "conditions": [],
    "medications": [],
    "vital_signs": [],
    "coverage": [],
    "contacts": [],
    "identifiers": [],
    "consents": [],
    "documents": [],
}


def banner_view(banner: Banner, *, knows_allergies: bool) -> BannerView:
    """The banner over a record; only who may see allergies is told that there are none."""
    patient = banner.patient
    return {
        "name": patient.name,
        "initials": banner.initials,
        "photo": banner.photo_url,
        "age": patient.age,
        "birth_date": patient.birth_date,
        "sex": patient.sex,
        "number": patient.mrn,
        "no_allergies": _no_allergies(banner) if knows_allergies else "",
        "deceased": f"Deceased {banner.deceased_on}".strip() if patient.is_deceased else "",
        "restricted": "Restricted record" if patient.is_restricted else "",
        "status": patient.status_label,
        "status_code": patient.status,
        "status_reason": banner.status_reason,
    }


def _no_allergies(banner: Banner) -> str:
    """That somebody asked and there are none is not the same as that nobody wrote any down."""
    if banner.allergies:
        return ""
    return "No known allergies" if banner.no_known_allergies else "No recorded allergies"


def overview_view(overview: Overview) -> OverviewView:
    """The overview's cards; those that the actor may not see hold nothing and are not named."""
    about, clinical = overview
    lines = {
        "coverage": about.coverage,
        "contacts": about.contacts,
        "identifiers": about.identifiers,
        "consents": about.consents,
    }
    facts = {
        "allergies": clinical.allergies,
        "conditions": clinical.conditions,
        "medications": clinical.medications,
        "vital_signs": clinical.vital_signs,
        "documents": clinical.documents,
    }
    shown = {name: [_line(line) for line in found] for name, found in lines.items() if found is not None}
    shown["details"] = [
        {"id": line.id, "title": line.label, "detail": "", "value": line.value} for line in about.details
    ]
    shown |= {name: [_fact(fact) for fact in found] for name, found in facts.items() if found is not None}
    return {**NO_OVERVIEW, **shown, "sections": list(shown)}  # type: ignore[typeddict-item]


def _line(line: Line) -> CardLine:
    detail = " · ".join(part for part in (line.label, line.detail) if part)
    return {"id": line.id, "title": line.value, "detail": detail, "value": ""}


def _fact(fact: Fact) -> CardLine:
    return {"id": fact.id, "title": fact.title, "detail": fact.detail, "value": fact.since}
