"""Reading files as they come from elsewhere, records on their way out, and imports that run by themselves."""

from hms_app.domain.interop.queries.archives import kind_of_archive, unpack
from hms_app.domain.interop.queries.csv_files import LINE_LIMIT, QUOTED_LINES_LIMIT, CsvFile
from hms_app.domain.interop.queries.fhir_files import Document, Entry, FhirFile, fhir_files, files_not_read
from hms_app.domain.interop.queries.jobs import (
    get_columns,
    get_import,
    get_progress,
    list_imports,
    preview_list,
    report_rows,
)
from hms_app.domain.interop.queries.list_files import MOST_ROWS, ListFile
from hms_app.domain.interop.queries.records import PARTS, gather_record, stamp_of

__all__ = [
    "LINE_LIMIT",
    "MOST_ROWS",
    "PARTS",
    "QUOTED_LINES_LIMIT",
    "CsvFile",
    "Document",
    "Entry",
    "FhirFile",
    "ListFile",
    "fhir_files",
    "files_not_read",
    "gather_record",
    "get_columns",
    "get_import",
    "get_progress",
    "kind_of_archive",
    "list_imports",
    "preview_list",
    "report_rows",
    "stamp_of",
    "unpack",
]
