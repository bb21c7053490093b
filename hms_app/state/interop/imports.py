"""The list of imports, kept up to date while one of them is at work."""

from typing import ClassVar, Final

import reflex as rx

from hms_app.core.permissions import Permission
from hms_app.domain.interop.queries import list_imports
from hms_app.state.interop.job_rows import JobItem, job_item
from hms_app.state.lists.kinds import ListKind
from hms_app.state.lists.screen import ListScreen

IMPORTS: Final = ListKind(
    name="imports",
    noun="import",
    read=Permission.INTEROP_IMPORT_RUN,
    export=Permission.INTEROP_IMPORT_RUN,
    find=list_imports,
    present=lambda row, actor: job_item(row, actor.locale),
    columns={
        "name": "File",
        "kind_label": "Holds",
        "size": "Size",
        "status_label": "Status",
        "by": "By",
        "created": "Sent",
    },
    search="",
)


class ImportsState(ListScreen, rx.State):
    """One page of imports, newest first."""

    listed: ClassVar = IMPORTS
    rows: list[JobItem] = []
