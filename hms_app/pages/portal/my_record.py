"""The patient's own record on one page."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.clinical.timeline import entries
from hms_app.pages.clinical.vital_signs import charts_grid
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.patients.access_log import access_entry
from hms_app.pages.patients.record import overview_cards
from hms_app.pages.patients.record_frame import banner_of, waiting
from hms_app.state.portal.my_record import MyRecordState as S


@page_for(navigation.MY_RECORD, on_load=[S.load])
def my_record() -> rx.Component:
    """What the hospital knows about you."""
    return frame(
        navigation.MY_RECORD,
        rx.cond(
            S.problem != "",
            kit.error_state(S.problem, on_retry=S.load, title="Your record cannot be shown"),
            rx.cond(
                S.banner["name"] == "",
                rx.el.div(kit.skeleton("block", height="92px"), waiting(), class_name="flex flex-col gap-4"),
                rx.el.div(
                    banner_of(S.banner, S.allergies),
                    rx.cond(S.notices.length() > 0, _told(), rx.fragment()),
                    kit.tabs(
                        ("Overview", overview_cards(S.overview, lambda _key: None)),
                        ("Timeline", entries(S.rows, S.has_more, S.is_fetching, S.show_more)),
                        ("Vital signs", charts_grid(S.charts)),
                        ("Who looked", _who_looked()),
                        id="my-record",
                        label="Your record",
                    ),
                ),
            ),
        ),
    )


def _told() -> rx.Component:
    """What changed lately in who opens the record."""
    return kit.callout(
        rx.foreach(S.notices, _notice),
        rx.el.p("If you do not know why, ask at the reception."),
        title="Who can open your record has changed",
        tone="warning",
    )


def _notice(row: Any) -> rx.Component:
    return rx.el.p(rx.el.span(row["day"], ": ", class_name="tabular-nums"), row["words"], key=row["id"])


def _who_looked() -> rx.Component:
    """Everybody who saw this record lately."""
    return kit.card(
        rx.el.p(
            "Everybody who looked at your record, by day and person, newest first.",
            class_name="text-(--muted) text-[13px] pb-3",
        ),
        rx.cond(
            S.looks.length() > 0,
            rx.el.ol(rx.foreach(S.looks, access_entry), class_name="flex flex-col", aria_label="Who looked"),
            rx.el.p("Nobody has looked yet.", class_name="text-[13px]"),
        ),
    )
