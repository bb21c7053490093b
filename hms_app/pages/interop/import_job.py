"""One import, step by step: columns of a list, check, import, report."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.interop.list_columns import columns_step
from hms_app.state.interop.import_job import ImportJobState as S
from hms_app.state.live import Live

LEAVE_IT = "You can leave this page, or close it: the work goes on."
LIMITS = (
    "A check reads everything and writes it, then undoes it. What it cannot see: rows that somebody else changes between"
    " the check and the import. The record numbers it tried are not used again, so numbers may skip."
)


@page_for(navigation.IMPORT_JOB, on_load=[S.load], live=Live(S.refresh, "import_job"))
def import_job() -> rx.Component:
    """Where an import stands, and what to do next."""
    return frame(
        navigation.IMPORT_JOB,
        rx.cond(
            S.problem != "",
            rx.fragment(
                rx.el.h1("Import", class_name="sr-only"), kit.error_state(S.problem, on_retry=S.load)
            ),
            rx.cond(
                S.is_loading,
                rx.fragment(kit.page_header("Import"), kit.skeleton_card(6)),
                _job(),
            ),
        ),
    )


def _job() -> rx.Component:
    return rx.fragment(
        kit.page_header(
            S.job["name"],
            rx.el.span(S.job["kind_label"], " · ", S.job["size"], " · ", S.job["by"], ", ", S.job["created"]),
            actions=kit.badge(S.job["status_label"], S.job["tone"]),
        ),
        kit.stack(
            kit.steps(S.steps, label="Steps of this import"),
            rx.cond(S.refusal != "", kit.callout(S.refusal, tone="danger"), rx.fragment()),
            rx.match(
                S.view,
                ("columns", columns_step()),
                ("uploaded", _ready()),
                ("checking", _working("Checking the file", "Nothing is taken over yet.")),
                ("checked", _checked()),
                ("running", _working("Importing", "Rows are taken over as they come.")),
                ("done", _done()),
                ("failed", _failed()),
                ("cancelled", _cancelled()),
                rx.fragment(),
            ),
        ),
    )


def _ready() -> rx.Component:
    return kit.card(
        rx.el.div(
            rx.el.p("The file is here. Checking it takes over nothing."),
            rx.el.p(LIMITS, class_name="k-hint"),
            kit.row(
                kit.button("Check the file", variant="primary", icon="list-checks", on_click=S.check),
                _cancel_button("Cancel import"),
            ),
            class_name="flex flex-col gap-4",
        ),
        title="Check",
    )


def _working(title: str, sentence: str) -> rx.Component:
    return kit.card(
        rx.el.div(
            rx.el.p(S.job["progress"], role="status", class_name="font-medium"),
            kit.progress_bar(S.job["percent"], label=title),
            rx.el.p(f"{sentence} {LEAVE_IT}", class_name="k-hint"),
            kit.row(kit.button("Stop", icon="square", on_click=S.cancel)),
            class_name="flex flex-col gap-3",
        ),
        title=title,
    )


def _checked() -> rx.Component:
    return rx.fragment(
        kit.callout(
            rx.el.span("If you import now: ", rx.el.strong(S.summary), ". Nothing has been taken over yet."),
            tone="info",
        ),
        kit.row(
            kit.button("Import now", variant="primary", icon="file-input", on_click=S.begin),
            kit.button("Check again", on_click=S.check),
            _columns_button(),
            _cancel_button("Cancel import"),
        ),
        _report("What an import would do"),
        rx.el.p(LIMITS, class_name="k-hint"),
    )


def _done() -> rx.Component:
    return rx.fragment(
        kit.callout(rx.el.span("Imported: ", rx.el.strong(S.summary), "."), tone="success"),
        _report("What was done"),
    )


def _failed() -> rx.Component:
    return rx.fragment(
        kit.callout(S.job["problem"], tone="danger"),
        kit.row(
            kit.button("Check again", variant="primary", icon="list-checks", on_click=S.check),
            _columns_button(),
            _cancel_button("Cancel import"),
        ),
        rx.cond(S.counts.length() > 0, _report("What the last check found"), rx.fragment()),
    )


def _cancelled() -> rx.Component:
    return rx.fragment(
        kit.callout(
            "This import was called off. Rows taken over before that stay; send the file again to go on from there.",
            tone="neutral",
        ),
        rx.cond(S.counts.length() > 0, _report("What the last check found"), rx.fragment()),
    )


def _columns_button() -> rx.Component:
    is_list = S.job["kind"] == "patient_list"
    return rx.cond(is_list, kit.button("Change columns", on_click=S.show_columns), rx.fragment())


def _cancel_button(label: str) -> rx.Component:
    return kit.button(label, variant="ghost", on_click=S.cancel)


def _report(title: str) -> rx.Component:
    figures = [
        ("read", "Read"),
        ("created", "Created"),
        ("updated", "Updated"),
        ("unchanged", "Known already"),
    ]
    columns = [
        kit.Column("name", "File or type", phone="title"),
        *[kit.Column(key, label, numeric=True, width="130px") for key, label in figures],
        kit.Column("rejected", "Left out", numeric=True, width="130px", cell=_left_out),
    ]
    return rx.fragment(
        kit.card(
            kit.data_table(columns, S.counts, label=title),
            rx.cond(
                S.not_read != "",
                rx.el.p("Types of resource that are not read: ", S.not_read, class_name="k-hint p-4"),
                rx.fragment(),
            ),
            rx.cond(
                S.not_kept != "",
                rx.el.p("Elements that have no place here: ", S.not_kept, class_name="k-hint p-4"),
                rx.fragment(),
            ),
            title=title,
            actions=kit.link_button(
                "Download report",
                f"/exports/imports/{S.job['id']}",
                icon="download",
                size="small",
                external=True,
            ),
            flush=True,
        ),
        rx.cond(
            S.found.length() > 0,
            _lines("Rows that are left out", "Why it is left out", S.found, S.found_note),
            rx.fragment(),
        ),
        rx.cond(
            S.remarks.length() > 0,
            _lines("Rows to look at", "What was taken over otherwise", S.remarks, S.remarks_note),
            rx.fragment(),
        ),
    )


def _left_out(row: Any) -> rx.Component:
    return rx.cond(row["rejected"] == "0", rx.el.span("0"), rx.el.strong(row["rejected"]))


def _lines(title: str, said: str, rows: Any, note: Any) -> rx.Component:
    columns = [
        kit.Column("file", "File", width="220px"),
        kit.Column("place", "Line or place", width="140px"),
        kit.Column("reason", said, phone="title"),
    ]
    return kit.card(
        kit.data_table(columns, rows, label=title),
        title=title,
        subtitle=note,
        flush=True,
    )
