"""Pure decisions about plain lists of patients: what a column holds, and what a row says."""

from hms_app.domain.interop.rules.lists.guessing import ensure_usable, guess_fields, guess_mapping
from hms_app.domain.interop.rules.lists.reading import RowReader
from hms_app.domain.interop.rules.lists.words import as_date, possible_orders, sex_of, split_name

__all__ = [
    "RowReader",
    "as_date",
    "ensure_usable",
    "guess_fields",
    "guess_mapping",
    "possible_orders",
    "sex_of",
    "split_name",
]
