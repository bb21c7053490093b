"""The tab "Changes": what became of this record, by whom and when, field by field."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.domain.patients.values import CHANGE_KINDS
from hms_app.pages.guard import page_for
from hms_app.pages.patients.history_parts import day_heading, history_list
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.state.patients.past import ChangesState as S

KINDS = [(kind, label) for kind, (label, _) in CHANGE_KINDS.items()]


@page_for(navigation.PATIENT_CHANGES, on_load=[S.load], live=of_record(S.refresh))
def changes_page() -> rx.Component:
    """Every change, newest first."""
    return record_frame(
        navigation.PATIENT_CHANGES,
        history_list(
            navigation.PATIENT_CHANGES,
            S,
            _change,
            kit.select_field(
                "What",
                "kind",
                KINDS,
                placeholder="Everything",
                default_value=S.filters["kind"],
                optional=True,
            ),
            note="Every change of this record, newest first. Nothing here can be changed or removed.",
            nothing="No change is recorded",
            never="The record is as it was registered or imported.",
        ),
        state=S,
    )


def _change(row: Any) -> rx.Component:
    return rx.el.li(
        day_heading(row),
        rx.el.div(
            rx.el.div(
                rx.el.span(row["act"], class_name="font-medium text-[13px]"),
                rx.el.span(
                    row["time"], " · ", row["person"], class_name="text-[12px] text-(--muted) tabular-nums"
                ),
                class_name="flex flex-wrap items-baseline gap-x-3",
            ),
            _when(
                row["reason"],
                rx.el.p(
                    "Reason: ",
                    row["reason"],
                    class_name="text-[12px] text-(--muted) [overflow-wrap:anywhere]",
                ),
            ),
            _when(row["hidden"], rx.el.p(row["hidden"], class_name="text-[12px] text-(--muted) italic")),
            rx.el.dl(rx.foreach(row["fields"], _field), class_name="flex flex-col gap-1 pt-1 empty:hidden"),
            class_name="border-l-2 border-(--line) pl-3 py-2",
        ),
        key=row["id"],
    )


def _field(field: Any) -> rx.Component:
    """What it was, struck out, and what it is."""
    return rx.el.div(
        rx.el.dt(field["label"], class_name="text-(--muted) sm:w-48 shrink-0"),
        rx.el.dd(
            rx.cond(
                field["before"],
                rx.fragment(
                    rx.el.span("was ", class_name="sr-only"),
                    rx.el.del_(field["before"], class_name="text-(--muted) [overflow-wrap:anywhere]"),
                    rx.el.span(" → ", aria_hidden="true", class_name="text-(--muted)"),
                ),
                rx.fragment(),
            ),
            rx.cond(
                field["after"],
                rx.el.span(field["after"], class_name="[overflow-wrap:anywhere]"),
                rx.el.span("empty", class_name="text-(--faint)"),
            ),
            class_name="min-w-0",
        ),
        key=field["id"],
        class_name="flex flex-col sm:flex-row sm:gap-3 text-[13px]",
    )


def _when(text: Any, part: rx.Component) -> rx.Component:
    return rx.cond(text, part, rx.fragment())
