"""Writing about patients."""

from hms_app.domain.patients.service.consents import (
    record_consent,
    retract_consent,
    withdraw_consent,
)
from hms_app.domain.patients.service.numbers import (
    allocate_mrns,
    next_mrn,
)
from hms_app.domain.patients.service.registering import (
    register_patient,
)
from hms_app.domain.patients.service.search_keys import (
    KEYED_AT_ONCE,
    refresh_search_keys,
)

__all__ = [
    "KEYED_AT_ONCE",
    "allocate_mrns",
    "next_mrn",
    "record_consent",
    "refresh_search_keys",
    "register_patient",
    "retract_consent",
    "withdraw_consent",
]
