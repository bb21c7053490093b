"""The record's overview: a grid of small cards, each only for those who may see it."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import record_frame
from hms_app.pages.patients.record_places import href_of, may
from hms_app.state.patients.record import PatientRecordState as S

CARDS = (
    ("allergies", "Allergies", "No allergies are recorded."),
    ("conditions", "Active conditions", "No active conditions are recorded."),
    ("medications", "Current medications", "No current medications are recorded."),
    ("vital_signs", "Last vital signs", "No vital signs are recorded."),
    ("coverage", "Coverage", "No insurance coverage is recorded."),
    ("contacts", "Contacts", "No phone, address or contact person is recorded."),
    ("details", "About the patient", "Nothing further is recorded."),
    ("identifiers", "Identifiers", "No further identifiers are recorded."),
)
KINDS = {"conditions": "condition", "medications": "medication", "allergies": "allergy"}


@page_for(navigation.PATIENT_RECORD, on_load=[S.load])
def record() -> rx.Component:
    """Everything that matters about a patient at one glance."""
    return record_frame(navigation.PATIENT_RECORD, overview_cards(S.overview, _see_all), state=S)


def overview_cards(overview: Any, see_all: Callable[[str], rx.Component | None]) -> rx.Component:
    """The cards of an overview; a card whose part was not sent is not there."""
    return rx.el.div(
        *[_card(overview, key, title, nothing, see_all(key)) for key, title, nothing in CARDS],
        class_name="columns-1 md:columns-2 xl:columns-3 gap-4",
    )


def _card(overview: Any, key: str, title: str, nothing: str, action: rx.Component | None) -> rx.Component:
    lines = overview[key]
    return rx.cond(
        overview["sections"].contains(key),
        rx.el.div(
            kit.card(
                rx.cond(
                    lines.length() > 0,
                    _facts(lines) if key == "details" else _list(lines, title),
                    rx.el.p(nothing, class_name="text-(--muted) text-[13px]"),
                ),
                title=title,
                actions=action,
            ),
            class_name="break-inside-avoid mb-4",
        ),
        rx.fragment(),
    )


def _facts(lines: Any) -> rx.Component:
    def _pair(line: Any) -> rx.Component:
        return rx.el.div(rx.el.dt(line["title"]), rx.el.dd(line["value"]), key=line["id"])

    return rx.el.dl(rx.foreach(lines, _pair), class_name="k-facts")


def _list(lines: Any, title: str) -> rx.Component:
    return rx.el.ul(
        rx.foreach(lines, _line),
        class_name="flex flex-col divide-y divide-(--line) max-h-80 overflow-y-auto",
        tab_index=0,
        aria_label=title,
    )


def _line(line: Any) -> rx.Component:
    """What, more about it, and at the right since when or how much."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(line["title"], class_name="font-medium text-[13px] break-words"),
            rx.cond(
                line["detail"],
                rx.el.p(line["detail"], class_name="text-(--muted) text-[12px] break-words"),
                rx.fragment(),
            ),
            class_name="min-w-0 grow",
        ),
        rx.cond(
            line["value"],
            rx.el.span(
                line["value"], class_name="text-[12px] text-(--muted) tabular-nums whitespace-nowrap pt-0.5"
            ),
            rx.fragment(),
        ),
        key=line["id"],
        class_name="flex items-start gap-3 py-2 first:pt-0 last:pb-0",
    )


def _see_all(key: str) -> rx.Component | None:
    if key == "vital_signs":
        return kit.link("See all", href=href_of(navigation.PATIENT_VITALS), aria_label="See all vital signs")
    kind = KINDS.get(key)
    if kind is None:
        return None
    href = href_of(navigation.PATIENT_TIMELINE, f"?kinds={kind}")
    return rx.cond(
        may(navigation.PATIENT_TIMELINE.guard),
        kit.link("See all", href=href, aria_label=f"See all {key}"),
        rx.fragment(),
    )
