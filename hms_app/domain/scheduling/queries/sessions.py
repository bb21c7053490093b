"""Sessions of numbers: how many are given out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.tables import TokenSession


@dataclass(frozen=True)
class NumbersTaken:
    """How many numbers of sessions are given out."""

    counts: Mapping[tuple[int | None, dt.datetime], int]

    def of(self, opening: Opening) -> int:
        """Those of one session; nobody asked for any of one that has no row yet."""
        return self.counts.get((opening.schedule_id, opening.grid_from), 0)


def numbers_taken(session: Session, openings: Sequence[Opening]) -> NumbersTaken:
    """How many numbers of each of these sessions are given out."""
    if not openings:
        return NumbersTaken({})
    starts = [opening.grid_from for opening in openings]
    found = session.execute(
        sa.select(col(TokenSession.schedule_id), col(TokenSession.starts_at), col(TokenSession.taken)).where(
            col(TokenSession.schedule_id).in_({opening.schedule_id for opening in openings}),
            col(TokenSession.starts_at).between(min(starts), max(starts)),
        )
    )
    return NumbersTaken({(schedule_id, starts_at): taken for schedule_id, starts_at, taken in found})


def given_of(session: Session, opening: Opening) -> int:
    """How many numbers of one session are given out; its row is held until the commit, if there is one."""
    found = session.execute(
        sa.select(col(TokenSession.taken))
        .where(
            col(TokenSession.schedule_id) == opening.schedule_id,
            col(TokenSession.starts_at) == opening.grid_from,
        )
        .with_for_update()
    )
    return found.scalar() or 0
