"""What other domains' services are made of: changing one row, and doing a command once."""

from hms_app.domain.records.service.commands import forget_commands, once
from hms_app.domain.records.service.rows import (
    RowKind,
    add_row,
    conflict,
    content_of,
    locked_row,
    record_row,
    retract_row,
    save_row,
)

__all__ = [
    "RowKind",
    "add_row",
    "conflict",
    "content_of",
    "forget_commands",
    "locked_row",
    "once",
    "record_row",
    "retract_row",
    "save_row",
]
