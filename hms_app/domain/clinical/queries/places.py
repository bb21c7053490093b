"""A place in a list that is sorted by when things happened."""

import datetime as dt

from hms_app.core.paging import AddressDamaged, read_bookmark


def instant_and_id(bookmark: str) -> tuple[dt.datetime, int]:
    """The instant and the id of the last row before the page that `bookmark` opens; raises AddressDamaged."""
    _, (at, row_id) = read_bookmark(bookmark, str, int)
    try:
        return dt.datetime.fromisoformat(at), row_id
    except ValueError:
        raise AddressDamaged from None
