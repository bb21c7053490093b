"""What the kinds of history entries have in common, as one description each."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.domain.clinical import rules
from hms_app.domain.clinical.tables import Recorded
from hms_app.domain.clinical.values import EntryInput, HistoryKind, PartialDate


@dataclass(frozen=True)
class Writing:
    """What an entry is written with: the transaction, who writes, and whose record it is."""

    session: Session
    actor: Actor
    patient_id: int
    born_on: dt.date | None

    @property
    def locale(self) -> HospitalLocale:
        """How dates are read."""
        return self.actor.locale

    def began(self, text: str, *, field: str) -> dict[str, Any]:
        """The columns for a beginning that may not be known; raises DomainError beside `field`."""
        return self._placed(rules.read_onset(text, locale=self.locale, field=field), field)

    def happened(self, text: str, *, field: str) -> dict[str, Any]:
        """The columns for a day on which something happened, today unless given; raises DomainError."""
        return self._placed(rules.read_date(text, locale=self.locale, field=field), field)

    def _placed(self, known: PartialDate, field: str) -> dict[str, Any]:
        rules.ensure_after_birth(known, self.born_on, field=field)
        return {
            "occurred_at": midnight(known.first),
            "occurred_precision": known.precision.value,
            "is_day_only": True,
        }


@dataclass(frozen=True)
class EntryKind:
    """One kind: its table, its input, and what its input means as columns.

    `columns` raises DomainError beside a field. `settle` writes what stands in other tables, after the row itself,
    and says what it was before and is now. `repeats` is whether the same may be recorded twice while it goes on.
    """

    kind: HistoryKind
    table: type[Recorded]
    request: type[EntryInput]
    columns: Callable[[Writing, Any], dict[str, Any]]
    settle: Callable[[Writing, Any, Any], tuple[dict[str, Any], dict[str, Any]]] | None = None
    repeats: bool = True


def midnight(day: dt.date) -> dt.datetime:
    """A day as the instant that stands for it in the record."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)
