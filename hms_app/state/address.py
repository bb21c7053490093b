"""The address bar: what a screen reads from it and how it writes it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import reflex as rx

from hms_app import navigation
from hms_app.core.keys import id_from, key_of
from hms_app.core.text import is_plain

LONGEST_VALUE: Final = 2000
"""Longer than any page's place in a list."""

_OF_SIGN_IN: Final = frozenset({"problem", "next"})


def query_of(state: rx.State) -> dict[str, str]:
    """The query of the page's address, without what no list of ours ever put there; values are requests, not facts."""
    return {
        name: value
        for name, value in state.router.url.query_parameters.items()
        if len(value) <= LONGEST_VALUE and is_plain(value)
    }


def with_query(path: str, **query: str) -> str:
    """`path` with the parts of `query` that are set."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def sign_in_address(state: rx.State) -> str:
    """The sign-in page's address for somebody whose session is over; it knows the screen they were at.

    A tab that is on its way to that page may still send what it was asked for at the screen: the page's own query is
    no part of the way back.
    """
    url = state.router.url
    back = navigation.way_back(with_query(url.path, **of_a_screen(url.query_parameters)))
    return with_query(navigation.SIGN_IN.route, problem="signed-out", next=back)


def of_a_screen(query: Mapping[str, str]) -> dict[str, str]:
    """What of a query is not the sign-in page's own."""
    return {name: text for name, text in query.items() if name not in _OF_SIGN_IN}


def id_in_path(state: rx.State, *, place: int = 1, what: str = "record") -> int:
    """The id at the `place`-th part of the path ("/patients/17": 1); raises NotFound unless it is one."""
    parts = state.router.url.path.strip("/").split("/")
    text = parts[place] if place < len(parts) else ""
    return id_from(text, what=what)


def number_from(text: object) -> int:
    """An id or version that the browser sent; 0, which nothing has, for anything that is none."""
    return key_of(text) or 0
