"""Vital signs: a chart for each sign the patient has, and the same numbers as a table."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.state.clinical.vital_signs import VitalSignsState as S


@page_for(navigation.PATIENT_VITALS, on_load=[S.load], live=of_record(S.refresh))
def vital_signs() -> rx.Component:
    """How the patient's vital signs went over time."""
    return record_frame(navigation.PATIENT_VITALS, charts_grid(S.charts), state=S)


def charts_grid(charts: Any) -> rx.Component:
    """A chart for each vital sign, or why there is none."""
    return rx.cond(
        charts.length() > 0,
        rx.el.div(rx.foreach(charts, _chart), class_name="grid grid-cols-1 xl:grid-cols-2 gap-4 items-start"),
        kit.empty_state(
            "No vital signs are recorded",
            "Charts appear here once blood pressure, weight or other signs have been measured.",
            icon="heart-pulse",
        ),
    )


def _chart(chart: Any) -> rx.Component:
    def lines(*, pair: bool, ranged: bool) -> rx.Component:
        series = [("first", "Systolic"), ("second", "Diastolic")] if pair else [("first", "Value")]
        band: dict[str, Any] = {"low": chart["low"].to(int), "high": chart["high"].to(int)} if ranged else {}
        if pair and ranged:
            band["more_bands"] = ((chart["second_low"].to(int), chart["second_high"].to(int)),)
        return kit.line_chart(chart["line"], series, label=f"{chart['title']} over time", **band)

    def either(*, pair: bool) -> rx.Component:
        return rx.cond(chart["has_range"], lines(pair=pair, ranged=True), lines(pair=pair, ranged=False))

    return kit.card(
        rx.cond(chart["is_pair"], either(pair=True), either(pair=False)),
        _numbers(chart),
        title=chart["title"],
        subtitle=chart["range"],
        actions=rx.el.div(
            rx.el.span(chart["last"], class_name="text-[20px] font-semibold tabular-nums"),
            rx.el.span(chart["unit"], class_name="text-[12px] text-(--muted) ml-1"),
            rx.el.p(
                _mark(chart["mark"]),
                chart["last_at"],
                class_name="flex items-center justify-end gap-2 text-[12px] text-(--muted)",
            ),
            class_name="text-right ml-auto",
        ),
        key=chart["id"],
    )


def _mark(mark: Any) -> rx.Component:
    """A value outside its range, by word and arrow; nothing within it."""
    return rx.match(
        mark,
        ("High", kit.badge("High", "warning", icon="arrow-up")),
        ("Low", kit.badge("Low", "warning", icon="arrow-down")),
        rx.fragment(),
    )


def _numbers(chart: Any) -> rx.Component:
    columns = [
        kit.Column("when", "Measured", phone="title"),
        kit.Column("mark", "Range", cell=lambda row: _mark(row["mark"])),
        kit.Column("value", "Value", numeric=True),
    ]
    return rx.el.details(
        rx.el.summary("Show the numbers", class_name="cursor-pointer text-[13px] text-(--muted) py-1"),
        rx.el.div(
            kit.simple_table(columns, chart["points"], label="Measurements, newest first"),
            class_name="max-h-64 overflow-auto",
            tab_index=0,
            role="region",
            aria_label=f"{chart['title']}: measurements",
        ),
        class_name="pt-2",
    )
