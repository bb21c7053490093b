"""Reading who may be twice in the register: the likely, the worklist, two side by side, and the merges."""

from hms_app.domain.duplicates.queries.belongings import (
    belongings,
    count_holdings,
)
from hms_app.domain.duplicates.queries.checks import CHECKS
from hms_app.domain.duplicates.queries.likely import (
    candidate_statement,
    facts_of,
    find_likely_duplicates,
)
from hms_app.domain.duplicates.queries.merges import (
    find_standing_merge,
    get_merge,
    list_merges,
)
from hms_app.domain.duplicates.queries.typing_along import (
    read_typing,
)
from hms_app.domain.duplicates.queries.worklist import (
    compare_patients,
    find_scan,
    list_duplicates,
)

__all__ = [
    "CHECKS",
    "belongings",
    "candidate_statement",
    "compare_patients",
    "count_holdings",
    "facts_of",
    "find_likely_duplicates",
    "find_scan",
    "find_standing_merge",
    "get_merge",
    "list_duplicates",
    "list_merges",
    "read_typing",
]
