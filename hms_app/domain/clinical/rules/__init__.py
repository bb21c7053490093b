"""Pure decisions about clinical records."""

from hms_app.domain.clinical.rules.allergies import allergies_to, allergy_warning
from hms_app.domain.clinical.rules.dates import date_words, ensure_after_birth, read_date, read_onset
from hms_app.domain.clinical.rules.doses import TIME_UNITS, dose_words, regimen_words, span_words
from hms_app.domain.clinical.rules.ranges import pair_mark, range_mark, range_of
from hms_app.domain.clinical.rules.terms import search_words
from hms_app.domain.clinical.rules.words import (
    Part,
    is_adult,
    panel_words,
    plain_display,
    unit_words,
    value_words,
)

__all__ = [
    "TIME_UNITS",
    "Part",
    "allergies_to",
    "allergy_warning",
    "date_words",
    "dose_words",
    "ensure_after_birth",
    "is_adult",
    "pair_mark",
    "panel_words",
    "plain_display",
    "range_mark",
    "range_of",
    "read_date",
    "read_onset",
    "regimen_words",
    "search_words",
    "span_words",
    "unit_words",
    "value_words",
]
