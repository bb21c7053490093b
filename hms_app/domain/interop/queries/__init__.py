"""Reading files as they come from elsewhere."""

from hms_app.domain.interop.queries.csv_files import LINE_LIMIT, QUOTED_LINES_LIMIT, CsvFile
from hms_app.domain.interop.queries.fhir_files import Document, Entry, FhirFile, fhir_files
from hms_app.domain.interop.queries.records import PARTS, gather_record, stamp_of

__all__ = [
    "LINE_LIMIT",
    "PARTS",
    "QUOTED_LINES_LIMIT",
    "CsvFile",
    "Document",
    "Entry",
    "FhirFile",
    "fhir_files",
    "gather_record",
    "stamp_of",
]
