"""Visits: every visit and stay of a patient, and what happened in each."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.pages.lists import column
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.state.clinical.visits import VisitsState as S


@page_for(navigation.PATIENT_VISITS, on_load=[S.load], live=of_record(S.refresh))
def visits() -> rx.Component:
    """When the patient was here, with whom, why, and what was done."""
    return record_frame(
        navigation.PATIENT_VISITS,
        kit.data_table(
            [
                column(S, "title", cell=_title, phone="title"),
                column(S, "when"),
                column(S, "who", cell=_with),
                column(S, "reason"),
                column(S, "counts", phone="hide"),
            ],
            S.rows,
            label="Visits, newest first",
            empty=kit.empty_state(
                "No visits are recorded", "Visits and stays appear here once they begin.", icon="stethoscope"
            ),
        ),
        rx.cond(
            S.has_next,
            kit.button("Show earlier visits", busy=S.is_fetching, on_click=S.show_more, icon="chevron-down"),
            rx.fragment(),
        ),
        _look(),
        state=S,
    )


def _title(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(row["title"], type="button", class_name="k-cell-link", on_click=S.look(row["id"])),
        rx.cond(
            row["kind"] != row["title"], rx.el.div(row["kind"], class_name="k-cell-detail"), rx.fragment()
        ),
        rx.cond(row["status"], kit.badge(row["status"], row["tone"]), rx.fragment()),
    )


def _with(row: Any) -> rx.Component:
    return rx.el.div(row["who"], rx.el.div(row["where"], class_name="k-cell-detail"))


def _look() -> rx.Component:
    shown = S.shown
    return kit.drawer(
        shown["title"],
        rx.el.div(
            kit.description_list(
                ("Kind", shown["kind"]),
                ("When", shown["when"]),
                ("With", shown["who"]),
                ("Where", shown["where"]),
                ("Reason", shown["reason"]),
                columns=2,
            ),
            rx.cond(
                S.entries.length() > 0,
                kit.timeline(S.entries, label="What happened in this visit"),
                rx.el.p("Nothing is recorded in this visit.", class_name="text-(--muted) text-[13px]"),
            ),
            class_name="flex flex-col gap-4",
        ),
        id="look-at-visit",
        open=shown["id"] != "",
        on_close=S.look(""),
        size="large",
    )
