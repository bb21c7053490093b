"""What an entry may hold, what of it one reader sees, and how the trail is written to a spreadsheet."""

from hms_app.domain.audit.rules.entries import changes, defused, digest_of, plain, salted, snapshot
from hms_app.domain.audit.rules.reading import NOT_SHOWN, Known, Shown, named_patients, not_shown, shown

__all__ = [
    "NOT_SHOWN",
    "Known",
    "Shown",
    "changes",
    "defused",
    "digest_of",
    "named_patients",
    "not_shown",
    "plain",
    "salted",
    "shown",
    "snapshot",
]
