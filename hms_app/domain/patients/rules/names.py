"""Names as they are sorted, written and cut into words."""

from collections.abc import Iterable
from typing import Final

from hms_app.core.text import fold

LONGEST_WORD: Final = 40

_SPELLED_OUT: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ø": "oe",
        "å": "aa",
        "Ä": "Ae",
        "Ö": "Oe",
        "Ü": "Ue",
        "Ø": "Oe",
        "Å": "Aa",
    }
)


def name_sort(family_name: str, given_names: str) -> str:
    """What lists of patients sort by: the folded family name, then the folded given names."""
    return fold(f"{family_name} {given_names}")


def display_name(prefix: str, given_names: str, family_name: str, suffix: str) -> str:
    """A name as people write it."""
    return " ".join(part for part in (prefix, given_names, family_name, suffix) if part)


def name_words(names: Iterable[str], other_names: Iterable[str] = ()) -> list[str]:
    """The folded words of a name, sorted; words of other names (preferred, maiden) once, umlauts also spelled out."""
    names = tuple(names)
    words = [word for name in names for word in words_of(name)]
    spelled = [name.translate(_SPELLED_OUT) for name in names]
    for name in (*spelled, *other_names, *(name.translate(_SPELLED_OUT) for name in other_names)):
        words.extend(word for word in words_of(name) if word not in words)
    return sorted(words)


def words_of(name: str) -> list[str]:
    """The folded words of a name, each cut to a length an index likes."""
    return [word[:LONGEST_WORD] for word in fold(name).split()]
