"""Filters and pages that live in the address, so that a list can be linked and walked back."""

from typing import Any

import reflex as rx

from hms_app import navigation
from hms_app.config import get_settings
from hms_app.state.address import with_query
from hms_app.state.replies import go


def go_to(route: str, **query: str) -> Any:
    """Show a list with these filters, in place of the present address."""
    return go(with_query(route, **query), replace=True)


def invitation_link(state: rx.State, token: str) -> str:
    """The link an invited person opens, at the address this administrator uses (or the configured public one)."""
    own = get_settings().public_url or f"http://{state.router.headers.host}"
    return f"{own}{navigation.INVITATION.route}?token={token}"
