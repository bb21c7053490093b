"""Writing about patients."""

from hms_app.domain.patients.service.consents import (
    record_consent,
    retract_consent,
    withdraw_consent,
)
from hms_app.domain.patients.service.contacts import (
    add_contact,
    correct_contact,
    end_contact,
    retract_contact,
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
from hms_app.domain.patients.service.coverages import (
    add_coverage,
    correct_coverage,
    end_coverage,
    retract_coverage,
)
from hms_app.domain.patients.service.identifiers import (
    add_identifier,
    correct_identifier,
    end_identifier,
    retract_identifier,
)
from hms_app.domain.patients.service.notices import (
    tell_patient,
)
from hms_app.domain.patients.service.numbers import (
    allocate_mrns,
    next_mrn,
)
from hms_app.domain.patients.service.photos import (
    change_photo,
)
from hms_app.domain.patients.service.registering import add_patient
from hms_app.domain.patients.service.search_keys import (
    KEYED_AT_ONCE,
    refresh_search_keys,
)

__all__ = [
    "KEYED_AT_ONCE",
    "add_contact",
    "add_coverage",
    "add_identifier",
    "add_patient",
    "allocate_mrns",
    "change_photo",
    "correct_contact",
    "correct_coverage",
    "correct_identifier",
    "correct_patient",
    "deactivate_patient",
    "end_contact",
    "end_coverage",
    "end_identifier",
    "next_mrn",
    "open_record",
    "reactivate_patient",
    "record_consent",
    "record_death",
    "refresh_search_keys",
    "restrict_record",
    "retract_consent",
    "retract_contact",
    "retract_coverage",
    "retract_identifier",
    "retract_patient",
    "tell_patient",
    "undo_death",
    "withdraw_consent",
]
