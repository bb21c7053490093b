"""Writing what files hold into the hospital."""

from hms_app.domain.interop.service.fhir import import_fhir
from hms_app.domain.interop.service.synthea import import_synthea

__all__ = ["import_fhir", "import_synthea"]
