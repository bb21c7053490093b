"""The types of resource that are read, in the order they are loaded: each refers only to those before it."""

from typing import Final

from hms_app.domain.interop.rules.fhir import administrative, clinical, observations, patients
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec

SPECS: Final[tuple[ResourceSpec, ...]] = (
    administrative.ORGANIZATION,
    administrative.LOCATION,
    administrative.PAYER,
    administrative.PRACTITIONER,
    patients.PATIENTS,
    clinical.ENCOUNTERS,
    clinical.CONDITIONS,
    clinical.ALLERGIES,
    clinical.MEDICATION_REQUESTS,
    observations.REPORTS,
    observations.OBSERVATIONS,
    clinical.PROCEDURES,
    clinical.IMMUNIZATIONS,
    clinical.CARE_PLANS,
)
ORDER: Final = {spec.stem: place for place, spec in enumerate(SPECS)}
_BY_TYPE: Final = {spec.stem: spec for spec in SPECS if spec is not administrative.PAYER}


def spec_of(kind: str, resource: Json) -> ResourceSpec | None:
    """How a resource is read; None for a type that is not read."""
    if kind == "Organization" and administrative.is_payer(resource):
        return administrative.PAYER
    return _BY_TYPE.get(kind)
