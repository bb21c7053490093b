"""Reading files as they come from elsewhere, records on their way out, and imports that run by themselves."""

from hms_app.domain.interop.queries.csv_files import LINE_LIMIT, QUOTED_LINES_LIMIT, CsvFile
from hms_app.domain.interop.queries.jobs import (
    ListColumns,
    ListToRead,
    get_import,
    get_list,
    get_progress,
    list_imports,
    look_at_columns,
    report_rows,
)
from hms_app.domain.interop.queries.list_files import ListHead, look_at_list, whole_list
from hms_app.domain.interop.queries.records import PARTS, gather_record, stamp_of

__all__ = [
    "LINE_LIMIT",
    "PARTS",
    "QUOTED_LINES_LIMIT",
    "CsvFile",
    "ListColumns",
    "ListHead",
    "ListToRead",
    "gather_record",
    "get_import",
    "get_list",
    "get_progress",
    "list_imports",
    "look_at_columns",
    "look_at_list",
    "report_rows",
    "stamp_of",
    "whole_list",
]
