"""Text as people search for it."""

import re
from functools import lru_cache

from anyascii import anyascii

_NOT_WORD = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """`text` in lower-case ASCII without accents, words parted by one space.

    "Müller-Lüdenscheidt" becomes "muller ludenscheidt".
    """
    return _NOT_WORD.sub(" ", anyascii(text).lower().replace("'", "")).strip()


def digits(text: str) -> str:
    """Only the decimal digits of `text`."""
    return "".join(character for character in text if character.isdecimal())
