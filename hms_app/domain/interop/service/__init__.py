"""Writing what files hold into the hospital."""

from hms_app.domain.interop.service.synthea import import_synthea

__all__ = ["import_synthea"]
