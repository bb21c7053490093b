"""Fixed words, requests in and rows out of the patients domain."""

from hms_app.domain.patients.values.rows import (
    Banner,
    Line,
    PatientCards,
    PatientFilters,
    PatientRow,
)
from hms_app.domain.patients.values.search import (
    KeyRange,
    PhoneNumber,
    SearchKey,
    SearchTerm,
)
from hms_app.domain.patients.values.words import (
    MARITAL_LABELS,
    SEX_LABELS,
    STATUS_LABELS,
    BirthDatePrecision,
    ContactSystem,
    ContactUse,
    CoverageRank,
    MaritalStatus,
    PatientStatus,
    RelationKind,
    Sex,
)

__all__ = [
    "MARITAL_LABELS",
    "SEX_LABELS",
    "STATUS_LABELS",
    "Banner",
    "BirthDatePrecision",
    "ContactSystem",
    "ContactUse",
    "CoverageRank",
    "KeyRange",
    "Line",
    "MaritalStatus",
    "PatientCards",
    "PatientFilters",
    "PatientRow",
    "PatientStatus",
    "PhoneNumber",
    "RelationKind",
    "SearchKey",
    "SearchTerm",
    "Sex",
]
