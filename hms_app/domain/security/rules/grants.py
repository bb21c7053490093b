"""How the trail tells that somebody holds a role."""

import datetime as dt
from typing import Any, Protocol


class Grant(Protocol):
    """A role that somebody holds or held."""

    user_id: int
    role_id: int
    starts_on: dt.date
    ends_on: dt.date | None
    ended_at: dt.datetime | None


def as_told(grant: Grant) -> dict[str, Any]:
    """The grant as it stands, in the words of its entry; the database writes the same to compare them."""
    return {
        "user_id": grant.user_id,
        "role_id": grant.role_id,
        "starts_on": grant.starts_on.isoformat(),
        "ends_on": grant.ends_on.isoformat() if grant.ends_on else None,
        "ended_at": _instant(grant.ended_at) if grant.ended_at else None,
    }


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")
