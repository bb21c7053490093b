"""A place in a list that is sorted by when things happened."""

import datetime as dt
from collections.abc import Mapping
from typing import Any


def instant_and_id(row: Mapping[str, Any]) -> tuple[dt.datetime, int]:
    """By what such a list is sorted."""
    return row["occurred_at"], row["id"]
