"""A page, its screen and its guard, declared together."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from hms_app.core.permissions import PUBLIC
from hms_app.navigation import Screen
from hms_app.state.base import make_passive
from hms_app.state.entry import EntryState
from hms_app.state.live import SCREENS, Live, LiveState
from hms_app.state.patients.merged import RECORD_ROUTES, MergedRecordState
from hms_app.state.security.door import DoorState
from hms_app.state.shell import ShellState

PAGES: dict[Screen, Callable[[], rx.Component]] = {}
PageFunction = Callable[[], rx.Component]


def page_for(
    screen: Screen, on_load: Sequence[Any] = (), *, live: Live | None = None
) -> Callable[[PageFunction], PageFunction]:
    """Register a page behind its screen's guard; `on_load` are its own handlers, which run last, and `live` says what
    it follows.

    A page is loaded when somebody comes to it, and again whenever the tab has a new connection or a new state: what
    runs then is no sign of a person, whatever it declares.
    """

    def decorate(content: PageFunction) -> PageFunction:
        PAGES[screen] = content
        if live is not None:
            SCREENS[screen.route] = live
        loads = [*loads_of(screen), *on_load]
        for event in loads:
            make_passive(getattr(event, "handler", event).fn)
        rx.page(route=screen.route, title=f"{screen.title} · Hospital", on_load=loads)(content)
        return content

    return decorate


def loads_of(screen: Screen) -> list[Any]:
    """What is loaded with any page of a screen: who is at the door, menu and header, and the session's own times.

    A page is loaded when somebody comes to it, and again whenever the tab has a new connection or a new state.
    """
    if screen.guard == PUBLIC:
        return [EntryState.enter(screen.route)]
    frame = [LiveState.watch(screen.route), ShellState.load_shell, DoorState.load_door]
    return [EntryState.enter(screen.route), *frame, *_way_to_survivor(screen)]


def _way_to_survivor(screen: Screen) -> list[Any]:
    """A page of one patient's record leads on when that record was merged."""
    return [MergedRecordState.follow(screen.route)] if screen.route in RECORD_ROUTES else []
