"""Identifiers: what FHIR's systems and types are called here, and back."""

from typing import Final, NamedTuple

from hms_app.core.text import fold
from hms_app.domain.interop.rules.fhir.elements import Json, moment, part, parts, text
from hms_app.domain.interop.rules.fhir.names import OURS
from hms_app.domain.patients.rules import is_placeholder

KNOWN: Final = {
    "http://hl7.org/fhir/sid/us-ssn": ("ssn", "US Social Security Administration"),
    "urn:oid:2.16.840.1.113883.4.3.25": ("drivers-license", "US-MA"),
    "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber": (
        "passport",
        "US Department of State",
    ),
    "https://github.com/synthetichealth/synthea": ("synthea", "Synthea"),
}
"""Type and issuer of the identifiers of these systems, as the import of Synthea's CSV files writes them."""
SYSTEM_OF: Final = {kind: system for system, kind in KNOWN.items()}
TYPES: Final = {
    "SS": "ssn",
    "SB": "ssn",
    "DL": "drivers-license",
    "PPN": "passport",
    "MR": "mrn",
    "NI": "national-id",
    "NNxxx": "national-id",
    "MB": "member-number",
    "MC": "medicare",
    "MA": "medicaid",
    "BC": "birth-certificate",
}
"""HL7 v2 table 0203 in this hospital's words."""
CODE_OF: Final = {
    "ssn": "SS",
    **{word: code for code, word in TYPES.items() if code not in {"SB", "NNxxx", "SS"}},
}
MRN: Final = f"{OURS}mrn:"
"""The system of this program's medical record numbers: this and the stamp of the hospital that gave them."""
OFFICIAL: Final = frozenset({"ssn", "drivers-license", "passport", "mrn", "national-id", "synthea"})
"""One person has it and nobody else: who comes with the same is the same person, or a mistake."""


class PatientIdentity(NamedTuple):
    """An identifier as the hospital keeps it; `system` where the issuer alone may be several."""

    type: str
    issuer: str
    value: str
    is_official: bool
    ended_on: str | None = None
    system: str = ""


def identities(resource: Json) -> list[PatientIdentity]:
    """Every identifier of a patient that has a value, each once."""
    found = (
        _identity(one) for one in parts(resource, "identifier") if not is_placeholder(text(one, "value"))
    )
    return list(dict.fromkeys(found))


def _identity(identifier: Json) -> PatientIdentity:
    system, value = text(identifier, "system"), text(identifier, "value")
    end = moment(part(identifier, "period"), "end")
    ended_on = end.at[:10] if end else None
    if system in KNOWN:
        kind, issuer = KNOWN[system]
        return PatientIdentity(kind, issuer, value, kind in OFFICIAL, ended_on)
    kind = _type(part(identifier, "type"))
    assigner = text(part(identifier, "assigner"), "display")
    issuer = assigner or system.removeprefix(OURS)
    is_official = kind in OFFICIAL and bool(issuer)
    return PatientIdentity(
        kind, issuer, value, is_official, ended_on, system if assigner or system.startswith(MRN) else ""
    )


def _type(concept: Json) -> str:
    codes = (text(one, "code") for one in parts(concept, "coding"))
    known = next((TYPES[code] for code in codes if code in TYPES), "")
    return known or fold(text(concept, "text")).replace(" ", "-") or "other"
