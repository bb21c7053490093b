"""What every list screen shows: search and filters over the table, how many there are, the download, the pager."""

from collections.abc import Sequence
from typing import Any, Final

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child

_FILES: Final = (("xlsx", "Excel workbook (XLSX)", "sheet"), ("csv", "Text table (CSV)", "file-text"))


def column(state: Any, key: str, **shape: Any) -> kit.Column:
    """A column under the heading that the list gives it; `shape` is what a `kit.Column` takes besides.

    Where people choose their columns, all but the first are shown when they are chosen.
    """
    kind = state.listed
    if kind.first_columns and key != next(iter(kind.columns)):
        shape["shown"] = state.columns.contains(key)
    return kit.Column(key, kind.columns[key], **shape)


def asked(state: Any, part: str) -> rx.Var[Any]:
    """What is asked of one part of the list; "" for nothing."""
    return rx.cond(state.asked[part], state.asked[part], "")


def chip(state: Any, label: str, part: str, options: Any, **props: Any) -> rx.Component:
    """The chip of a filter that the list names."""
    return kit.filter_chip(
        label,
        value=asked(state, part),
        options=options,
        on_choose=lambda value: state.narrow(part, value),
        **props,
    )


def band_chip(state: Any, label: str, name: str) -> rx.Component:
    """The chip of a band that the list names."""
    band = next(band for band in state.listed.bands if band.name == name)
    return kit.filter_chip(
        label,
        value=_said(state.bands, name),
        options=list(band.choices.items()),
        on_choose=lambda value: state.narrow(name, value),
        shown=_said(state.words, name),
    )


def lookup_chip(state: Any, label: str, part: str) -> rx.Component:
    """What a lookup is set to, with a way to remove it; nothing while it is not set."""
    shown = rx.cond(state.asked[part], _said(state.words, part), "")
    return kit.set_filter(label, shown=shown, on_remove=state.narrow(part, ""))


def if_offered(state: Any, part: str, control: rx.Component) -> rx.Component:
    """`control` for who may use the filter."""
    return rx.cond(state.offered.contains(part), control, rx.fragment())


def _said(words: Any, name: str) -> rx.Var[Any]:
    return rx.cond(words[name], words[name], "")


def list_toolbar(
    state: Any,
    chips: Sequence[Child],
    *,
    search: str = "",
    placeholder: str = "",
    right: Sequence[Child] = (),
) -> rx.Component:
    """The line over a list: the search (when it has words for it), the chips, the count and the download."""
    field = kit.search_field(
        search,
        on_search=state.search,
        default_value=asked(state, "q"),
        key=state.search_key,
        **({"placeholder": placeholder} if placeholder else {}),
    )
    return kit.toolbar(
        field if search else rx.fragment(),
        kit.filter_chips(*chips),
        right=[kit.count(state.count), *right, download_menu(state)],
    )


def list_table(state: Any, columns: list[kit.Column], *, label: str, **props: Any) -> rx.Component:
    """The table of a list with its pager; `props` are what a `kit.data_table` takes besides."""
    sorting = {"sort": asked(state, "sort"), "on_sort": state.sort_by} if state.listed.sorts else {}
    shown = {"loading": state.is_loading, "problem": state.list_problem, "on_retry": state.load}
    return kit.data_table(
        columns, state.rows, label=label, **{**sorting, **shown, "footer": list_pager(state), **props}
    )


def list_pager(state: Any) -> rx.Component:
    """Earlier and later pages."""
    return kit.pager(
        has_previous=state.has_previous,
        has_next=state.has_next,
        on_previous=state.previous_page,
        on_next=state.next_page,
    )


def download_menu(state: Any) -> rx.Component:
    """The browser itself posts the question: what was searched for must not stand in an address."""
    kind = state.listed
    if kind.export is None:
        return rx.fragment()
    form = f"export-{kind.name}"
    fields = rx.foreach(
        state.asked.items(),
        lambda part: rx.el.input(type="hidden", name=part[0], value=part[1], key=part[0], read_only=True),
    )
    menu = kit.menu(
        kit.button("Export", icon="download", size="small"),
        *[
            kit.menu_item(label, icon=icon, type="submit", form=form, name="kind", value=file)
            for file, label, icon in _FILES
        ],
        label="Export",
    )
    posted = kit.native_form(fields, action=kind.download, id=form)
    return rx.cond(state.may_export, rx.fragment(posted, menu), rx.fragment())
