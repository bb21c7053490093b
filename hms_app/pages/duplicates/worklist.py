"""The worklist of likely duplicates."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.domain.duplicates.values import LIKENESS_WORDS
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.state.duplicates.worklist import DuplicatesState as S

BANDS = [(likeness.value, words) for likeness, words in LIKENESS_WORDS.items()]
STATUSES = [("open", "To decide"), ("not_duplicate", "Not a duplicate"), ("merged", "Merged")]


@page_for(navigation.DUPLICATES, on_load=[S.load])
def duplicates_page() -> rx.Component:
    """Look through pairs of records that may be one person, the likeliest first."""
    return frame(
        navigation.DUPLICATES,
        kit.page_header(
            "Duplicates",
            "Records that may be of one person, the likeliest first.",
            actions=kit.button(
                rx.cond(S.scan["tone"] == "info", "Scan the register", "Go on scanning"),
                icon="scan-search",
                variant="primary",
                on_click=S.start,
                disabled=S.is_scanning,
            ),
        ),
        _scan(),
        kit.toolbar(
            kit.filter_chips(
                kit.filter_chip("Likeness", value=S.band, options=BANDS, on_choose=S.filter_band),
                kit.filter_chip("Decision", value=S.status, options=STATUSES, on_choose=S.filter_status),
            ),
            right=[kit.count(S.count)],
        ),
        kit.data_table(
            _columns(),
            S.rows,
            label="Likely duplicates",
            loading=S.is_loading,
            problem=S.problem,
            on_retry=S.load,
            empty=_empty(),
            href=lambda row: row["href"],
            footer=kit.pager(
                summary=S.count,
                has_previous=S.has_previous,
                has_next=S.has_next,
                on_previous=S.previous_page,
                on_next=S.next_page,
            ),
        ),
    )


def _scan() -> rx.Component:
    """How the newest scan stands; while one runs, how far it is."""
    progress = rx.el.div(
        kit.progress_bar(S.scan["share"], label="Scan of the register"), class_name="w-full max-w-md pt-1"
    )
    words = rx.el.p(S.scan["sentence"], " ", rx.el.span(S.scan["started"], class_name="text-(--muted)"))
    return rx.cond(
        S.was_scanned,
        rx.el.div(
            kit.callout(
                rx.el.div(words, role="status"),
                rx.cond(S.is_scanning, progress, rx.fragment()),
                tone=S.scan["tone"],
            ),
            class_name="mb-4",
        ),
        rx.fragment(),
    )


def _columns() -> list[kit.Column]:
    return [
        kit.Column("first", "Record", cell=_first, width="250px", phone="title"),
        kit.Column(
            "second", "And", cell=lambda row: _person(row["second"], row["second_detail"]), width="250px"
        ),
        kit.Column(
            "percent",
            "One person",
            cell=lambda row: kit.badge(row["percent"], row["tone"], plain=True),
            width="120px",
        ),
        kit.Column("reasons", "Why", cell=_reasons),
    ]


def _first(row: Any) -> rx.Component:
    return kit.cell_link(row["first"], row["href"], row["first_detail"])


def _person(name: Any, detail: Any) -> rx.Component:
    return rx.el.div(rx.el.div(name), rx.el.div(detail, class_name="k-cell-detail"))


def _reasons(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(row["reasons"]),
        rx.cond(
            row["doubts"],
            rx.el.div("But: ", row["doubts"], class_name="k-cell-detail"),
            rx.fragment(),
        ),
        rx.cond(row["decided"], rx.el.div(row["decided"], class_name="k-cell-detail"), rx.fragment()),
        class_name="whitespace-normal min-w-56",
    )


def _empty() -> rx.Component:
    return rx.cond(
        S.is_scanning,
        kit.empty_state("No pair yet", "Pairs appear here as the scan finds them.", icon="scan-search"),
        _nothing_found(),
    )


def _nothing_found() -> rx.Component:
    return rx.cond(
        S.was_scanned,
        kit.empty_state(
            "No pair is left here",
            "Choose another likeness or decision, or scan the register again.",
            icon="copy-check",
        ),
        kit.empty_state(
            "The register was not scanned yet",
            "A scan compares every record with those it has something in common with.",
            icon="scan-search",
            action=kit.button("Scan the register", on_click=S.start),
        ),
    )
