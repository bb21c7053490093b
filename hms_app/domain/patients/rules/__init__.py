"""Pure decisions about patients: medical record numbers, names, phones, and what a search means."""

from hms_app.domain.patients.rules.consents import consent_state, ensure_recordable, ensure_withdrawable
from hms_app.domain.patients.rules.names import display_name, name_sort, name_words
from hms_app.domain.patients.rules.numbers import check_digit, is_mrn, mrn_of
from hms_app.domain.patients.rules.phones import parse_phone, phone_number, phone_of_digits, written
from hms_app.domain.patients.rules.search import parse_search, search_keys

__all__ = [
    "check_digit",
    "consent_state",
    "display_name",
    "ensure_recordable",
    "ensure_withdrawable",
    "is_mrn",
    "mrn_of",
    "name_sort",
    "name_words",
    "parse_phone",
    "parse_search",
    "phone_number",
    "phone_of_digits",
    "search_keys",
    "written",
]
