"""How alike two names are: the same, a typo apart, a short form, or different.

Typos are counted as Damerau (1964) found them: four of five misspellings are one letter wrong, missing, too many,
or swapped with its neighbour. The Jaro-Winkler similarity is the one Winkler (1990) made for the names of the
United States census.
"""

from enum import Enum
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

NEARLY: Final = 0.92
"""Jaro-Winkler similarity from which on two words are spellings of one name."""
ALIKE: Final = 0.80
"""Jaro-Winkler similarity from which on two words still share more than chance gives."""
LONG_WORD: Final = 6
"""Words of at least as many letters may have two typos and still be nearly the same."""

_SHORT_FORMS: Final = (
    "abigail abby gail", "albert al bert", "alexander alex sasha", "alexandra alex sandra sasha", "andrew andy drew",
    "anthony tony", "antonio tony", "barbara barb babs", "benjamin ben benny", "catherine cathy kate katie kathy",
    "charles charlie chuck", "christina chris tina", "christopher chris", "daniel dan danny", "david dave davy",
    "deborah debbie deb", "dorothy dot dolly", "edward ed eddie ted", "elizabeth liz beth betty eliza lisa",
    "frances fran", "francis frank", "francisco paco pancho", "frederick fred freddy", "george georgie",
    "gerald gerry jerry", "gregory greg", "henry harry hank", "isabella bella isa", "jacob jake", "james jim jimmy",
    "jennifer jen jenny", "jessica jess jessie", "john jack johnny", "jonathan jon", "jose pepe", "joseph joe joey",
    "joshua josh", "judith judy", "katherine kate kathy katie kat", "kenneth ken kenny", "lawrence larry",
    "leonard leo len", "margaret maggie meg peggy greta", "maria mary mia", "matthew matt", "michael mike mick",
    "nathaniel nat nate", "nicholas nick nico", "pamela pam", "patricia pat patty trish", "patrick pat paddy",
    "peter pete", "philip phil", "rebecca becky", "richard rick dick rich", "robert bob bobby rob robbie",
    "ronald ron", "samuel sam", "samantha sam", "stephen steve", "steven steve", "susan sue susie",
    "theodore ted theo", "theresa terry tess", "thomas tom tommy", "timothy tim", "valerie val", "victoria vicky",
    "vincent vince", "walter walt", "william bill billy will liam", "zachary zach",
)  # fmt: skip
_FULL_FORMS: Final[dict[str, frozenset[str]]] = {
    word: frozenset(line.split()[0] for line in _SHORT_FORMS if word in line.split())
    for word in {word for line in _SHORT_FORMS for word in line.split()}
}


class NameLevel(Enum):
    """How alike two names are, the most alike first."""

    SAME = "same"
    PART = "part"
    SHORT_FORM = "short form"
    NEARLY = "nearly"
    INITIAL = "initial"
    ALIKE = "alike"
    DIFFERENT = "different"


def compare_names(a: tuple[str, ...], b: tuple[str, ...]) -> NameLevel | None:
    """How alike two names of folded words are, in any order of the words; None when one is not known."""
    if not a or not b:
        return None
    whole_a, whole_b = "".join(a), "".join(b)
    if whole_a == whole_b or sorted(a) == sorted(b):
        return NameLevel.SAME
    if any(len(word) > 1 and word in b for word in a):
        return NameLevel.PART
    if len(a) == len(b) == 1:
        return _compare_words(whole_a, whole_b)
    levels = [_compare_words(whole_a, whole_b), *(_compare_words(x, y) for x in a for y in b)]
    return min(levels, key=_ORDER.__getitem__)


def _compare_words(a: str, b: str) -> NameLevel:
    a, b = sorted((a, b))  # The Jaro similarity may depend on which comes first; ours must not.
    shorter, longer = sorted((len(a), len(b)))
    if shorter == 1:
        return NameLevel.INITIAL if a[0] == b[0] and longer > 1 else NameLevel.DIFFERENT
    if not _FULL_FORMS.get(a, frozenset((a,))).isdisjoint(_FULL_FORMS.get(b, (b,))):
        return NameLevel.SHORT_FORM
    likeness = JaroWinkler.similarity(a, b, score_cutoff=ALIKE - 0.15)
    if likeness >= NEARLY:
        return NameLevel.NEARLY
    if shorter > 2 and OSA.distance(a, b, score_cutoff=2) <= (2 if shorter >= LONG_WORD else 1):
        return NameLevel.NEARLY
    return NameLevel.ALIKE if likeness >= ALIKE else NameLevel.DIFFERENT


_ORDER: Final = {level: place for place, level in enumerate(NameLevel)}
