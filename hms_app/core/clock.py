"""The only place that asks what time it is."""

import datetime as dt
from zoneinfo import ZoneInfo


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today(zone: ZoneInfo) -> dt.date:
    """The calendar day it is now in `zone`."""
    return now().astimezone(zone).date()
