"""Reading patients: the search as somebody types, the list, one patient's identity and cards."""

from hms_app.domain.patients.queries.access_log import (
    list_accesses,
)
from hms_app.domain.patients.queries.cards import (
    patient_cards,
)
from hms_app.domain.patients.queries.checks import (
    CHECKS,
    SEARCH_SOURCE,
    keys_of,
)
from hms_app.domain.patients.queries.columns import (
    covered_by,
    with_columns,
)
from hms_app.domain.patients.queries.consents import (
    list_consents,
)
from hms_app.domain.patients.queries.corrections import (
    get_patient_form,
)
from hms_app.domain.patients.queries.details import (
    list_contacts,
    list_coverages,
    list_identifiers,
)
from hms_app.domain.patients.queries.history import (
    list_changes,
)
from hms_app.domain.patients.queries.listing import (
    SORTS,
    Narrowing,
    list_patients,
)
from hms_app.domain.patients.queries.matching import (
    Statement,
    rows_of,
)
from hms_app.domain.patients.queries.merged import (
    find_survivor,
)
from hms_app.domain.patients.queries.own_record import (
    find_record_named,
    is_restricted,
    list_patient_notices,
)
from hms_app.domain.patients.queries.papers import (
    print_card,
    print_wristband,
)
from hms_app.domain.patients.queries.patients import (
    find_visible,
    get_patient,
    known_among,
    may_read,
    patient_row,
    search_patients,
    search_statement,
    visible_to,
)
from hms_app.domain.patients.queries.photos import (
    open_photo,
    photo_url,
)

__all__ = [
    "CHECKS",
    "SEARCH_SOURCE",
    "SORTS",
    "Narrowing",
    "Statement",
    "covered_by",
    "find_record_named",
    "find_survivor",
    "find_visible",
    "get_patient",
    "get_patient_form",
    "is_restricted",
    "keys_of",
    "known_among",
    "list_accesses",
    "list_changes",
    "list_consents",
    "list_contacts",
    "list_coverages",
    "list_identifiers",
    "list_patient_notices",
    "list_patients",
    "may_read",
    "open_photo",
    "patient_cards",
    "patient_row",
    "photo_url",
    "print_card",
    "print_wristband",
    "rows_of",
    "search_patients",
    "search_statement",
    "visible_to",
    "with_columns",
]
