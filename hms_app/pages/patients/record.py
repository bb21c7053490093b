"""The record's overview: a grid of small cards, each only for those who may see it."""

from collections.abc import Callable
from typing import Any, Final

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.domain.clinical.values import HISTORY, HistoryKind
from hms_app.pages.guard import page_for
from hms_app.pages.patients.record_frame import of_record, record_frame
from hms_app.pages.patients.record_places import href_of, href_of_booking, may
from hms_app.state.patients.record import PatientRecordState as S

CARDS = (
    ("allergies", "Allergies", "No allergies are recorded."),
    ("conditions", "Active conditions", "No active conditions are recorded."),
    ("medications", "Current medications", "No current medications are recorded."),
    ("vital_signs", "Last vital signs", "No vital signs are recorded."),
    ("documents", "Recent documents", "No documents are recorded."),
    ("coverage", "Coverage", "No insurance coverage is recorded."),
    ("contacts", "Contacts", "No phone, address or contact person is recorded."),
    ("details", "About the patient", "Nothing further is recorded."),
    ("identifiers", "Identifiers", "No further identifiers are recorded."),
    ("consents", "Consents", "No consents are recorded."),
)
AT_A_GLANCE: Final = 6
"""Lines of a card that show at once."""
PLACES: Final = {
    "allergies": navigation.PATIENT_HISTORY,
    "conditions": navigation.PATIENT_HISTORY,
    "medications": navigation.PATIENT_HISTORY,
    "vital_signs": navigation.PATIENT_VITALS,
    "documents": navigation.PATIENT_DOCUMENTS,
    "coverage": navigation.PATIENT_CONTACTS,
    "contacts": navigation.PATIENT_CONTACTS,
    "identifiers": navigation.PATIENT_IDENTIFIERS,
    "consents": navigation.PATIENT_IDENTIFIERS,
    "details": navigation.PATIENT_EDIT,
}
"""The page on which all of a card is."""
RECORDED: Final = {
    "allergies": HistoryKind.ALLERGY,
    "conditions": HistoryKind.CONDITION,
    "medications": HistoryKind.MEDICATION,
}
"""What a card's own action records."""


@page_for(navigation.PATIENT_RECORD, on_load=[S.load], live=of_record(S.refresh))
def record() -> rx.Component:
    """Everything that matters about a patient at one glance."""
    return record_frame(
        navigation.PATIENT_RECORD, _next_appointment(), overview_cards(S.overview, _actions), state=S
    )


def _next_appointment() -> rx.Component:
    """When the patient comes next, and the way to book."""
    row = S.comes_next
    book = kit.link_button(
        "Book appointment",
        href_of_booking(),
        size="small",
        variant="ghost",
        icon="calendar-plus",
    )
    return rx.cond(
        S.shows_next,
        kit.card(
            rx.cond(
                row["id"],
                rx.el.div(
                    kit.link(row["when"], href=row["href"]),
                    rx.el.span(row["service"], " ", row["practitioner"], class_name="text-(--muted)"),
                    kit.badge(row["status"], row["tone"]),
                    class_name="k-row k-wrap",
                ),
                rx.el.p("No appointment is booked.", class_name="text-(--muted) text-[13px]"),
            ),
            title="Next appointment",
            actions=rx.cond(may(navigation.BOOKING.guard), book, rx.fragment()),
        ),
        rx.fragment(),
    )


def overview_cards(overview: Any, actions: Callable[[str], rx.Component | None]) -> rx.Component:
    """The cards of an overview; a card whose part was not sent is not there."""
    return rx.el.div(
        *[_card(overview, key, title, nothing, actions(key)) for key, title, nothing in CARDS],
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
                    _facts(lines) if key == "details" else _glance(lines, title),
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


def _glance(lines: Any, title: str) -> rx.Component:
    """The first lines; the rest wait behind a click, so that no card is cut in the middle of a line."""
    rest = lines.length() - AT_A_GLANCE
    return rx.fragment(
        _list(lines[:AT_A_GLANCE], title),
        rx.cond(
            rest > 0,
            rx.el.details(
                rx.el.summary(f"{rest} more", class_name="cursor-pointer text-[13px] text-(--muted) py-1"),
                _list(lines[AT_A_GLANCE:], f"{title}, further"),
                class_name="mt-2",
            ),
            rx.fragment(),
        ),
    )


def _list(lines: Any, title: str) -> rx.Component:
    return rx.el.ul(
        rx.foreach(lines, _line), class_name="flex flex-col divide-y divide-(--line)", aria_label=title
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


def _actions(key: str) -> rx.Component | None:
    """What can be done from a card: record another, and see all there is."""
    place = PLACES.get(key)
    if place is None:
        return None
    word = "Edit" if place is navigation.PATIENT_EDIT else "See all"
    see_all = rx.cond(
        may(place.guard),
        kit.link(word, href=href_of(place), aria_label=f"{word} {key.replace('_', ' ')}"),
        rx.fragment(),
    )
    kind = RECORDED.get(key)
    if kind is None:
        return see_all
    words = HISTORY[kind]
    add = kit.link(
        "Add", href=href_of(place, f"?add={kind}"), aria_label=f"Record {words.noun}", class_name="k-link"
    )
    return rx.el.div(rx.cond(may(words.edit), add, rx.fragment()), see_all, class_name="flex gap-4")
