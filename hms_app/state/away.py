"""What a tab is told while the database is away; `assets/away.js` says it and waits until it is back."""

from reflex_base.event import Event

from hms_app.state.replies import call


def announce_away(*, page_is_lost: bool) -> Event:
    """Show the banner until the database is back; a page that could not be loaded is loaded again then."""
    return call(f"() => window.hmsAway?.({'true' if page_is_lost else 'false'})")
