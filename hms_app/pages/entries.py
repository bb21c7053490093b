"""The screen of a list of entries that people keep: the list under its toolbar, and the drawer with its form."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.components.versions import versioned
from hms_app.navigation import Screen
from hms_app.pages.frame import frame
from hms_app.pages.lists import chip, column, list_table, list_toolbar

SHOWN = [("yes", "Shown")]


def list_page(
    screen: Screen,
    state: Any,
    *,
    subtitle: str,
    noun: str,
    columns: list[kit.Column],
    fields: list[Child],
    hint: str,
    filters: list[Child] | None = None,
    start: Callable[[], rx.Component] = rx.fragment,
) -> rx.Component:
    """A whole screen: header, toolbar, table with pager, and the drawer. `noun` names one entry, such as "room".

    `start` draws what may be done besides adding one, in the header and where there is none yet.
    """
    adding = kit.row(start(), kit.button(f"Add {noun}", variant="primary", icon="plus", on_click=state.add))
    return frame(
        screen,
        kit.page_header(screen.title, subtitle, actions=rx.cond(state.may_edit, adding, rx.fragment())),
        list_toolbar(
            state,
            [*(filters or []), chip(state, "Closed", "closed", SHOWN)],
            search=f"Search {state.listed.many}",
        ),
        list_table(
            state,
            [*columns, _status_column(state)],
            label=screen.title,
            empty=_empty(screen, state, noun, hint, start),
            row_menu=lambda row: _acts(state, row, noun),
        ),
        _drawer(state, noun, fields),
    )


def name_cell(state: Any, row: Any, detail: str = "") -> rx.Component:
    """The first column: opens the form for who may edit, and is plain text for everybody else."""
    name = rx.cond(
        state.may_edit,
        rx.el.button(row["name"], type="button", class_name="k-cell-link", on_click=state.edit(row["id"])),
        rx.el.span(row["name"]),
    )
    quiet = rx.el.div(row[detail], class_name="k-cell-detail") if detail else rx.fragment()
    return rx.el.div(name, quiet)


def name_column(state: Any, detail: str = "", **shape: Any) -> kit.Column:
    """The column that names the entry."""
    return column(state, "name", cell=lambda row: name_cell(state, row, detail), phone="title", **shape)


def text_line(state: Any, label: str, name: str, **props: Any) -> rx.Component:
    """A line of the drawer's form, filled from the form the state holds."""
    props.setdefault("max_length", 120)
    return kit.text_field(label, name, problems=state.problems, default_value=state.form[name], **props)


def choice_line(state: Any, label: str, name: str, options: Any, **props: Any) -> rx.Component:
    """A choice in the drawer's form, filled from the form the state holds."""
    props.setdefault("placeholder", "Choose")
    return kit.select_field(
        label, name, options, problems=state.problems, default_value=state.form[name], **props
    )


def _status_column(state: Any) -> kit.Column:
    def cell(row: Any) -> rx.Component:
        return rx.cond(
            row["is_active"] == "yes",
            kit.badge("Open", "success", icon="circle-check"),
            kit.badge("Closed", "neutral", icon="circle-minus"),
        )

    return column(state, "status", cell=cell, width="7rem")


def _empty(
    screen: Screen, state: Any, noun: str, hint: str, start: Callable[[], rx.Component]
) -> rx.Component:
    many = state.listed.many
    return rx.cond(
        state.is_narrowed,
        kit.empty_state(f"No {many} match", "Try fewer letters, or remove a filter.", icon="search-x"),
        rx.cond(
            state.may_edit,
            kit.empty_state(
                f"No {many} yet",
                hint,
                icon=screen.icon,
                action=kit.row(
                    kit.button(f"Add {noun}", variant="primary", icon="plus", on_click=state.add), start()
                ),
            ),
            kit.empty_state(
                f"No {many} yet", "Whoever looks after the hospital adds them.", icon=screen.icon
            ),
        ),
    )


def _acts(state: Any, row: Any, noun: str) -> list[rx.Component]:
    close = kit.menu_item(
        f"Close {noun}",
        icon="circle-minus",
        danger=True,
        on_click=state.switch_off(row["id"], row["version"]),
    )
    reopen = kit.menu_item(
        f"Open {noun} again", icon="circle-check", on_click=state.switch_on(row["id"], row["version"])
    )
    change = kit.menu_item(f"Change {noun}", icon="pencil", on_click=state.edit(row["id"]))
    allowed = rx.fragment(change, rx.cond(row["is_active"] == "yes", close, reopen))
    return [rx.cond(state.may_edit, allowed, kit.menu_heading("Only who may edit has actions here"))]


def _drawer(state: Any, noun: str, fields: list[Child]) -> rx.Component:
    is_new = state.opened == "new"
    body = kit.form(
        *fields,
        kit.form_actions(
            kit.submit_button(rx.cond(is_new, f"Add {noun}", f"Save {noun}"), busy=state.is_saving),
            kit.button("Cancel", variant="ghost", on_click=state.close_form),
        ),
        on_submit=state.save,
        problem=state.refusal,
        key=state.form_key,
    )
    keep_theirs = kit.button("Keep theirs", variant="ghost", on_click=state.close_form)
    body = versioned(state, body, on_submit=state.save, leave=keep_theirs)
    return kit.drawer(
        rx.cond(is_new, f"Add {noun}", f"Change {noun}"),
        rx.cond(state.opened != "", body, rx.fragment()),
        id=f"{noun.replace(' ', '-')}-form",
        open=state.opened != "",
        on_close=state.close_form,
        reopen=state.edit(state.opened),
    )
