"""Text as people search for it."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
LONGEST_ADDRESS: Final = 254
"""Characters of an e-mail address (RFC 5321)."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})
"""Control and format characters, and halves of a pair."""
_DOT_ABOVE: Final = "\u0307"
"""What is left of the Turkish capital "İ" once it is made small: a dot on a letter that has one."""


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """`text` in lower-case ASCII without accents, words parted by one space.

    "Müller-Lüdenscheidt" becomes "muller ludenscheidt".
    """
    return _NOT_WORD.sub(" ", anyascii(text).lower().replace("'", "")).strip()


def normal_address(email: str) -> str:
    """An e-mail address as it is looked up and counted, whatever capitals, widths and ligatures it is typed in.

    NFKC and full case folding (Unicode 3.13), without what nobody sees.
    """
    seen = "".join(sign for sign in email if unicodedata.category(sign) not in _UNSEEN)
    folded = unicodedata.normalize("NFKC", seen).casefold().replace(f"i{_DOT_ABOVE}", "i")
    return unicodedata.normalize("NFKC", folded).strip()[:LONGEST_ADDRESS].strip()


def is_plain(text: str) -> bool:
    """Whether `text` can be stored and shown: no NUL character and no half of a character pair."""
    return _UNWRITABLE.search(text) is None


def digits(text: str) -> str:
    """Only the decimal digits of `text`."""
    return "".join(character for character in text if character.isdecimal())
