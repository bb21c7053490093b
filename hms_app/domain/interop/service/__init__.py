"""Writing what files hold into the hospital."""

from hms_app.domain.interop.service.exports import export_record_bundle, export_record_paper
from hms_app.domain.interop.service.fhir import import_fhir
from hms_app.domain.interop.service.jobs import (
    FoundImport,
    add_import,
    cancel_import,
    look_at_import,
    map_columns,
    note_report_export,
    start_check,
    start_import,
)
from hms_app.domain.interop.service.patient_lists import import_patient_list
from hms_app.domain.interop.service.synthea import import_synthea

__all__ = [
    "FoundImport",
    "add_import",
    "cancel_import",
    "export_record_bundle",
    "export_record_paper",
    "import_fhir",
    "import_patient_list",
    "import_synthea",
    "look_at_import",
    "map_columns",
    "note_report_export",
    "start_check",
    "start_import",
]
