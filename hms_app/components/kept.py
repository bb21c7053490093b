"""How a form is known again after its screen was loaded anew, so that what was typed goes back to where it stood.

`assets/typed.js` keeps what somebody types for the form of the same name, at the same address and over the same row.
A form gets its name from the handler that takes it; a dialog that the state opens names the event that opens it again.
"""

from typing import Any

import reflex as rx
from reflex_base.event import EventSpec

Event = Any
"""An event handler of a state, with its arguments or without."""


def form_mark(on_submit: Event) -> dict[str, str]:
    """The name of the form that `on_submit` takes, as keywords for the form."""
    return {"data_form": _name_of(on_submit)} if on_submit is not None else {}


def reopen_marks(again: Event) -> dict[str, Any]:
    """What a dialog says of itself while it is open: the event that opens it, and the row it is open on."""
    given = [value for _, value in _spec_of(again).args]
    return {"data_reopen": _name_of(again), "data_reopen_with": rx.Var.create(given).to_string()}


def reopener(again: Event) -> rx.Component:
    """The unseen button that opens the dialog again; what it is open on is a request like any other."""
    spec = _spec_of(again)
    wanted = [
        rx.Var(f"(window.hmsReopen ?? [])[{place}] ?? ''", _var_type=str) for place in range(len(spec.args))
    ]
    return rx.el.button(
        type="button",
        hidden=True,
        tab_index=-1,
        data_reopens=_name_of(again),
        on_click=spec.handler(*wanted),
    )


def _spec_of(event: Event) -> EventSpec:
    return event if isinstance(event, EventSpec) else event()


def _name_of(event: Event) -> str:
    handler = getattr(event, "handler", event)
    function = getattr(handler, "fn", handler)
    return str(getattr(function, "__qualname__", ""))
