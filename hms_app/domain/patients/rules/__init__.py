"""Pure decisions about patients: medical record numbers, names, phones, and what a search means."""

from hms_app.domain.patients.rules.names import display_name, name_sort, name_words
from hms_app.domain.patients.rules.numbers import check_digit, is_mrn, mrn_of
from hms_app.domain.patients.rules.phones import DEFAULT_REGION, phone_number
from hms_app.domain.patients.rules.search import parse_search, search_keys

__all__ = [
    "DEFAULT_REGION",
    "check_digit",
    "display_name",
    "is_mrn",
    "mrn_of",
    "name_sort",
    "name_words",
    "parse_search",
    "phone_number",
    "search_keys",
]
