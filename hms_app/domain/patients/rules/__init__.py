"""Pure decisions about patients: record numbers, names, phones, what a search means, and who is the same person."""

from hms_app.domain.patients.rules.birth import (
    parse_birth,
)
from hms_app.domain.patients.rules.consents import (
    consent_state,
    ensure_recordable,
    ensure_withdrawable,
)
from hms_app.domain.patients.rules.corrections import (
    ensure_death_possible,
    is_before_birth,
)
from hms_app.domain.patients.rules.deaths import DEATH_COLUMNS, death_day, death_words, is_deceased
from hms_app.domain.patients.rules.details import (
    detail_state,
    identifier_words,
    period_words,
)
from hms_app.domain.patients.rules.history import (
    action_words,
    field_changes,
    look_words,
)
from hms_app.domain.patients.rules.names import (
    LONGEST_WORD,
    display_name,
    name_sort,
    name_words,
)
from hms_app.domain.patients.rules.numbers import (
    check_digit,
    is_mrn,
    is_placeholder,
    mrn_of,
)
from hms_app.domain.patients.rules.papers import (
    card_pdf,
    wristband_pdf,
)
from hms_app.domain.patients.rules.phones import (
    parse_phone,
    phone_number,
    phone_of_digits,
    written,
)
from hms_app.domain.patients.rules.registration import (
    NO_NUMBER,
    birth_of,
    ends_before,
    understand,
    understand_so_far,
)
from hms_app.domain.patients.rules.search import (
    MOST_PAIRED_WORDS,
    birth_key,
    parse_search,
    search_keys,
    search_words,
)

__all__ = [
    "DEATH_COLUMNS",
    "LONGEST_WORD",
    "MOST_PAIRED_WORDS",
    "NO_NUMBER",
    "action_words",
    "birth_key",
    "birth_of",
    "card_pdf",
    "check_digit",
    "consent_state",
    "death_day",
    "death_words",
    "detail_state",
    "display_name",
    "ends_before",
    "ensure_death_possible",
    "ensure_recordable",
    "ensure_withdrawable",
    "field_changes",
    "identifier_words",
    "is_before_birth",
    "is_deceased",
    "is_mrn",
    "is_placeholder",
    "look_words",
    "mrn_of",
    "name_sort",
    "name_words",
    "parse_birth",
    "parse_phone",
    "parse_search",
    "period_words",
    "phone_number",
    "phone_of_digits",
    "search_keys",
    "search_words",
    "understand",
    "understand_so_far",
    "wristband_pdf",
    "written",
]
