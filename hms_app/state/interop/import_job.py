"""One import on its way: its columns, its check, the work itself, and the report."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import reflex as rx
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.domain.interop import queries, service
from hms_app.domain.interop.values import (
    ImportJobRow,
    ImportKind,
    ImportStatus,
    ListMapping,
    ListMappingInput,
)
from hms_app.state.address import id_in_path
from hms_app.state.base import ScreenState, handles
from hms_app.state.interop.job_rows import (
    NO_JOB,
    ColumnItem,
    CountsItem,
    JobItem,
    PreviewItem,
    ProblemItem,
    StepItem,
    column_items,
    counts_items,
    job_item,
    preview_items,
    problem_items,
    remark_items,
    step_items,
)
from hms_app.state.off_loop import off_loop
from hms_app.state.replies import say

SHOWN_PROBLEMS: Final = 50
_PLACE_IN_PATH: Final = 2


class _Seen(NamedTuple):
    """An import, and how the hospital writes."""

    row: ImportJobRow
    locale: HospitalLocale


def _seen(session: Session, actor: Actor, *, read: Callable[..., ImportJobRow], job_id: int) -> _Seen:
    """An import as a use case answers it."""
    return _Seen(read(session, actor, job_id=job_id), actor.locale)


class ImportJobState(ScreenState, rx.State):
    """The import on screen; `view` is which step of it is shown."""

    job: JobItem = NO_JOB
    steps: list[StepItem] = []
    view: str = ""
    counts: list[CountsItem] = []
    found: list[ProblemItem] = []
    found_note: str = ""
    not_read: str = ""
    not_kept: str = ""
    remarks: list[ProblemItem] = []  # at most SHOWN_PROBLEMS
    remarks_note: str = ""
    summary: str = ""
    columns: list[ColumnItem] = []
    preview: list[PreviewItem] = []
    mapping: dict[str, str] = {}
    mapping_key: int = 0
    key_options: list[dict[str, str]] = []
    is_ambiguous: bool = False
    is_mapped: bool = False
    is_busy: bool = False
    refusal: str = ""
    """Why the last press of a button came to nothing."""

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def load(self) -> Any:
        """Show the import of the address."""
        job_id = self._id()
        if self.job["id"] != str(job_id):
            self._forget()
        yield
        if not job_id:
            self.problem, self.is_loading = str(NotFound("import")), False
            return
        found: _Seen | None = await self._run(_seen, read=queries.get_import, job_id=job_id)
        self.is_loading = False
        if found is not None:
            await self._show(found)

    @handles(Permission.INTEROP_IMPORT_RUN, passive=True)
    async def refresh(self) -> Any:
        """Show how far it is now."""
        if not self.job["id"]:
            return
        job_id = int(self.job["id"])
        found: _Seen | None = await self._read_shown(_seen, read=queries.get_progress, job_id=job_id)
        if found is None:
            return
        if found.row.status.value != self.job["status"]:
            found = await self._read_shown(_seen, read=queries.get_import, job_id=job_id)
            if found is not None:
                await self._show(found)
        elif job_item(*found) != self.job:
            self.job = job_item(*found)

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def keep_columns(self, form: dict[str, Any]) -> Any:
        """Keep what the columns hold, and show how the first rows are read with it."""
        self.is_busy, self.refusal = True, ""
        yield
        mapping = await self._kept(form)
        problems, self.refusal = self.problems, self.problem
        self.problem, self.is_busy = "", False
        if mapping is None:
            self.columns = [
                {
                    **column,
                    "field": str(form.get(column["name"], "")),
                    "problem": problems.get(column["name"], ""),
                }
                for column in self.columns
            ]
            return
        found: _Seen | None = await self._run(_seen, read=queries.get_import, job_id=self._id())
        if found is not None:
            await self._show(found)
            yield say("The columns were kept.")

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def show_columns(self) -> None:
        """Go back to the columns of a list."""
        self.view = "columns"
        await self._read_columns()

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def check(self) -> Any:
        """Have everything read without a trace."""
        return await self._press(service.start_check)

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def begin(self) -> Any:
        """Take everything over."""
        return await self._press(service.start_import)

    @handles(Permission.INTEROP_IMPORT_RUN)
    async def cancel(self) -> Any:
        """Call it off."""
        return await self._press(service.cancel_import)

    async def _press(self, act: Any) -> None:
        found: _Seen | None = await self._run(_seen, read=act, job_id=self._id())
        self.refusal, self.problem = self.problem, ""
        if found is None:
            found = await self._run(_seen, read=queries.get_import, job_id=self._id())
        if found is not None:
            await self._show(found)

    async def _show(self, found: _Seen) -> None:
        row = found.row
        self.job, self.steps, self.view = job_item(*found), step_items(row), _view_of(row)
        self.counts, self.found = counts_items(row), problem_items(row, SHOWN_PROBLEMS)
        self.found_note = _of_all(len(self.found), row.problem_count)
        self.not_read = ", ".join(f"{name} ({count:,})" for name, count in row.not_read.items())
        self.not_kept = ", ".join(f"{name} ({count:,})" for name, count in row.not_kept.items())
        self.remarks = remark_items(row, SHOWN_PROBLEMS)
        self.remarks_note = _of_all(len(self.remarks), row.remark_count)
        self.summary = _summary(row)
        if self.view == "columns":
            await self._read_columns()

    async def _read_columns(self) -> None:
        listed = await self._run(queries.get_list, job_id=self._id())
        if listed is None:
            return
        found: queries.ListColumns | None = await self._refusals_caught(
            off_loop, partial(queries.look_at_columns, listed)
        )
        if found is not None:
            self._show_columns(found)

    async def _kept(self, form: dict[str, Any]) -> ListMapping | None:
        """Keep the mapping of a form, against the columns that the list has now; None when it is refused."""
        listed: queries.ListToRead | None = await self._run(queries.get_list, job_id=self._id())
        if listed is None:
            return None
        head: queries.ListHead | None = await self._refusals_caught(
            off_loop, partial(queries.look_at_list, listed.path, listed.media_type, rows=0)
        )
        if head is None:
            return None
        mapping: ListMapping | None = await self._run(
            _keep, job_id=self._id(), form=form, width=len(head.header)
        )
        return mapping

    def _show_columns(self, found: queries.ListColumns) -> None:
        mapping, self.is_ambiguous, self.is_mapped = found.mapping, found.is_ambiguous, found.is_kept
        self.columns = column_items(found.header, found.rows, mapping, {})
        self.preview = preview_items(found.preview)
        self.key_options = [
            {"value": str(place), "label": name} for place, name in enumerate(found.header) if name
        ]
        self.mapping = {
            "date_order": mapping.date_order.value,
            "name_order": mapping.name_order.value,
            "key_column": "" if mapping.key_column is None else str(mapping.key_column),
            "source": mapping.source,
            "takes_lookalikes": "yes" if mapping.takes_lookalikes else "",
        }
        self.mapping_key += 1

    def _forget(self) -> None:
        self.job, self.steps, self.view, self.is_loading = NO_JOB, [], "", True
        self.counts, self.found, self.columns, self.preview = [], [], [], []
        self.refusal = self.found_note = self.not_read = self.summary = ""
        self.not_kept, self.remarks, self.remarks_note = "", [], ""

    def _id(self) -> int:
        try:
            return id_in_path(self, place=_PLACE_IN_PATH, what="import")
        except NotFound:
            return 0


def _keep(session: Session, actor: Actor, *, job_id: int, form: dict[str, Any], width: int) -> ListMapping:
    request = ListMappingInput.from_form(form)
    return service.map_columns(session, actor, job_id=job_id, request=request, columns=form, width=width)


def _view_of(row: ImportJobRow) -> str:
    if row.status is ImportStatus.UPLOADED and row.kind is ImportKind.PATIENT_LIST:
        return "columns"
    return row.status.value


def _summary(row: ImportJobRow) -> str:
    """The report in a sentence."""
    if not row.lines:
        return ""
    created, updated = sum(line.created for line in row.lines), sum(line.updated for line in row.lines)
    unchanged, rejected = sum(line.unchanged for line in row.lines), sum(line.rejected for line in row.lines)
    parts = [
        f"{created:,} new",
        f"{updated:,} changed",
        f"{unchanged:,} known already",
        f"{rejected:,} left out",
    ]
    return ", ".join(parts)


def _of_all(shown: int, met: int) -> str:
    return f"The first {shown:,} of {met:,}; the download has more." if met > shown else ""
