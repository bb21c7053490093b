"""What a password must be (NIST 800-63B-4, OWASP ASVS 5)."""

import re
import unicodedata
from typing import Final

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from hms_app.core.errors import DomainError
from hms_app.core.text import fold

MIN_LENGTH: Final = 15
MIN_LENGTH_WITH_SECOND_FACTOR: Final = 8
MAX_LENGTH: Final = 256

_COMMON: Final = frozenset(FREQUENCY_LISTS["passwords"])
_TRIMMINGS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ESTIMATED_CHARACTERS: Final = 64
_MIN_GUESSES_LOG10: Final = 10.0
_MIN_GUESSES_LOG10_SHORT: Final = 7.5
"""A random password of eight characters, which a second factor allows, is estimated at 8."""


class WeakPassword(DomainError):
    """The password breaks a rule; the sentence says which."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="password")


def ensure_strong(password: str, *, has_second_factor: bool = False, own_words: tuple[str, ...] = ()) -> None:
    """Raise WeakPassword unless the password may be used; `own_words` are the person's and the clinic's own."""
    text = normalized(password)
    shortest = MIN_LENGTH_WITH_SECOND_FACTOR if has_second_factor else MIN_LENGTH
    if "\x00" in text:
        raise WeakPassword("The password contains a character that cannot be typed.")
    if len(text) < shortest:
        raise WeakPassword(f"Use at least {shortest} characters; a sentence is easy to remember.")
    if len(text) > MAX_LENGTH:
        raise WeakPassword(f"Use at most {MAX_LENGTH} characters.")
    lower = text.lower()
    if lower in _COMMON or _TRIMMINGS.sub("", lower) in _COMMON:
        raise WeakPassword("This password is on the list of common passwords. Choose another.")
    if _guesses_log10(text, own_words) < (
        _MIN_GUESSES_LOG10 if len(text) >= MIN_LENGTH else _MIN_GUESSES_LOG10_SHORT
    ):
        raise WeakPassword("This password is easy to guess: avoid names, repeats and rows of keys.")


def normalized(password: str) -> str:
    """The password in Unicode form C, so that every keyboard's "é" is the same."""
    return unicodedata.normalize("NFC", password)


def _guesses_log10(text: str, own_words: tuple[str, ...]) -> float:
    words = sorted(
        {word for phrase in own_words for word in (*fold(phrase).split(), fold(phrase).replace(" ", ""))}
    )
    found = zxcvbn(text[:_ESTIMATED_CHARACTERS], user_inputs=[word for word in words if len(word) > 2])
    return float(found["guesses_log10"])
