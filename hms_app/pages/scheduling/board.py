"""The waiting room's board, for a second screen, and the list of boards to open."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.session_parts import look_again, session_parts
from hms_app.state.live import Live
from hms_app.state.scheduling.board import BoardsState
from hms_app.state.scheduling.board import BoardState as S


@page_for(
    navigation.BOARDS, on_load=[BoardsState.load], live=Live(BoardsState.refresh, "queue", "department")
)
def boards_page() -> rx.Component:
    """Choose a board and open it on the screen of the waiting room."""
    return frame(
        navigation.BOARDS,
        kit.page_header("Board", "Numbers and rooms for the waiting room's screen; nobody's name."),
        kit.columns(
            [_boards("Departments", "department", BoardsState.departments, "Add departments first.")],
            [_boards("Queues", "queue", BoardsState.queues, "Queues are made when somebody is checked in.")],
        ),
    )


@page_for(navigation.QUEUE_BOARD, on_load=[S.load], live=Live(S.refresh, "queue_entry", "queue", "delay"))
def queue_board_page() -> rx.Component:
    """The board of one queue."""
    return _board(navigation.QUEUE_BOARD)


@page_for(
    navigation.DEPARTMENT_BOARD, on_load=[S.load], live=Live(S.refresh, "queue_entry", "queue", "delay")
)
def department_board_page() -> rx.Component:
    """The board of all queues of a department."""
    return _board(navigation.DEPARTMENT_BOARD)


def _boards(title: str, kind: str, options: Any, empty: str) -> rx.Component:
    def item(one: Any) -> rx.Component:
        return rx.el.li(
            kit.link(one["label"], href=f"/board/{kind}/" + one["value"].to(str), class_name="k-cell-link"),
            key=one["value"],
            class_name="py-2",
        )

    return kit.card(
        rx.cond(
            options.length() > 0,
            rx.el.ul(rx.foreach(options, item), class_name="flex flex-col divide-y divide-(--line)"),
            kit.empty_state("Nothing here yet", empty, icon="monitor", compact=True),
        ),
        title=title,
    )


def _board(screen: navigation.Screen) -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.header(
                rx.el.h1(rx.cond(S.title, S.title, "Board"), class_name="k-board-title", tab_index=-1),
                rx.el.p("Your number is called here", class_name="k-board-note"),
                class_name="k-board-head",
            ),
            rx.cond(S.problem != "", kit.callout(S.problem, tone="danger"), rx.fragment()),
            rx.el.section(
                rx.el.h2("Now called", class_name="k-board-lane"),
                rx.cond(
                    S.called.length() > 0,
                    rx.el.ul(rx.foreach(S.called, _call), class_name="k-board-calls"),
                    rx.el.p("Nobody just now", class_name="k-board-note"),
                ),
                aria_label="Now called",
                aria_live="polite",
                class_name="k-board-now",
            ),
            rx.el.div(
                rx.el.section(
                    rx.el.h2("Being seen", class_name="k-board-lane"),
                    rx.el.ul(rx.foreach(S.inside, _small), class_name="k-board-numbers"),
                ),
                rx.el.section(
                    rx.el.h2("Next", class_name="k-board-lane"),
                    rx.el.ul(rx.foreach(S.waiting, _small), class_name="k-board-numbers"),
                ),
                class_name="k-board-rest",
            ),
            rx.foreach(
                S.delays, lambda one: rx.el.p(one, key=one, class_name="k-board-delay", role="status")
            ),
            id="content",
            class_name="k-board",
            data_look_every="",
        ),
        look_again(screen),
        session_parts(),
    )


def _call(call: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(call["label"], class_name="k-board-number"),
        rx.cond(call["room"] != "", rx.el.span(call["room"], class_name="k-board-room"), rx.fragment()),
        key=call["id"],
        class_name="k-board-call",
    )


def _small(call: Any) -> rx.Component:
    return rx.el.li(call["label"], key=call["id"], class_name="k-board-small")
