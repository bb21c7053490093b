"""Pure decisions about patients: record numbers, names, phones, what a search means, and who is the same person."""

from hms_app.domain.patients.rules.birth import (
    parse_birth,
)
from hms_app.domain.patients.rules.blocking import (
    MOST_IN_BLOCK,
    SAME_BEGINNING,
    is_too_large,
    pairs_of,
    pairs_of_nearly_same_birth,
    pairs_of_no_relatives,
    street_part,
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
from hms_app.domain.patients.rules.match_dates import (
    is_exact,
    slips_of,
)
from hms_app.domain.patients.rules.matching import (
    ALMOST_CERTAIN,
    LIKELY,
    POSSIBLE,
    likeness_of,
    match_facts,
    probability_of,
    score,
)
from hms_app.domain.patients.rules.merging import (
    better_side,
    merged_values,
    obstacles,
    wants_reason,
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
    birth_of,
    ends_before,
    ensure_told_apart,
    identity_facts,
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
    "ALMOST_CERTAIN",
    "LIKELY",
    "LONGEST_WORD",
    "MOST_IN_BLOCK",
    "MOST_PAIRED_WORDS",
    "POSSIBLE",
    "SAME_BEGINNING",
    "action_words",
    "better_side",
    "birth_key",
    "birth_of",
    "card_pdf",
    "check_digit",
    "consent_state",
    "detail_state",
    "display_name",
    "ends_before",
    "ensure_death_possible",
    "ensure_recordable",
    "ensure_told_apart",
    "ensure_withdrawable",
    "field_changes",
    "identifier_words",
    "identity_facts",
    "is_before_birth",
    "is_exact",
    "is_mrn",
    "is_too_large",
    "likeness_of",
    "look_words",
    "match_facts",
    "merged_values",
    "mrn_of",
    "name_sort",
    "name_words",
    "obstacles",
    "pairs_of",
    "pairs_of_nearly_same_birth",
    "pairs_of_no_relatives",
    "parse_birth",
    "parse_phone",
    "parse_search",
    "period_words",
    "phone_number",
    "phone_of_digits",
    "probability_of",
    "score",
    "search_keys",
    "search_words",
    "slips_of",
    "street_part",
    "understand",
    "understand_so_far",
    "wants_reason",
    "wristband_pdf",
    "written",
]
