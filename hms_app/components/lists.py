"""Lists: toolbar, filter chips, the data table, its pager. On a phone every row becomes a card."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from hms_app.components.buttons import button, icon_button, link, submit_button
from hms_app.components.display import empty_state, error_state, skeleton
from hms_app.components.fields import form
from hms_app.components.icons import icon as draw
from hms_app.components.kinds import Child, Flag, Text, given
from hms_app.components.overlays import menu, menu_item


@dataclass(frozen=True)
class Column:
    """One column: `cell(row)` draws it, or the row's text under `key` is shown.

    `phone` says what a phone does with it: "title" heads the card, "badge" stands beside the title, "show" is a line
    of it, "hide" leaves it out.
    `shown` is a state variable for a column that people choose.
    """

    key: str
    label: str
    cell: Callable[[Any], Child] | None = None
    sortable: bool = False
    numeric: bool = False
    width: str = ""
    phone: Literal["title", "badge", "show", "hide"] = "show"
    shown: Flag = True

    def if_shown(self, part: rx.Component) -> rx.Component:
        """`part` of this column, while the column is shown."""
        return rx.cond(self.shown, part, rx.fragment()) if isinstance(self.shown, rx.Var) else part

    def classes(self) -> str:
        """The classes of this column's cells."""
        kinds = {"title": "k-phone-title", "badge": "k-phone-badge", "show": "", "hide": "k-phone-hide"}
        return " ".join(part for part in ("k-number" if self.numeric else "", kinds[self.phone]) if part)


def cell_link(text: Text, href: Text, detail: Text = "") -> rx.Component:
    """The first column's link to the record, with a quiet second line when `detail` is given."""
    return rx.el.div(
        link(text, href=href, class_name="k-cell-link"),
        rx.el.div(detail, class_name="k-cell-detail") if given(detail) else rx.fragment(),
    )


def _head(column: Column, sort: Text, on_sort: Any) -> rx.Component:
    style = {"width": column.width} if column.width else {}
    if not (column.sortable and on_sort is not None):
        return rx.el.th(column.label, scope="col", class_name=column.classes(), style=style)
    up, down = column.key, f"-{column.key}"
    current = rx.Var.create(sort)
    direction = rx.cond(current == up, "ascending", rx.cond(current == down, "descending", "none"))
    following = rx.cond(current == up, down, up)
    return rx.el.th(
        rx.el.button(
            rx.el.span(column.label),
            rx.el.span(draw("arrow-up", size=14), class_name="k-sort-up"),
            rx.el.span(draw("arrow-down", size=14), class_name="k-sort-down"),
            type="button",
            on_click=on_sort(following),
            class_name="k-sort",
        ),
        scope="col",
        aria_sort=direction,
        class_name=column.classes(),
        style=style,
    )


def _skeleton_rows(columns: list[Column], count: int, with_menu: bool) -> list[rx.Component]:
    widths = ["72%", "54%", "64%", "46%", "58%", "40%", "66%"]
    extra = [rx.el.td(class_name="k-menu-cell")] if with_menu else []
    return [
        rx.el.tr(
            *[
                column.if_shown(
                    rx.el.td(
                        skeleton(width=widths[(place + line) % len(widths)]), class_name=column.classes()
                    )
                )
                for place, column in enumerate(columns)
            ],
            *extra,
            aria_hidden="true",
        )
        for line in range(count)
    ]


def data_table(
    columns: list[Column],
    rows: rx.Var[Any],
    *,
    label: str,
    key: str = "id",
    sort: Text = "",
    on_sort: Any = None,
    loading: Flag = False,
    problem: Text = "",
    on_retry: Any = None,
    empty: rx.Component | None = None,
    row_menu: Callable[[Any], list[rx.Component]] | None = None,
    href: Callable[[Any], Any] | None = None,
    compact: bool = False,
    skeleton_rows: int = 8,
    footer: Child | None = None,
) -> rx.Component:
    """A table of state rows (TypedDicts of strings with an `id`).

    `sort` holds "name" or "-name"; `on_sort(text)` gets the next value. While `loading` and no rows: skeletons;
    with `problem`: the sentence and a retry; no rows: `empty`. `row_menu(row)` gives the menu's items;
    with `href(row)` a click anywhere on the row goes there (the first column should still be a `cell_link`).
    """

    def _row(row: Any) -> rx.Component:
        cells = [
            column.if_shown(
                rx.el.td(
                    column.cell(row) if column.cell else row[column.key],
                    class_name=column.classes(),
                    data_label=column.label,
                )
            )
            for column in columns
        ]
        if row_menu is not None:
            trigger = icon_button("More actions", "ellipsis", size="small", tip=False)
            cells.append(rx.el.td(menu(trigger, *row_menu(row)), class_name="k-menu-cell"))
        opens = {"data_href": href(row)} if href is not None else {}
        return rx.el.tr(*cells, key=row[key], **opens)

    heads = [column.if_shown(_head(column, sort, on_sort)) for column in columns]
    if row_menu is not None:
        heads.append(
            rx.el.th(rx.el.span("Actions", class_name="sr-only"), scope="col", class_name="k-menu-cell")
        )
    table = rx.el.table(
        rx.el.caption(label, class_name="sr-only"),
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(
            rx.foreach(rows, _row),
            rx.cond(
                rx.Var.create(loading) & (rows.length() == 0),
                rx.fragment(*_skeleton_rows(columns, skeleton_rows, row_menu is not None)),
                rx.fragment(),
            ),
        ),
        class_name="k-table k-table-compact" if compact else "k-table",
        aria_busy=rx.cond(loading, "true", "false"),
    )
    nothing = empty if empty is not None else empty_state("Nothing here yet")
    body = rx.cond((rows.length() == 0) & ~rx.Var.create(loading), nothing, table)
    if given(problem):
        body = rx.cond(problem, error_state(problem, on_retry=on_retry), body)
    foot = rx.el.div(footer, class_name="k-table-foot") if footer is not None else rx.fragment()
    return rx.el.div(
        rx.el.div(body, class_name="k-table-scroll", tab_index=0, role="region", aria_label=label),
        foot,
        class_name="k-table-box",
    )


def simple_table(columns: list[Column], rows: rx.Var[Any], *, label: str, key: str = "id") -> rx.Component:
    """A small table inside a card: no sorting, no pager, no frame of its own."""
    return rx.el.table(
        rx.el.caption(label, class_name="sr-only"),
        rx.el.thead(rx.el.tr(*[_head(column, "", None) for column in columns])),
        rx.el.tbody(
            rx.foreach(
                rows,
                lambda row: rx.el.tr(
                    *[
                        rx.el.td(
                            column.cell(row) if column.cell else row[column.key],
                            class_name=column.classes(),
                            data_label=column.label,
                        )
                        for column in columns
                    ],
                    key=row[key],
                ),
            )
        ),
        class_name="k-table k-table-compact",
    )


def pager(
    *,
    summary: Text = "",
    has_previous: Flag,
    has_next: Flag,
    on_previous: Any,
    on_next: Any,
) -> rx.Component:
    """Keyset paging: earlier and later, and what is shown ("1-50 of 1,000+")."""
    return rx.el.nav(
        rx.el.p(summary, class_name="k-count", aria_live="polite"),
        rx.el.div(
            button(
                "Previous",
                icon="chevron-left",
                size="small",
                disabled=_not(has_previous),
                on_click=on_previous,
            ),
            button("Next", icon_end="chevron-right", size="small", disabled=_not(has_next), on_click=on_next),
            class_name="k-row",
        ),
        aria_label="Pages",
        class_name="k-pager",
    )


def _not(flag: Flag) -> Any:
    return ~flag if isinstance(flag, rx.Var) else not flag


def toolbar(*left: Child, right: list[Child] | None = None) -> rx.Component:
    """The line over a list: search and filter chips at the left; count, columns, export at the right."""
    return rx.el.div(
        rx.el.div(*left, class_name="k-toolbar-left"),
        rx.el.div(*(right or []), class_name="k-toolbar-right"),
        class_name="k-toolbar",
    )


def count(text: Text) -> rx.Component:
    """How many rows match, said again when it changes."""
    return rx.el.span(text, class_name="k-count", role="status")


def filter_chip(
    label: str,
    *,
    value: Text,
    options: list[tuple[str, str]] | rx.Var[Any],
    on_choose: Any,
    shown: Text | None = None,
) -> rx.Component:
    """A filter: its name, its value when set, a menu to choose and an x to remove.

    `value` is "" when unset; `on_choose(value)` is called, with "" to remove. `shown` is the value in words
    (looked up in `options` when these are literal).
    """
    set_ = rx.Var.create(value) != ""
    if isinstance(options, rx.Var):
        items: list[Any] = [
            rx.foreach(
                options,
                lambda row: menu_item(
                    row["label"],
                    checked=row["value"] == value,
                    on_click=on_choose(row["value"]),
                    key=row["value"],
                ),
            )
        ]
        words: Any = shown if shown is not None else value
    else:
        items = [
            menu_item(text, checked=rx.Var.create(value) == choice, on_click=on_choose(choice))
            for choice, text in options
        ]
        cases = [(choice, text) for choice, text in options]
        words = shown if shown is not None else rx.match(value, *cases, value)
    trigger = rx.el.button(
        rx.cond(set_, rx.fragment(), draw("plus", size=14)),
        rx.el.span(label),
        rx.cond(set_, rx.el.span(words, class_name="k-chip-value"), rx.fragment()),
        type="button",
        class_name="k-chip-button",
    )
    return rx.el.div(
        menu(trigger, *items, align="start", label=label),
        rx.cond(
            set_,
            rx.el.button(
                draw("x", size=14),
                type="button",
                aria_label=f"Remove filter {label}",
                on_click=on_choose(""),
                class_name="k-chip-remove",
            ),
            rx.fragment(),
        ),
        class_name="k-chip",
        data_set=rx.cond(set_, "yes", "no"),
    )


def set_filter(label: str, *, shown: Text, on_remove: Any) -> rx.Component:
    """A filter that was set elsewhere (in a drawer): its value in words and an x to remove; nothing while unset."""
    chip = rx.el.div(
        rx.el.span(
            rx.el.span(label),
            rx.el.span(shown, class_name="k-chip-value"),
            class_name="k-chip-button",
        ),
        rx.el.button(
            draw("x", size=14),
            type="button",
            aria_label=f"Remove filter {label}",
            on_click=on_remove,
            class_name="k-chip-remove",
        ),
        class_name="k-chip",
        data_set="yes",
    )
    return rx.cond(rx.Var.create(shown) != "", chip, rx.fragment())


def filter_form(
    *fields: Child, on_submit: Any, on_all: Any, key: Any, beside: list[Child] | None = None
) -> rx.Component:
    """Filters that are typed: the fields and the buttons in one line; `on_all` shows everything again."""
    return form(
        rx.el.div(
            *fields,
            rx.el.div(
                submit_button("Filter", icon="list-filter", variant="secondary"),
                button("Remove filters", variant="ghost", on_click=on_all),
                *(beside or []),
                class_name="k-filter-acts",
            ),
            class_name="k-filters",
        ),
        on_submit=on_submit,
        guard_unsaved=False,
        key=key,
    )


def filter_chips(*chips: Child) -> rx.Component:
    """Filter chips in a row that wraps."""
    return rx.el.div(*chips, class_name="k-row k-wrap", role="group", aria_label="Filters")
