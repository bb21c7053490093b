"""The timeline: everything of the record, newest first, narrowed by kind."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.state.clinical.timeline import TimelineState as S


@page_for(navigation.PATIENT_TIMELINE, on_load=[S.load], live=of_record(S.refresh))
def timeline() -> rx.Component:
    """What happened to this patient, grouped by day."""
    return record_frame(
        navigation.PATIENT_TIMELINE,
        _kinds(),
        rx.cond(S.rows.length() > 0, entries(S.rows, S.has_more, S.is_fetching, S.show_more), _nothing()),
        state=S,
    )


def _kinds() -> rx.Component:
    return rx.el.div(
        _chip("All", S.total, "", S.chosen.length() == 0),
        rx.foreach(
            S.kinds,
            lambda row: _chip(row["label"], row["count"], row["kind"], S.chosen.contains(row["kind"])),
        ),
        role="group",
        aria_label="Kinds of entry",
        class_name="flex flex-wrap gap-2",
    )


def _chip(label: Any, count: Any, kind: Any, pressed: Any) -> rx.Component:
    look = "inline-flex items-center gap-1.5 px-3 min-h-8 pointer-coarse:min-h-11 rounded-full border text-[13px]"
    return rx.el.button(
        kit.kind_icon(kind, size=14) if isinstance(kind, rx.Var) else rx.fragment(),
        rx.el.span(label),
        rx.el.span(count, class_name="tabular-nums text-(--muted)"),
        type="button",
        on_click=S.toggle(kind),
        aria_pressed=rx.cond(pressed, "true", "false"),
        class_name=rx.cond(
            pressed,
            f"{look} border-(--accent) bg-(--accent-tint) font-semibold",
            f"{look} border-(--line-strong) bg-(--surface) hover:bg-(--hover)",
        ),
        key=kind,
    )


def entries(rows: Any, has_more: Any, is_fetching: Any, show_more: Any) -> rx.Component:
    """A card of timeline entries, and a button for earlier ones."""
    return kit.card(
        rx.el.h2("Entries, newest first", class_name="sr-only"),
        kit.timeline(rows, details=_details),
        rx.cond(
            has_more,
            rx.el.div(
                kit.button("Show earlier entries", busy=is_fetching, on_click=show_more, icon="chevron-down"),
                class_name="flex justify-center pt-4",
            ),
            rx.el.p("Nothing earlier is recorded.", class_name="text-(--muted) text-[12px] pt-4 text-center"),
        ),
    )


def _details(row: Any) -> rx.Component:
    return rx.cond(
        row["status"], rx.el.div(kit.badge(row["status"], row["tone"]), class_name="pt-1"), rx.fragment()
    )


def _nothing() -> rx.Component:
    return rx.cond(
        S.chosen.length() > 0,
        kit.empty_state(
            "Nothing of this kind is recorded",
            "Show every kind to see the rest of the record.",
            icon="activity",
            action=kit.button("Show all kinds", on_click=S.toggle("")),
        ),
        kit.empty_state(
            "Nothing is recorded yet",
            "Visits, results and treatments appear here as they happen.",
            icon="activity",
        ),
    )
