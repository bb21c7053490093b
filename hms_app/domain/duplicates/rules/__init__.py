"""Pure decisions about likeness: how alike two records are, which are worth comparing, and what a merge takes."""

from hms_app.domain.duplicates.rules.blocking import (
    MOST_IN_BLOCK,
    SAME_BEGINNING,
    is_too_large,
    pairs_of,
    pairs_of_nearly_same_birth,
    pairs_of_no_relatives,
    street_part,
)
from hms_app.domain.duplicates.rules.match_dates import (
    is_exact,
    slips_of,
)
from hms_app.domain.duplicates.rules.matching import (
    ALMOST_CERTAIN,
    LIKELY,
    POSSIBLE,
    likeness_of,
    match_facts,
    probability_of,
    score,
)
from hms_app.domain.duplicates.rules.merging import (
    better_side,
    merged_values,
    obstacles,
    wants_reason,
)
from hms_app.domain.duplicates.rules.registration import (
    ensure_told_apart,
    identity_facts,
)

__all__ = [
    "ALMOST_CERTAIN",
    "LIKELY",
    "MOST_IN_BLOCK",
    "POSSIBLE",
    "SAME_BEGINNING",
    "better_side",
    "ensure_told_apart",
    "identity_facts",
    "is_exact",
    "is_too_large",
    "likeness_of",
    "match_facts",
    "merged_values",
    "obstacles",
    "pairs_of",
    "pairs_of_nearly_same_birth",
    "pairs_of_no_relatives",
    "probability_of",
    "score",
    "slips_of",
    "street_part",
    "wants_reason",
]
