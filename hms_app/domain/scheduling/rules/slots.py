"""Free slots: where on the grid of its openings a visit fits."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hms_app.domain.scheduling.rules.hours import Opening
from hms_app.domain.scheduling.rules.spans import Span, joined


@dataclass(frozen=True)
class Need:
    """What a visit takes: its length, and the preparation and clean-up around it."""

    duration: dt.timedelta
    preparation: dt.timedelta = dt.timedelta()
    cleanup: dt.timedelta = dt.timedelta()

    def taken(self, visit: Span) -> Span:
        """All the time that a visit takes of a resource."""
        return visit.widened(self.preparation, self.cleanup)


@dataclass(frozen=True)
class Slot:
    """A visit that fits, and the opening it fits into."""

    visit: Span
    opening: Opening


class Busy:
    """Time that is taken, in order: asked quickly whether anything of a span is."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = joined(spans)
        self._ends = [span.end for span in self._spans]

    def meets(self, span: Span) -> Span | None:
        """The first block that overlaps the span."""
        place = bisect_left(self._ends, span.start)
        for block in self._spans[place : place + 2]:
            if block.overlaps(span):
                return block
        return None


def free_slots(
    openings: Sequence[Opening], busy: Busy, need: Need, *, earliest: dt.datetime
) -> Iterator[Slot]:
    """The visits that fit, in the order of the openings: whole within one, on its grid, not before `earliest`.

    Where openings overlap (two schedules at once) each start is offered once.
    Preparation and clean-up may lie outside an opening, never in what is `busy` (bookings and leave).
    """
    offered: set[dt.datetime] = set()
    for opening in openings:
        start = _next_on_grid(opening, max(earliest, opening.span.start))
        while start + need.duration <= opening.span.end:
            visit = Span(start, start + need.duration)
            if block := busy.meets(need.taken(visit)):
                start = _next_on_grid(opening, block.end + need.preparation)
                continue
            if start not in offered:
                offered.add(start)
                yield Slot(visit, opening)
            start += opening.step


def is_on_grid(opening: Opening, start: dt.datetime) -> bool:
    """Whether a visit may begin then, as far as the grid of the opening says."""
    return (start - opening.grid_from) % opening.step == dt.timedelta()


def _next_on_grid(opening: Opening, earliest: dt.datetime) -> dt.datetime:
    """The first start on the grid of an opening that is not before `earliest`."""
    steps = -((opening.grid_from - earliest) // opening.step)
    return opening.grid_from + max(0, steps) * opening.step
