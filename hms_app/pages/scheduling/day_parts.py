"""What the desk and the queue screens are made of: lanes of people, each with one visible next act."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.state.scheduling.day import ASKS, LEFT
from hms_app.state.scheduling.day_rows import URGENT


def lanes(*parts: rx.Component) -> rx.Component:
    """Lanes beside each other on a wide screen, below each other on a phone; minutes pass in them by themselves."""
    return rx.el.div(*parts, class_name="k-lanes", data_look_every="")


def lane(state: Any, title: Any, rows: Any, *, empty: str, acts_as: str) -> rx.Component:
    """One lane: its title with how many are in it, and a card for each."""
    return rx.el.section(
        rx.el.header(
            rx.el.h2(title, id=f"lane-{acts_as}", class_name="k-card-title"),
            kit.badge(rows.length(), plain=True),
            class_name="k-lane-head",
        ),
        rx.cond(
            state.is_loading,
            rx.el.div(kit.skeleton_lines(6), class_name="k-lane-empty"),
            rx.cond(
                rows.length() > 0,
                rx.el.ul(rx.foreach(rows, lambda row: _person(state, row)), class_name="k-lane-rows"),
                rx.el.p(empty, class_name="k-lane-empty"),
            ),
        ),
        aria_labelledby=f"lane-{acts_as}",
        class_name="k-lane",
    )


def reason_dialog(state: Any) -> rx.Component:
    """The question that an act asks first: why it is urgent, or why they left."""
    title = rx.match(state.opened, *[(act, question) for act, question in ASKS.items()], "")
    return kit.dialog(
        title,
        rx.cond(
            (state.opened == URGENT) | (state.opened == LEFT),
            kit.form(
                rx.el.p(state.asked_name, class_name="font-medium"),
                kit.text_field("Reason", "reason", problems=state.problems, auto_focus=True, max_length=200),
                kit.form_actions(
                    kit.submit_button(
                        rx.cond(state.opened == URGENT, "Mark as urgent", "Say that they left"),
                        busy=state.is_saving,
                    ),
                    kit.button("Cancel", variant="ghost", on_click=state.close_form),
                ),
                on_submit=state.answer,
                problem=state.problem,
                key=state.form_key,
            ),
            rx.fragment(),
        ),
        id="reason",
        size="small",
        open=(state.opened == URGENT) | (state.opened == LEFT),
        on_close=state.close_form,
        reopen=state.act(state.asked_of, state.opened),
    )


def delay_notes(state: Any) -> rx.Component:
    """Who runs late, in words."""
    return rx.cond(
        state.delays.length() > 0,
        rx.el.div(
            rx.foreach(
                state.delays,
                lambda delay: rx.el.div(kit.badge(delay["text"], "warning", icon="timer"), key=delay["id"]),
            ),
            class_name="flex flex-wrap gap-2 mb-3",
            role="status",
        ),
        rx.fragment(),
    )


def _person(state: Any, row: Any) -> rx.Component:
    number = rx.cond(row["number"] != "", row["number"], row["time"])
    return rx.el.li(
        rx.el.span(number, class_name="k-lane-number"),
        rx.el.div(
            rx.cond(
                row["href"] != "",
                kit.link(row["name"], href=row["href"], class_name="k-cell-link k-lane-name"),
                rx.el.span(row["name"], class_name="font-medium k-lane-name"),
            ),
            rx.el.div(
                _marks(row), rx.el.span(row["detail"], class_name="truncate"), class_name="k-lane-detail"
            ),
            class_name="k-grow min-w-0",
        ),
        _minutes(row),
        rx.el.div(_next(state, row), _more(state, row), class_name="k-lane-acts"),
        key=row["id"],
        class_name="k-lane-row",
        data_tone=row["tone"],
    )


def _marks(row: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row["urgent"] != "",
            rx.el.span(
                kit.badge("Urgent", "danger", icon="siren"), title=row["urgent"], class_name="flex-none"
            ),
            rx.fragment(),
        ),
        rx.cond(row["late"] != "", kit.badge(row["late"], "warning", icon="clock-alert"), rx.fragment()),
        rx.cond(row["absent"] != "", kit.badge(row["absent"], "warning", icon="user-x"), rx.fragment()),
        rx.cond(row["status"] != "", kit.badge(row["status"], row["status_tone"]), rx.fragment()),
    )


def _minutes(row: Any) -> rx.Component:
    """How long they have waited, and below it how long they still will."""
    waits = rx.cond(
        row["waited_words"] == "min",
        rx.el.span(
            rx.cond(
                row["tone"] == "danger",
                kit.icon("octagon-alert", size=14),
                rx.cond(row["tone"] == "warning", kit.icon("triangle-alert", size=14), rx.fragment()),
            ),
            rx.el.span("Has waited ", class_name="sr-only"),
            rx.el.strong(row["waited"]),
            " min",
            class_name="k-waited",
            data_tone=row["tone"],
        ),
        rx.el.span(row["waited_words"], class_name="k-waited"),
    )
    return rx.cond(
        row["waited"] != "",
        rx.el.div(
            waits,
            rx.el.span(
                rx.el.span(row["estimate"], aria_hidden="true"),
                rx.el.span(row["estimate_words"], class_name="sr-only"),
                title=row["estimate_words"],
                class_name="k-estimate",
            ),
            class_name="k-lane-minutes",
        ),
        rx.fragment(),
    )


def _next(state: Any, row: Any) -> rx.Component:
    return rx.cond(
        row["next"] != "",
        kit.button(
            row["next_short"],
            size="small",
            on_click=state.act(row["id"], row["next"]),
            aria_label=row["next_label"].to(str) + ": " + row["name"].to(str),
        ),
        rx.fragment(),
    )


def _more(state: Any, row: Any) -> rx.Component:
    def item(act: Any) -> rx.Component:
        return rx.el.button(
            rx.el.span(act["label"], class_name="k-grow"),
            type="button",
            role="menuitem",
            tab_index=-1,
            class_name=rx.cond(act["tone"] == "danger", "k-menu-item k-menu-danger", "k-menu-item"),
            on_click=state.act(row["id"], act["id"]),
            key=act["id"],
        )

    return rx.cond(
        row["acts"].length() > 0,
        kit.menu(
            kit.icon_button("More for this person", "ellipsis", size="small", tip=False),
            rx.foreach(row["acts"], item),
        ),
        rx.fragment(),
    )
