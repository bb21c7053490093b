"""Adding to the trail, opening its entries, and taking it away as a file."""

from hms_app.domain.audit.rules import changes, snapshot
from hms_app.domain.audit.service.entries import noted, record, write_noted
from hms_app.domain.audit.service.looks import (
    record_access,
    record_access_if_refused,
    record_list,
    settle_searches,
)
from hms_app.domain.audit.service.trail import (
    export_head,
    export_page,
    open_entry,
    record_export,
    record_list_export,
)
from hms_app.domain.audit.values import AuditAction

__all__ = [
    "AuditAction",
    "changes",
    "export_head",
    "export_page",
    "noted",
    "open_entry",
    "record",
    "record_access",
    "record_access_if_refused",
    "record_export",
    "record_list",
    "record_list_export",
    "settle_searches",
    "snapshot",
    "write_noted",
]
