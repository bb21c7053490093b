"""Giving medical record numbers."""

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.domain.patients import rules


def next_mrn(session: Session) -> str:
    """A new medical record number; a number is never given twice, also when the transaction is undone."""
    return allocate_mrns(session, 1)[0]


def allocate_mrns(session: Session, count: int) -> list[str]:
    """`count` new medical record numbers, in rising order."""
    numbers = session.connection().execute(
        sa.text("SELECT nextval('patient_mrn_seq') FROM generate_series(1, :count)"), {"count": count}
    )
    return [rules.mrn_of(number) for number in numbers.scalars()]
