"""Deciding about pairs, scanning the register, and registering whom it does not hold yet."""

from hms_app.domain.duplicates.service.deciding import (
    dismiss_duplicate,
    reopen_duplicate,
)
from hms_app.domain.duplicates.service.registering import (
    register_patient,
)
from hms_app.domain.duplicates.service.scanning import (
    fail_scan,
    run_scan,
    start_scan,
)

__all__ = [
    "dismiss_duplicate",
    "fail_scan",
    "register_patient",
    "reopen_duplicate",
    "run_scan",
    "start_scan",
]
