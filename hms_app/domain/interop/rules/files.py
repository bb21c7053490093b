"""The files of an export in the order they are read: each refers only to those before it."""

from typing import Final

from hms_app.domain.interop.rules import clinical, organizations, patients
from hms_app.domain.interop.rules.specs import FileSpec

FILES: Final[tuple[FileSpec, ...]] = (
    organizations.ORGANIZATIONS,
    organizations.PAYERS,
    organizations.PROVIDERS,
    patients.PATIENTS,
    patients.PAYER_TRANSITIONS,
    clinical.ENCOUNTERS,
    clinical.CONDITIONS,
    clinical.ALLERGIES,
    clinical.MEDICATIONS,
    clinical.OBSERVATIONS,
    clinical.PROCEDURES,
    clinical.IMMUNIZATIONS,
    clinical.CARE_PLANS,
    clinical.DEVICES,
    clinical.SUPPLIES,
    clinical.IMAGING_STUDIES,
)
"""All are needed. Claims and their transactions are read by billing, and may be there or not."""
TABLES: Final = frozenset(f"{spec.stem}.csv" for spec in FILES)
"""What the files are called."""
