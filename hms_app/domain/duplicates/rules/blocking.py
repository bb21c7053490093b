"""Which pairs of a large register are worth comparing: those who share something telling.

Two records are compared when they share an identifier, a phone, a date of birth and the beginning of a name word,
two name words and nearly the date of birth, or an address. What all of these miss could hardly be told to be one
person: FEBRL (`bench patient-match`) says how much that is.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final, NamedTuple

from hms_app.core.text import fold
from hms_app.domain.duplicates.rules.match_dates import DateLevel, compare_dates

MOST_IN_BLOCK: Final = 400
"""Records that share one thing, at most: a phone that more people have is no sign of being one person."""
SAME_BEGINNING: Final = 3
"""Letters of a name word that, with the date of birth, make a block."""
_STREET_BEGINNING: Final = 8
_NEARLY: Final = frozenset({DateLevel.SLIP, DateLevel.SWAPPED, DateLevel.TWO_SLIPS})

Pair = tuple[int, int]


class Glance(NamedTuple):
    """What a first look at a record tells: enough to see that two relatives are two people."""

    birth_date: dt.date | None = None
    is_exact: bool = False
    given_names: str = ""


def pairs_of(block: Iterable[int]) -> Iterator[Pair]:
    """Every two of a block, the lower id first; none of a block with too many."""
    members = sorted(set(block))
    if len(members) <= MOST_IN_BLOCK:
        yield from combinations(members, 2)


def is_too_large(block: Iterable[int]) -> bool:
    """Whether a block is left out for its size."""
    return len(set(block)) > MOST_IN_BLOCK


def pairs_of_nearly_same_birth(block: Iterable[int], glances: Mapping[int, Glance]) -> Iterator[Pair]:
    """Those two of a block of namesakes whose dates of birth are a slip or two apart; equal ones are found anyway."""
    for members in _by_part_of_birth(block, glances).values():
        for first, second in pairs_of(members):
            a, b = glances[first], glances[second]
            level = compare_dates(a.birth_date, b.birth_date, are_exact=(a.is_exact, b.is_exact))
            if level in _NEARLY or (level is not None and not (a.is_exact and b.is_exact)):
                yield first, second


def pairs_of_no_relatives(block: Iterable[int], glances: Mapping[int, Glance]) -> Iterator[Pair]:
    """Those two of a household who are not plainly two: of another birth and of given names that begin otherwise."""
    for first, second in pairs_of(block):
        a, b = glances.get(first, Glance()), glances.get(second, Glance())
        level = compare_dates(a.birth_date, b.birth_date, are_exact=(a.is_exact, b.is_exact))
        if level is not DateLevel.DIFFERENT or _begin_alike(a.given_names, b.given_names):
            yield first, second


def street_part(address_line: str) -> str:
    """What the addresses of one house begin with."""
    return fold(address_line)[:_STREET_BEGINNING]


def _begin_alike(a: str, b: str) -> bool:
    return not a or not b or fold(a)[:1] == fold(b)[:1]


def _by_part_of_birth(block: Iterable[int], glances: Mapping[int, Glance]) -> dict[tuple[int, ...], set[int]]:
    """The namesakes by year, and by day and month (also swapped): a slip leaves one of them as it was."""
    parts: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for patient_id in block:
        seen = glances.get(patient_id, Glance())
        if seen.birth_date is None:
            continue
        parts[(seen.birth_date.year,)].add(patient_id)
        if seen.is_exact:
            parts[seen.birth_date.month, seen.birth_date.day].add(patient_id)
    return parts
