"""What a list that people lay out shows besides: its columns, the views they keep, every filter in a drawer."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.pages.lists import asked, if_offered


def filters_button(state: Any) -> rx.Component:
    """Opens the drawer with every filter."""
    return kit.button(
        "More filters", icon="list-filter", size="small", variant="ghost", on_click=state.open_filters
    )


def filter_drawer(state: Any, *fields: Child, show: str) -> rx.Component:
    """The drawer; `show` is what its button says."""
    return kit.drawer(
        "Filters",
        kit.form(
            *fields,
            kit.form_actions(kit.submit_button(show), kit.button("Cancel", on_click=state.close_filters)),
            on_submit=state.narrow_all,
            guard_unsaved=False,
        ),
        id=f"{state.listed.name}-filters",
        open=state.is_filtering,
        on_close=state.close_filters,
        reopen=state.open_filters(),
    )


def lookup_field(state: Any, label: str, part: str, **props: Any) -> rx.Component:
    """A lookup in the drawer, for who may use it; `props` are what a `kit.combobox` takes besides."""
    return if_offered(
        state,
        part,
        kit.combobox(
            label,
            part,
            on_search=state.find_choices(part),
            options=state.choices.get(part, []).to(list[dict[str, str]]),
            default_value=asked(state, part),
            default_label=rx.cond(state.asked[part], rx.cond(state.words[part], state.words[part], ""), ""),
            optional=True,
            **props,
        ),
    )


def columns_menu(state: Any) -> rx.Component:
    """The columns to choose; the first is always shown."""
    _, *further = state.listed.columns.items()
    return kit.menu(
        kit.button("Columns", icon="columns-3", size="small"),
        *[
            kit.menu_item(
                label, checked=state.columns.contains(name), many=True, on_click=state.toggle_column(name)
            )
            for name, label in further
        ],
        label="Columns",
    )


def views_menu(state: Any, everything: str, *, icon: str) -> rx.Component:
    """The kept views, and everything; whoever likes what is shown keeps it."""
    return kit.menu(
        kit.button("Views", icon="bookmark", size="small"),
        rx.foreach(state.views, lambda view: kit.menu_link(view["name"], view["href"], key=view["id"])),
        rx.cond(state.views.length() > 0, kit.menu_separator(), rx.fragment()),
        kit.menu_link(everything, state.listed.views, icon=icon),
        kit.menu_item("Keep this view", icon="bookmark-plus", on_click=state.open_keeping),
        label="Views",
    )


def keeping_dialog(state: Any, *, placeholder: str) -> rx.Component:
    """Asks for a view's name, and lists the views that were kept."""
    name = kit.text_field(
        "Name", "name", problems=state.problems, max_length=60, auto_focus=True, placeholder=placeholder
    )
    return kit.dialog(
        "Keep this view",
        kit.form(
            name,
            kit.form_actions(
                kit.submit_button("Keep view"), kit.button("Cancel", on_click=state.close_keeping)
            ),
            on_submit=state.keep_view,
            problem=rx.cond(state.problems.length() > 0, "", state.problem),
            guard_unsaved=False,
        ),
        rx.cond(
            state.views.length() > 0,
            rx.el.div(
                rx.el.h3("Kept views", class_name="text-sm font-semibold mt-4 mb-1"),
                rx.foreach(state.views, lambda view: _kept(state, view)),
            ),
            rx.fragment(),
        ),
        id=f"keep-{state.listed.name}-view",
        description="Filters, sort and columns, without what is searched for. Only you see it.",
        open=state.is_keeping,
        on_close=state.close_keeping,
        reopen=state.open_keeping(),
        size="small",
    )


def _kept(state: Any, view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(view["name"], class_name="k-grow truncate"),
        kit.icon_button("Remove this view", "trash-2", size="small", on_click=state.forget_view(view["id"])),
        key=view["id"],
        class_name="flex items-center gap-2",
    )
