"""Every form of every page is known again after its screen was loaded anew, by construction."""

from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx

import hms_app.hms_app  # noqa: F401  (registers every page)
from hms_app import components as kit
from hms_app.core.permissions import PUBLIC
from hms_app.navigation import Screen
from hms_app.pages.guard import PAGES, loads_of
from hms_app.state.clinical.history import HistoryState
from hms_app.state.live import LiveState
from hms_app.state.organization.departments import DepartmentsState
from hms_app.state.security.door import DoorState
from hms_app.state.shell import ShellState

BEHIND_THE_DOOR = [screen for screen in PAGES if screen.guard != PUBLIC]
NEVER_KEPT = ('type:"password"', 'type:"hidden"', 'type:"file"', "one-time-code")
FIELDS = ('"input"', '"select"', '"textarea"')
Node = dict[str, Any]


def _nodes(tree: Any) -> Iterator[Node]:
    """Every element of a drawn tree, whatever has to hold for it to be shown."""
    if isinstance(tree, dict):
        if "name" in tree:
            yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, (list, tuple)):
        for part in tree:
            yield from _nodes(part)


def _drawn(screen: Screen) -> list[Node]:
    return list(_nodes(PAGES[screen]().render()))


def _props(node: Node) -> dict[str, str]:
    pairs = (str(prop).partition(":") for prop in node.get("props", []))
    return {name.strip('"'): value.strip('"') for name, _, value in pairs}


def _takes_typing(form: Node) -> bool:
    fields = (node for node in _nodes(form["children"]) if node["name"] in FIELDS)
    return any(not any(mark in str(field["props"]) for mark in NEVER_KEPT) for field in fields)


@pytest.mark.parametrize("screen", BEHIND_THE_DOOR, ids=lambda screen: screen.route)
def test_every_form_has_a_name_to_be_known_by(screen: Screen) -> None:
    forms = [node for node in _drawn(screen) if node["name"] == '"form"']
    assert forms
    for form in filter(_takes_typing, forms):
        assert {"data-form", "action"} & set(_props(form)), form["props"]


@pytest.mark.parametrize("screen", BEHIND_THE_DOOR, ids=lambda screen: screen.route)
def test_every_dialog_with_a_form_that_the_state_opens_says_how_it_is_opened_again(screen: Screen) -> None:
    drawn = _drawn(screen)
    openers = {_props(node).get("data-reopens") for node in drawn if node["name"] == '"button"'}
    for dialog in drawn:
        given = _props(dialog)
        if given.get("data-modal") == "state" and _takes_typing(dialog):
            assert given.get("data-reopen", "") in openers, given["id"]


@pytest.mark.parametrize("screen", BEHIND_THE_DOOR, ids=lambda screen: screen.route)
def test_every_screen_behind_the_door_says_how_its_session_stands(screen: Screen) -> None:
    marker = next(node for node in _drawn(screen) if _props(node).get("id") == "hms-session")
    assert {"data-loaded", "data-now", "data-ends-at", "data-typed-key"} <= set(_props(marker))


@pytest.mark.parametrize("screen", BEHIND_THE_DOOR, ids=lambda screen: screen.route)
def test_every_screen_behind_the_door_loads_its_frame_with_every_connection(screen: Screen) -> None:
    watch, *frame = loads_of(screen)[1:4]
    assert watch.handler is LiveState.watch
    assert frame == [ShellState.load_shell, DoorState.load_door]


def test_a_form_is_named_after_the_handler_that_takes_it() -> None:
    assert '"data-form":"DepartmentsState.save"' in str(kit.form(on_submit=DepartmentsState.save).render())


def test_a_dialog_names_the_event_that_opens_it_and_the_row_it_is_open_on() -> None:
    spec = HistoryState.edit(HistoryState.form_kind, HistoryState.form_entry)  # type: ignore[call-arg, arg-type, func-returns-value]
    drawn = str(kit.drawer("Entry", rx.el.p(), id="entry", open=rx.Var("isOpen"), reopen=spec).render())
    assert '"data-reopen":"HistoryState.edit"' in drawn
    assert "form_kind" in drawn.partition('"data-reopen-with":')[2]
    assert '"data-reopens":"HistoryState.edit"' in drawn
    assert "(window.hmsReopen ?? [])[1]" in drawn


def test_what_a_combobox_chose_is_no_hidden_input_which_the_framework_would_put_back() -> None:
    box = kit.combobox(
        "Term", "term", on_search=HistoryState.search_term, options=rx.Var.create(HistoryState.choices)
    )
    drawn = str(box.render())
    assert 'type:"hidden"' not in drawn
    assert '"data-combobox-value":""' in drawn
