"""Which pairs of a large register are worth comparing: those who share something telling.

Two records are compared when they share an identifier, a phone, a date of birth and the beginning of a name word,
two name words and nearly the date of birth, or an address. What all of these miss could hardly be told to be one
person: FEBRL (`bench patient-match`) says how much that is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from hms_app.core.text import fold
from hms_app.domain.patients.rules.match_dates import DateLevel, compare_dates

MOST_IN_BLOCK: Final = 400
"""Records that share one thing, at most: a phone that more people have is no sign of being one person."""
SAME_BEGINNING: Final = 2
"""Letters of a name word that, with the date of birth, make a block."""
_STREET_BEGINNING: Final = 8
_NEARLY: Final = frozenset({DateLevel.SLIP, DateLevel.SWAPPED, DateLevel.TWO_SLIPS})

Pair = tuple[int, int]


def pairs_of(block: Iterable[int]) -> Iterator[Pair]:
    """Every two of a block, the lower id first; none of a block with too many."""
    members = sorted(set(block))
    if len(members) <= MOST_IN_BLOCK:
        yield from combinations(members, 2)


def is_too_large(block: Iterable[int]) -> bool:
    """Whether a block is left out for its size."""
    return len(set(block)) > MOST_IN_BLOCK


def pairs_of_nearly_same_birth(
    block: Iterable[int], births: Mapping[int, tuple[dt.date | None, bool]]
) -> Iterator[Pair]:
    """Those two of a block of namesakes whose dates of birth are a slip or two apart; equal ones are found anyway.

    `births` has the date of birth, and whether it is exact.
    """
    for members in _by_part_of_birth(block, births).values():
        if len(members) > MOST_IN_BLOCK:
            continue
        for first, second in combinations(sorted(members), 2):
            (a, a_is_exact), (b, b_is_exact) = births[first], births[second]
            level = compare_dates(a, b, are_exact=(a_is_exact, b_is_exact))
            if level in _NEARLY or (level is not None and not (a_is_exact and b_is_exact)):
                yield first, second


def street_part(address_line: str) -> str:
    """What the addresses of one house begin with."""
    return fold(address_line)[:_STREET_BEGINNING]


def _by_part_of_birth(
    block: Iterable[int], births: Mapping[int, tuple[dt.date | None, bool]]
) -> dict[tuple[int, ...], set[int]]:
    """The namesakes by year, and by day and month (also swapped): a slip leaves one of them as it was."""
    parts: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for patient_id in block:
        born, is_exact = births.get(patient_id, (None, False))
        if born is None:
            continue
        parts[(born.year,)].add(patient_id)
        if is_exact:
            parts[born.month, born.day].add(patient_id)
    return parts
