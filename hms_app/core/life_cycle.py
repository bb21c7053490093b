"""The life cycle of a row, described once: its states, the moves between them, and the sentence of a refusal.

The service asks `ensure`, a screen offers what `offered` answers, the database's trigger reads the same moves from
`life_cycle_move`, which literal migrations fill; a test compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError
from hms_app.core.permissions import Permission

Status = TypeVar("Status", bound=StrEnum)


class MoveRefused(DomainError):
    """A row cannot go from its state to the wanted one."""

    def __init__(self, what: str, now: str, *, wanted: str, possible: list[str]) -> None:
        ways = " or ".join(way.lower() for way in possible)
        hint = f"From here it can only become {ways}." if possible else "Nothing further can become of it."
        super().__init__(f"This {what} is {now.lower()} and cannot become {wanted.lower()}. {hint}")


@dataclass(frozen=True)
class Move(Generic[Status]):
    """One allowed step.

    `verb` is what a button says; empty for a step that no person asks for by itself (a merge, a runner's). `right` is
    what it wants beyond its use case, if anything; `is_undo` marks the way back.
    """

    start: Status
    end: Status
    verb: str = ""
    right: Permission | None = None
    is_undo: bool = False


@dataclass(frozen=True)
class LifeCycle(Generic[Status]):
    """All states of the rows of `table` with their words, and all moves; what is not among them is refused.

    `what` is what a person calls such a row.
    """

    table: str
    what: str
    labels: Mapping[Status, str]
    moves: tuple[Move[Status], ...]
    pairs: frozenset[tuple[str, str]] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "pairs", frozenset((move.start.value, move.end.value) for move in self.moves)
        )
        LIFE_CYCLES[self.table] = self

    def can(self, now: str, wanted: str) -> bool:
        """Whether a row may go from one state to another."""
        return (str(now), str(wanted)) in self.pairs

    def ensure(self, now: str, wanted: Status) -> None:
        """Raise MoveRefused, which says what is possible instead, unless the row may go there."""
        if not self.can(now, wanted):
            raise self._refusal(now, wanted)

    def ensure_by_hand(self, now: str, wanted: Status) -> None:
        """The same for an act that a person asks for by itself."""
        if not any(move.end == wanted for move in self._by_hand(now)):
            raise self._refusal(now, wanted)

    def offered(self, now: str, actor: Actor) -> list[Move[Status]]:
        """The steps that this person may ask for, in the order of the description."""
        return [move for move in self._by_hand(now) if move.right is None or actor.can(move.right)]

    def _refusal(self, now: str, wanted: Status) -> MoveRefused:
        possible = [self._reads(move.end) for move in self._by_hand(now)]
        return MoveRefused(self.what, self._reads(now), wanted=self._reads(wanted), possible=possible)

    def _by_hand(self, now: str) -> list[Move[Status]]:
        return [move for move in self.moves if move.start == now and move.verb]

    def _reads(self, status: str) -> str:
        return next((label for known, label in self.labels.items() if known == status), str(status))


LIFE_CYCLES: Final[dict[str, LifeCycle[Any]]] = {}
"""Every life cycle by its table; each puts itself here."""
