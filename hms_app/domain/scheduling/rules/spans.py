"""Spans of time, half-open `[start, end)`: what touches does not overlap."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """From one instant to another, which belongs to it no more."""

    start: dt.datetime
    end: dt.datetime

    def overlaps(self, other: "Span") -> bool:
        """Whether both share any time."""
        return self.start < other.end and other.start < self.end

    def holds(self, other: "Span") -> bool:
        """Whether `other` lies whole within it."""
        return self.start <= other.start and other.end <= self.end

    def within(self, other: "Span") -> "Span | None":
        """The part that lies within `other`, if any does."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def widened(self, before: dt.timedelta, after: dt.timedelta) -> "Span":
        """The span with time added at both ends."""
        return Span(self.start - before, self.end + after)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, as few spans: those that touch or overlap are one."""
    together: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if together and span.start <= together[-1].end:
            together[-1] = Span(together[-1].start, max(together[-1].end, span.end))
        else:
            together.append(span)
    return together


def without(span: Span, taken: Sequence[Span]) -> Iterator[Span]:
    """What is left of a span, in order; `taken` is in any order and may overlap itself."""
    start = span.start
    for block in joined(taken):
        if block.end <= start:
            continue
        if block.start >= span.end:
            break
        if block.start > start:
            yield Span(start, block.start)
        start = block.end
    if start < span.end:
        yield Span(start, span.end)


def common(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """The time that lies in both."""
    others = list(second)
    return joined(part for span in first for other in others if (part := span.within(other)))
