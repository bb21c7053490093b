"""The types of resource that are read, in the order they are loaded: each refers only to those before it."""

from typing import Final

from hms_app.domain.interop.rules.fhir import (
    additional,
    administrative,
    clinical,
    medicines,
    observations,
    patients,
    problems,
)
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.reading import is_ours
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec

SPECS: Final[tuple[ResourceSpec, ...]] = (
    administrative.ORGANIZATION,
    administrative.LOCATION,
    administrative.PAYER,
    administrative.PRACTITIONER,
    patients.PATIENTS,
    additional.COVERAGE,
    additional.CONSENTS,
    clinical.ENCOUNTERS,
    problems.CONDITIONS,
    problems.ALLERGIES,
    medicines.MEDICATION_REQUESTS,
    medicines.MEDICATION_STATEMENTS,
    observations.REPORTS,
    observations.OBSERVATIONS,
    clinical.PROCEDURES,
    clinical.IMMUNIZATIONS,
    clinical.CARE_PLANS,
    additional.DEVICE_USES,
    additional.SUPPLIES,
    additional.IMAGING,
    additional.FAMILY_HISTORY,
)
ORDER: Final = {spec.stem: place for place, spec in enumerate(SPECS)}
_BY_TYPE: Final = {spec.stem: spec for spec in SPECS if spec is not administrative.PAYER}


def spec_of(kind: str, resource: Json) -> ResourceSpec | None:
    """How a resource is read; None for a type that is not read."""
    if kind == "Organization" and administrative.is_payer(resource):
        return administrative.PAYER
    spec = _BY_TYPE.get(kind)
    return None if spec is not None and spec.ours and not is_ours(resource) else spec
