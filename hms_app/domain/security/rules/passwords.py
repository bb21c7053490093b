"""What a password must be (NIST 800-63B-4, OWASP ASVS 5) and how it is stored."""

import base64
import re
import unicodedata
from functools import lru_cache
from hashlib import sha384
from hmac import digest
from typing import Final

import bcrypt
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from hms_app.config import get_settings
from hms_app.core.errors import DomainError
from hms_app.core.text import fold

MIN_LENGTH: Final = 15
MIN_LENGTH_WITH_SECOND_FACTOR: Final = 8
MAX_LENGTH: Final = 256
BCRYPT_COST = 12
SCHEME: Final = "v1$"

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


def hash_password(password: str) -> str:
    """`v1$` and bcrypt over base64(HMAC-SHA-384(pepper, password)): takes about a quarter of a second."""
    return SCHEME + bcrypt.hashpw(_peppered(password), bcrypt.gensalt(BCRYPT_COST)).decode()


def password_matches(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes the same time when there is none (`stored` is None)."""
    against = stored if stored is not None and stored.startswith(SCHEME) else _hash_of_nobody(BCRYPT_COST)
    matches = bcrypt.checkpw(_peppered(password), against.removeprefix(SCHEME).encode())
    return matches and stored is not None and bool(password)


@lru_cache(maxsize=4)
def _hash_of_nobody(cost: int) -> str:
    return SCHEME + bcrypt.hashpw(_peppered("nobody"), bcrypt.gensalt(cost)).decode()


def _peppered(password: str) -> bytes:
    pepper = get_settings().derived_key("password pepper")
    return base64.b64encode(digest(pepper, normalized(password).encode("utf-8", "surrogatepass"), sha384))


def _guesses_log10(text: str, own_words: tuple[str, ...]) -> float:
    words = sorted(
        {word for phrase in own_words for word in (*fold(phrase).split(), fold(phrase).replace(" ", ""))}
    )
    found = zxcvbn(text[:_ESTIMATED_CHARACTERS], user_inputs=[word for word in words if len(word) > 2])
    return float(found["guesses_log10"])
