"""What a tab is told while the database is away; `assets/away.js` says it and waits until it is back."""

import reflex as rx
from reflex_base.event import EventSpec


def announce_away(*, page_is_lost: bool) -> EventSpec:
    """Show the banner until the database is back; a page that could not be loaded is loaded again then."""
    return rx.call_script(f"window.hmsAway && window.hmsAway({'true' if page_is_lost else 'false'})")
