"""Writing about patients."""

from hms_app.domain.patients.service.consents import (
    record_consent,
    retract_consent,
    withdraw_consent,
)
from hms_app.domain.patients.service.corrections import (
    correct_patient,
    deactivate_patient,
    open_record,
    reactivate_patient,
    record_death,
    restrict_record,
    retract_patient,
    undo_death,
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
    "correct_patient",
    "deactivate_patient",
    "next_mrn",
    "open_record",
    "reactivate_patient",
    "record_consent",
    "record_death",
    "refresh_search_keys",
    "register_patient",
    "restrict_record",
    "retract_consent",
    "retract_patient",
    "undo_death",
    "withdraw_consent",
]
