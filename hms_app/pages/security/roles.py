"""Roles: a matrix of what each role allows, changed in place and saved together."""

from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.security.dialogs import form_dialog
from hms_app.state.security.roles import RolesState as S

STICKY = "sticky left-0 z-10 bg-(--surface)"


@page_for(navigation.ROLES, on_load=[S.load])
def roles_page() -> rx.Component:
    """Permissions down, roles across; the first column and the heads stay while scrolling."""
    return frame(
        navigation.ROLES,
        kit.page_header(
            navigation.ROLES.title,
            "What each role allows. A change counts at once, on every open screen.",
            actions=rx.cond(
                S.may_edit,
                kit.button("New role", variant="primary", icon="plus", on_click=S.open_new),
                rx.fragment(),
            ),
        ),
        rx.cond(
            S.problem & (S.dialog == ""),
            rx.el.div(kit.callout(S.problem, tone="danger"), class_name="mb-4"),
            rx.fragment(),
        ),
        rx.cond(
            S.lines.length() > 0,
            kit.card(_matrix(), flush=True),
            rx.cond(S.is_loading, kit.skeleton_card(8), kit.error_state(S.problem, on_retry=S.load)),
        ),
        _changes_bar(),
        _new_dialog(),
        _edit_dialog(),
    )


def _matrix() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Permissions of each role", class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        "Permission",
                        scope="col",
                        class_name=f"{STICKY} z-20 min-w-44 border-b border-(--line) px-4 py-2 text-left align-bottom sm:min-w-72",
                    ),
                    rx.foreach(S.roles, _head),
                ),
                class_name="sticky top-0 z-20 bg-(--surface)",
            ),
            rx.el.tbody(rx.foreach(S.lines, _line)),
            class_name="k-matrix w-full border-collapse text-[13px]",
        ),
        class_name="max-h-[calc(100dvh-220px)] overflow-auto rounded-[10px]",
        tab_index=0,
        role="region",
        aria_label="Permissions of each role",
        data_kept="roles",
        data_kept_of=S.saved_as,
        data_kept_changes=S.changes,
    )


def _head(role: Any) -> rx.Component:
    name = rx.cond(
        S.may_edit,
        rx.el.button(
            role["name"],
            type="button",
            on_click=S.open_edit(role["id"]),
            data_tip=rx.cond(role["description"], role["description"], "Change the name"),
            class_name="k-link font-semibold",
        ),
        rx.el.span(role["name"], class_name="font-semibold"),
    )
    return rx.el.th(
        name,
        rx.el.div(
            rx.cond(role["users"] == "1", "1 user", f"{role['users']} users"), class_name="k-hint font-normal"
        ),
        scope="col",
        key=role["id"],
        class_name="min-w-24 border-b border-(--line) bg-(--surface) px-2 py-2 text-center align-bottom",
    )


def _line(line: Any) -> rx.Component:
    heading = rx.cond(
        line["heading"] != "",
        rx.el.tr(
            rx.el.th(
                line["heading"],
                scope="rowgroup",
                class_name=f"{STICKY} px-4 pt-5 pb-1 text-left text-xs font-semibold text-(--muted)",
            ),
            rx.foreach(S.roles, lambda role: rx.el.td(key=role["id"])),
        ),
        rx.fragment(),
    )
    return rx.fragment(
        heading,
        rx.el.tr(
            rx.el.th(
                line["sentence"],
                scope="row",
                title=line["id"],
                class_name=f"{STICKY} border-b border-(--line) px-4 py-2 text-left font-normal",
            ),
            rx.foreach(line["cells"], lambda cell: _cell(line, cell)),
            class_name="hover:bg-(--hover)",
        ),
        key=line["id"],
    )


def _cell(line: Any, cell: Any) -> rx.Component:
    return rx.el.td(
        rx.el.input(
            type="checkbox",
            name=cell["id"],
            class_name="k-checkbox",
            aria_label=f"{cell['role']}: {line['sentence']}",
            checked=cell["held"],
            disabled=~S.may_edit,
            on_change=lambda _: S.toggle(cell["role_id"], line["id"]),
        ),
        key=cell["id"],
        class_name=rx.cond(
            cell["changed"],
            "border-b border-(--line) bg-(--warning-tint) text-center",
            "border-b border-(--line) text-center",
        ),
    )


def _changes_bar() -> rx.Component:
    return rx.cond(
        S.changes > 0,
        rx.el.div(
            rx.el.span(
                rx.cond(S.changes == 1, "1 change not saved", f"{S.changes} changes not saved"),
                role="status",
                class_name="k-grow font-medium",
            ),
            kit.button("Discard", on_click=S.load),
            kit.button("Save roles", variant="primary", on_click=S.save),
            class_name=(
                "sticky bottom-4 z-20 mt-4 flex flex-wrap items-center gap-3 rounded-[10px] border "
                "border-(--line-strong) bg-(--raised) px-4 py-3 shadow-(--shadow-raised)"
            ),
        ),
        rx.fragment(),
    )


def _new_dialog() -> rx.Component:
    return form_dialog(
        S,
        "new",
        "New role",
        *_words(),
        kit.select_field(
            "Start from", "copy_of_role_id", S.copy_choices, placeholder="Nothing allowed", optional=True
        ),
        submit=kit.submit_button("Make role"),
        on_submit=S.make,
        reopen=S.open_new(),
    )


def _edit_dialog() -> rx.Component:
    return form_dialog(
        S,
        "edit",
        "Edit role",
        *_words(S.edited_name, S.edited_description),
        submit=kit.submit_button("Save role"),
        on_submit=S.rename,
        reopen=S.open_edit(S.edited_id),
        form_key=S.edited_id,
    )


def _words(name: Any = "", description: Any = "") -> list[rx.Component]:
    return [
        kit.text_field("Name", "name", problems=S.problems, default_value=name, max_length=200),
        kit.textarea_field(
            "Description",
            "description",
            problems=S.problems,
            default_value=description,
            optional=True,
            rows=3,
            max_length=500,
        ),
    ]
