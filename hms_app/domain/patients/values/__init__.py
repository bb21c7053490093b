"""Fixed words, requests in and rows out of the patients domain."""

from hms_app.domain.patients.values.actions import (
    PatientAction,
)
from hms_app.domain.patients.values.consents import (
    CONSENT_LABELS,
    CONSENT_STATE_LABELS,
    DECISION_LABELS,
    ConsentDecision,
    ConsentKind,
    ConsentRequest,
    ConsentRow,
    ConsentState,
)
from hms_app.domain.patients.values.matching import (
    Finding,
    LikelyDuplicate,
    MatchAddress,
    MatchFacts,
    MatchIdentifier,
    MatchName,
    MatchScore,
)
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
    "CONSENT_LABELS",
    "CONSENT_STATE_LABELS",
    "DECISION_LABELS",
    "MARITAL_LABELS",
    "SEX_LABELS",
    "STATUS_LABELS",
    "Banner",
    "BirthDatePrecision",
    "ConsentDecision",
    "ConsentKind",
    "ConsentRequest",
    "ConsentRow",
    "ConsentState",
    "ContactSystem",
    "ContactUse",
    "CoverageRank",
    "Finding",
    "KeyRange",
    "LikelyDuplicate",
    "Line",
    "MaritalStatus",
    "MatchAddress",
    "MatchFacts",
    "MatchIdentifier",
    "MatchName",
    "MatchScore",
    "PatientAction",
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
