"""Somebody's time: the week, weekly hours, leave. One's own, or anybody's for who may."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.navigation import Screen
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.scheduling.schedule_forms import drawers
from hms_app.state.live import Live
from hms_app.state.scheduling.schedule import CLOSURE, EXCEPTION, NEW
from hms_app.state.scheduling.schedule import ScheduleState as State

LIVE = Live(
    State.refresh, "schedule", "schedule_window", "availability_exception", "practitioner", "room", "resource"
)


@page_for(navigation.MY_SCHEDULE, on_load=[State.load_own], live=LIVE)
def my_schedule_page() -> rx.Component:
    """See and shape one's own time."""
    return _page(navigation.MY_SCHEDULE, rx.fragment())


@page_for(navigation.SCHEDULES, on_load=[State.load], live=LIVE)
def schedules_page() -> rx.Component:
    """See anybody's time, and shape it for who may."""
    return _page(navigation.SCHEDULES, _whose())


def _page(screen: Screen, chooser: rx.Component) -> rx.Component:
    return frame(
        screen,
        kit.page_header(screen.title, State.name, actions=_actions()),
        chooser,
        rx.cond(State.hits_title != "", _hits(), rx.fragment()),
        rx.cond(State.name != "", _time(), _nobody()),
        drawers(),
    )


def _actions() -> rx.Component:
    shapes = rx.cond(
        State.may_shape,
        kit.row(
            kit.button(
                "Add leave or other hours", icon="calendar-off", on_click=State.open_exception(EXCEPTION)
            ),
            kit.button("Add weekly hours", variant="primary", icon="plus", on_click=State.open_schedule(NEW)),
        ),
        rx.fragment(),
    )
    house = rx.cond(
        State.may_edit_all,
        kit.menu(
            kit.button("Hospital", icon="hospital", variant="ghost"),
            kit.menu_item(
                "Close hospital or department", icon="lock", on_click=State.open_exception(CLOSURE)
            ),
            kit.menu_link("Public holidays", href=navigation.HOLIDAYS.route, icon="party-popper"),
            label="Hours of the hospital",
        ),
        rx.fragment(),
    )
    return kit.row(house, shapes)


def _whose() -> rx.Component:
    options = [
        rx.el.optgroup(rx.foreach(State.practitioners, _option), label="Practitioners"),
        rx.el.optgroup(rx.foreach(State.rooms, _option), label="Rooms"),
    ]
    chosen = rx.el.select(
        *options, id="whose", value=State.whose, on_change=State.choose, class_name="k-input k-select"
    )
    mark = rx.el.span(kit.icon("chevron-down"), class_name="k-affix k-affix-end")
    return rx.el.div(
        rx.el.label("Whose time", html_for="whose", class_name="k-label"),
        rx.el.div(chosen, mark, class_name="k-affixed max-w-sm"),
        class_name="k-field pb-4",
    )


def _option(row: Any) -> rx.Component:
    return rx.el.option(row["label"], value=row["value"], key=row["value"])


def _nobody() -> rx.Component:
    empty = kit.empty_state(
        "Nobody's schedule to show",
        "Ask an administrator to link your sign-in to you as a practitioner, or add practitioners first.",
        icon="calendar-clock",
    )
    return rx.cond(State.is_loading, kit.skeleton_lines(6), empty)


def _time() -> rx.Component:
    return kit.stack(_week(), _schedules(), _exceptions())


def _week() -> rx.Component:
    turn = kit.row(
        kit.icon_button("Week before", "chevron-left", on_click=State.earlier),
        kit.button("This week", size="small", on_click=State.this_week),
        kit.icon_button("Week after", "chevron-right", on_click=State.later),
    )
    return kit.card(
        rx.el.div(
            rx.el.div(class_name="k-week-head"),
            rx.foreach(State.days, _head),
            rx.el.div(
                rx.foreach(State.hours, lambda hour: rx.el.span(hour, key=hour)),
                class_name="k-week-hours",
                aria_hidden="true",
            ),
            rx.foreach(State.days, _column),
            class_name="k-week",
            role="group",
            tab_index=0,
            aria_label="Hours of the week",
        ),
        title=State.week_label,
        actions=turn,
        flush=True,
    )


def _head(day: Any) -> rx.Component:
    return rx.el.div(
        day["label"],
        rx.el.div(day["note"], class_name="k-week-note"),
        data_today=day["is_today"],
        class_name="k-week-head",
        key=day["id"],
    )


def _column(day: Any) -> rx.Component:
    return rx.el.div(
        rx.foreach(day["blocks"].to(list[dict[str, str]]), _block),
        class_name="k-week-day",
        key=day["id"],
        role="group",
        aria_label=day["label"],
    )


def _block(block: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(block["hours"]),
        rx.el.div(block["detail"], class_name="text-(--muted)"),
        class_name="k-week-block",
        style={"top": block["top"], "height": block["height"]},
        key=block["id"],
    )


def _schedules() -> rx.Component:
    empty = kit.empty_state(
        "No weekly hours yet",
        "Add them once, such as Mon-Fri 8-12, 13-17; free times follow from them.",
        icon="calendar-clock",
    )
    listed = rx.el.ul(rx.foreach(State.schedules, _schedule), class_name="k-list")
    return kit.card(rx.cond(State.schedules.length() > 0, listed, empty), title="Weekly hours")


def _schedule(row: Any) -> rx.Component:
    acts = kit.menu(
        kit.icon_button("More actions", "ellipsis", size="small", tip=False),
        kit.menu_item("Change hours", icon="pencil", on_click=State.open_schedule(row["id"])),
        kit.menu_item(
            "Take these hours back",
            icon="circle-minus",
            danger=True,
            on_click=State.close_schedule(row["id"], row["version"]),
        ),
    )
    return _line(
        row,
        rx.el.div(row["name"], class_name="font-semibold"),
        rx.el.div(row["lines"], class_name="whitespace-pre-line tabular-nums"),
        rx.el.div(row["valid"], " · ", row["detail"], class_name="text-(--muted) text-[13px]"),
        rx.cond(row["warning"] != "", kit.badge(row["warning"], "warning"), rx.fragment()),
        acts=rx.cond(State.may_shape, acts, rx.fragment()),
    )


def _exceptions() -> rx.Component:
    empty = rx.el.p("None from this week on.", class_name="k-hint")
    listed = rx.el.ul(rx.foreach(State.exceptions, _exception), class_name="k-list")
    return kit.card(
        rx.cond(State.exceptions.length() > 0, listed, empty), title="Leave, closures and other hours"
    )


def _exception(row: Any) -> rx.Component:
    grant = kit.button("Grant", size="small", on_click=State.grant(row["id"], row["version"]))
    withdraw = kit.button(
        "Take back", size="small", variant="ghost", on_click=State.withdraw(row["id"], row["version"])
    )
    return _line(
        row,
        rx.el.div(
            rx.el.span(row["what"], class_name="font-semibold"),
            rx.cond(row["status"] != "", kit.badge(row["status"], "warning", icon="clock"), rx.fragment()),
            class_name="flex flex-wrap gap-2 items-center",
        ),
        rx.el.div(row["when"], class_name="tabular-nums"),
        rx.el.div(row["note"], class_name="text-(--muted) text-[13px]"),
        acts=kit.row(
            rx.cond(row["may_grant"] != "", grant, rx.fragment()),
            rx.cond(row["may_withdraw"] != "", withdraw, rx.fragment()),
        ),
    )


def _line(row: Any, *parts: rx.Component, acts: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.div(*parts, class_name="min-w-0 k-grow"),
        acts,
        class_name="flex gap-3 items-start py-3 border-b border-(--line) last:border-b-0",
        key=row["id"],
    )


def _hits() -> rx.Component:
    one = lambda row: rx.el.li(  # noqa: E731
        rx.el.span(row["when"], class_name="tabular-nums"), " · ", row["what"], key=row["id"]
    )
    return kit.callout(
        rx.el.p("They stay booked until somebody moves or cancels them."),
        rx.el.ul(rx.foreach(State.hits, one)),
        tone="warning",
        title=State.hits_title,
        action=kit.button("Close", size="small", variant="ghost", on_click=State.forget_hits),
    )
