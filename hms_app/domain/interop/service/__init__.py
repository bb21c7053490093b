"""Writing what files hold into the hospital."""

from hms_app.domain.interop.service.exports import export_record_bundle, export_record_paper
from hms_app.domain.interop.service.fhir import import_fhir
from hms_app.domain.interop.service.synthea import import_synthea

__all__ = ["export_record_bundle", "export_record_paper", "import_fhir", "import_synthea"]
