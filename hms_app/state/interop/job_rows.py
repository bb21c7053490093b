"""Imports as screens show them: everything a text."""

from collections.abc import Sequence
from typing import Final, TypedDict

from hms_app import navigation
from hms_app.core.locale import HospitalLocale
from hms_app.domain.interop.values import (
    FIELD_LABELS,
    KIND_LABELS,
    STATUS_LABELS,
    WORKED_ON,
    ImportJobRow,
    ImportKind,
    ImportStatus,
    ListMapping,
    PreviewRow,
    ReportProblem,
)

_S = ImportStatus
_TONES: Final = {
    _S.UPLOADED: "neutral",
    _S.CHECKING: "info",
    _S.CHECKED: "warning",
    _S.RUNNING: "info",
    _S.DONE: "success",
    _S.FAILED: "danger",
    _S.CANCELLED: "neutral",
}
_SAMPLES: Final = 3
_LONGEST_SAMPLE: Final = 30


class JobItem(TypedDict):
    """An import in the list and over its own page."""

    id: str
    href: str
    name: str
    kind: str
    kind_label: str
    size: str
    status: str
    status_label: str
    tone: str
    by: str
    created: str
    finished: str
    percent: str
    place: str
    progress: str
    problem: str
    is_busy: bool


class CountsItem(TypedDict):
    """What became of one file."""

    id: str
    name: str
    read: str
    created: str
    updated: str
    unchanged: str
    rejected: str


class ProblemItem(TypedDict):
    """One row that is left out."""

    id: str
    file: str
    place: str
    reason: str


class ColumnItem(TypedDict):
    """One column of a list, and what it is taken for."""

    id: str
    name: str
    heading: str
    samples: str
    field: str
    label: str
    problem: str


class PreviewItem(TypedDict):
    """One row of a list as it will be read."""

    id: str
    line: str
    name: str
    birth: str
    sex: str
    contact: str
    address: str
    identifiers: str
    problem: str


class StepItem(TypedDict):
    """One step on the way of an import: before, at, or behind it."""

    id: str
    title: str
    state: str


NO_JOB: Final[JobItem] = {
    "id": "", "href": "", "name": "", "kind": "", "kind_label": "", "size": "", "status": "", "status_label": "",
    "tone": "neutral", "by": "", "created": "", "finished": "", "percent": "0", "place": "", "progress": "",
    "problem": "", "is_busy": False,
}  # fmt: skip


def job_item(row: ImportJobRow, locale: HospitalLocale) -> JobItem:
    """An import as screens show it."""
    is_busy = row.status in WORKED_ON
    return {
        "id": str(row.id),
        "href": navigation.IMPORT_JOB.address(job_id=row.id),
        "name": row.file_name,
        "kind": row.kind.value,
        "kind_label": KIND_LABELS[row.kind],
        "size": size_words(row.size_bytes),
        "status": row.status.value,
        "status_label": f"{STATUS_LABELS[row.status]} {row.percent} %"
        if is_busy
        else STATUS_LABELS[row.status],
        "tone": _TONES[row.status],
        "by": row.started_by,
        "created": locale.moment(row.created_at),
        "finished": locale.moment(row.finished_at),
        "percent": str(row.percent),
        "place": row.place,
        "progress": _progress(row),
        "problem": row.problem,
        "is_busy": is_busy,
    }


def counts_items(row: ImportJobRow) -> list[CountsItem]:
    """What became of each file."""
    return [
        {
            "id": line.name,
            "name": line.name,
            "read": f"{line.read:,}",
            "created": f"{line.created:,}",
            "updated": f"{line.updated:,}",
            "unchanged": f"{line.unchanged:,}",
            "rejected": f"{line.rejected:,}",
        }
        for line in row.lines
    ]


def problem_items(row: ImportJobRow, limit: int) -> list[ProblemItem]:
    """The first problems."""
    return _items(row.problems[:limit])


def remark_items(row: ImportJobRow, limit: int) -> list[ProblemItem]:
    """The first remarks about what is taken over."""
    return _items(row.remarks[:limit])


def _items(listed: Sequence[ReportProblem]) -> list[ProblemItem]:
    return [
        {"id": str(place), "file": found.file, "place": found.place, "reason": found.reason}
        for place, found in enumerate(listed)
    ]


def column_items(
    header: list[str], rows: list[list[str]], mapping: ListMapping, problems: dict[str, str]
) -> list[ColumnItem]:
    """The columns of a list with their first values."""
    items: list[ColumnItem] = []
    for place, heading in enumerate(header):
        values = [row[place][:_LONGEST_SAMPLE] for row in rows if place < len(row) and row[place]]
        found = mapping.fields.get(place)
        items.append(
            {
                "id": str(place),
                "name": f"column_{place}",
                "heading": heading or f"Column {place + 1}",
                "samples": " · ".join(list(dict.fromkeys(values))[:_SAMPLES]),
                "field": found.value if found else "",
                "label": FIELD_LABELS[found] if found else "Left out",
                "problem": problems.get(f"column_{place}", ""),
            }
        )
    return items


def preview_items(rows: list[PreviewRow]) -> list[PreviewItem]:
    """The first rows of a list as they will be read."""
    return [
        {
            "id": str(row.line),
            "line": str(row.line),
            "name": row.name,
            "birth": row.birth,
            "sex": row.sex,
            "contact": row.contact,
            "address": row.address,
            "identifiers": row.identifiers,
            "problem": row.problem,
        }
        for row in rows
    ]


def step_items(row: ImportJobRow) -> list[StepItem]:
    """The way of an import, with where it is."""
    is_list = row.kind is ImportKind.PATIENT_LIST
    titles = ["Upload", *(["Columns"] if is_list else []), "Check", "Import", "Report"]
    after_upload = "Columns" if is_list and not row.has_mapping else "Check"
    at = {
        _S.UPLOADED: after_upload,
        _S.CHECKING: "Check",
        _S.CHECKED: "Import",
        _S.RUNNING: "Import",
        _S.DONE: "Report",
        _S.FAILED: "Check",
        _S.CANCELLED: "Report",
    }[row.status]
    here = titles.index(at)
    states = [
        "done" if place < here else "current" if place == here else "todo" for place in range(len(titles))
    ]
    if row.status is _S.DONE:
        states[-1] = "done"
    return [
        {"id": title, "title": title, "state": state} for title, state in zip(titles, states, strict=True)
    ]


def size_words(size: int) -> str:
    """A file's size as people say it."""
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:,.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"


def _progress(row: ImportJobRow) -> str:
    if row.status not in WORKED_ON:
        return ""
    if not row.is_alive:
        return "Waiting for its turn"
    verb = "Checking" if row.status is _S.CHECKING else "Importing"
    return f"{verb} {row.place}, {row.percent} %" if row.place else f"{verb}: opening the file"
