"""The tab "Access log": who looked at this record, when, as what, at which part."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.pages.patients.history_parts import day_heading, history_list
from hms_app.pages.patients.record_frame import record_frame
from hms_app.state.patients.past import AccessLogState as S


@page_for(navigation.PATIENT_ACCESS, on_load=[S.load])
def access_log_page() -> rx.Component:
    """Every look at the record, by day and person."""
    return record_frame(
        navigation.PATIENT_ACCESS,
        history_list(
            navigation.PATIENT_ACCESS,
            S,
            access_entry,
            note="Everybody who looked at this record, by day and person, newest first. Your looks are on it too.",
            nothing="Nobody looked",
            never="Every look at this record is noted here from now on.",
        ),
        state=S,
    )


def access_entry(row: Any) -> rx.Component:
    """One person on one day."""
    return rx.el.li(
        day_heading(row),
        rx.el.div(
            rx.el.div(
                rx.el.span(row["person"], class_name="font-medium text-[13px]"),
                kit.badge(row["roles"], plain=True),
                rx.el.span(row["times"], class_name="text-[12px] text-(--muted) tabular-nums"),
                class_name="flex flex-wrap items-baseline gap-x-3 gap-y-1",
            ),
            rx.el.p(row["parts"], class_name="text-[12px] text-(--muted) [overflow-wrap:anywhere]"),
            class_name="border-l-2 border-(--line) pl-3 py-2",
        ),
        key=row["id"],
    )
