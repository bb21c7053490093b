"""Sessions of numbers: how many are given out."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col

from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.tables import TokenSession


def numbers_taken(session: Session, openings: Sequence[Opening]) -> dict[tuple[int | None, dt.datetime], int]:
    """How many numbers of each session are given out, by its schedule and start; what nobody asked of is missing."""
    schedule_ids = {opening.schedule_id for opening in openings}
    starts = [opening.grid_from for opening in openings]
    found = session.execute(
        sa.select(col(TokenSession.schedule_id), col(TokenSession.starts_at), col(TokenSession.taken)).where(
            col(TokenSession.schedule_id).in_(schedule_ids),
            col(TokenSession.starts_at).between(min(starts), max(starts)),
        )
    )
    return {(schedule_id, starts_at): taken for schedule_id, starts_at, taken in found}


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
