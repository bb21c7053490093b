"""Operations: what the hospital does in the background, how late it is, and what failed."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.lists import chip, column, list_table, list_toolbar
from hms_app.state.jobs.operations import OperationsState as S
from hms_app.state.live import Live

STATUSES = [
    ("queued", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


@page_for(navigation.OPERATIONS, on_load=[S.load], live=Live(S.refresh, "job"))
def operations() -> rx.Component:
    """See that the background work gets done, and have what failed tried again."""
    return frame(
        navigation.OPERATIONS,
        kit.page_header("Operations", "Work in the background: what waits, what runs, what failed."),
        kit.stack(
            kit.data_table(
                _kind_columns(), S.kinds, label="Kinds of work", loading=S.is_loading, compact=True
            ),
            list_toolbar(S, [chip(S, "Status", "status", STATUSES)]),
            list_table(
                S,
                _job_columns(),
                label="Jobs, newest first",
                empty=kit.empty_state(
                    "Nothing here", "Imports, scans and work by the clock appear here.", icon="server-cog"
                ),
            ),
        ),
    )


def _kind_columns() -> list[kit.Column]:
    return [
        kit.Column("title", "Work", phone="title"),
        kit.Column("schedule", "When"),
        kit.Column("waiting", "Waiting", numeric=True),
        kit.Column("running", "Running", numeric=True),
        kit.Column("lag", "Lag", cell=_lag),
        kit.Column("last_done", "Last done"),
        kit.Column("last_problem", "Last failure", cell=_last_failure),
    ]


def _lag(row: Any) -> rx.Component:
    return rx.cond(row["is_late"], kit.badge(row["lag"], "warning"), rx.el.span(row["lag"]))


def _last_failure(row: Any) -> rx.Component:
    return rx.cond(
        row["last_problem"],
        rx.el.div(row["last_problem"], rx.el.div(row["last_failed"], class_name="k-cell-detail")),
        rx.el.span("None", class_name="text-(--faint)"),
    )


def _job_columns() -> list[kit.Column]:
    return [
        column(S, "title", phone="title", cell=_title),
        column(S, "status", cell=_status, width="160px", phone="badge"),
        column(S, "asked_by", width="170px"),
        column(S, "due", width="180px"),
        column(S, "lag", width="90px"),
        column(S, "ended", width="180px"),
        column(S, "attempts", numeric=True, width="90px", phone="hide"),
    ]


def _title(row: Any) -> rx.Component:
    return rx.el.div(
        row["title"],
        rx.cond(row["problem"], rx.el.div(row["problem"], class_name="k-cell-detail"), rx.fragment()),
        rx.cond(
            row["may_retry"],
            kit.button("Try again", size="small", icon="rotate-ccw", on_click=S.retry(row["id"])),
            rx.fragment(),
        ),
    )


def _status(row: Any) -> rx.Component:
    return kit.work_status(
        row["status"], row["tone"], is_busy=row["is_running"], percent=row["percent"], name=row["title"]
    )
