"""Text as people search for it."""

import re
from functools import lru_cache

from anyascii import anyascii

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """`text` in lower-case ASCII without accents, words parted by one space.

    "Müller-Lüdenscheidt" becomes "muller ludenscheidt".
    """
    return _NOT_WORD.sub(" ", anyascii(text).lower().replace("'", "")).strip()


def is_plain(text: str) -> bool:
    """Whether `text` can be stored and shown: no NUL character and no half of a character pair."""
    return _UNWRITABLE.search(text) is None


def digits(text: str) -> str:
    """Only the decimal digits of `text`."""
    return "".join(character for character in text if character.isdecimal())
