"""Whether a measured value lies in the range that is usual, and which range that is."""

from hms_app.domain.clinical.values import NO_RANGE, Range, RangeMark


def range_of(given: Range, usual: Range, *, is_adult: bool, unit: str, usual_unit: str) -> Range:
    """The range that came with a measurement; else the usual one, for an adult measured in the unit it is told in."""
    if given != NO_RANGE:
        return given
    return usual if is_adult and unit == usual_unit else NO_RANGE


def range_mark(value: float, within: Range) -> RangeMark:
    """Whether a value lies below, above or in a range; the ends belong to it, and an open end excludes nothing."""
    if within.low is not None and value < within.low:
        return RangeMark.LOW
    return RangeMark.HIGH if within.high is not None and value > within.high else RangeMark.WITHIN


def pair_mark(first: RangeMark, second: RangeMark) -> RangeMark:
    """The mark of a pair such as a blood pressure: high when either is, else low when either is."""
    marks = (first, second)
    return next((mark for mark in (RangeMark.HIGH, RangeMark.LOW) if mark in marks), RangeMark.WITHIN)
