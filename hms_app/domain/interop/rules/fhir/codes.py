"""Codes: which systems have a short name here, and how a code, its system and its text are taken from a concept."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from hms_app.domain.interop.rules.fhir.elements import Json, part, parts, text
from hms_app.domain.interop.rules.fields import Rejected

SYSTEMS: Final = {
    "http://snomed.info/sct": "SNOMED-CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://www.whocc.no/atc": "ATC",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "http://unitsofmeasure.org": "UCUM",
}
"""Short names of code systems, as the other imports write them; another system keeps its URI."""
SYSTEM_URIS: Final = {short: uri for uri, short in SYSTEMS.items()}
_CODE_LIMIT: Final = 100
_DISPLAY_LIMIT: Final = 1000


class Coded(NamedTuple):
    """A code with the short name of its system, and its text."""

    code: str
    system: str
    display: str


NOTHING: Final = Coded("", "", "")


def concept(element: Json, name: str) -> Coded:
    """A CodeableConcept: its first coding of a system known by name, or else its first; `NOTHING` when missing."""
    return read_concept(part(element, name))


def concepts(element: Json, name: str) -> list[Coded]:
    """Every CodeableConcept of a list."""
    return [read_concept(one) for one in parts(element, name)]


def first_concept(element: Json, name: str) -> Coded:
    """The first CodeableConcept of a list that says anything."""
    return next((one for one in concepts(element, name) if one.display), NOTHING)


def needed_concept(element: Json, name: str) -> Coded:
    """A CodeableConcept that may not be missing."""
    found = concept(element, name)
    if not found.display:
        raise Rejected(f"{name} is missing")
    return found


def read_concept(element: Json) -> Coded:
    """A CodeableConcept's code, system and text: what somebody wrote, or else what the code is called."""
    chosen = _chosen(parts(element, "coding"))
    words = text(element, "text", limit=_DISPLAY_LIMIT)
    if chosen is None:
        return Coded("", "", words)
    found = coding(chosen)
    return found._replace(display=words) if words else found


def coding(element: Json) -> Coded:
    """A Coding's code, system and text (the code where there is no text)."""
    code, system = text(element, "code", limit=_CODE_LIMIT), text(element, "system")
    return Coded(code, SYSTEMS.get(system, system), text(element, "display", limit=_DISPLAY_LIMIT) or code)


def codes_of(elements: Iterable[Json]) -> list[str]:
    """Every code of these concepts, whatever its system."""
    return [text(one, "code", limit=_CODE_LIMIT) for element in elements for one in parts(element, "coding")]


def _chosen(codings: list[Json]) -> Json | None:
    known = (one for one in codings if text(one, "system") in SYSTEMS and one.get("code"))
    return next(known, None) or next((one for one in codings if one.get("code") or one.get("display")), None)
