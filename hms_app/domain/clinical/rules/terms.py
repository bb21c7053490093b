"""How somebody types a term, and how the vocabulary is asked for it."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
MOST_WORDS: Final = 6


def search_words(text: str) -> str:
    """A full-text query for terms with a word that begins with each word typed; "" when there is none.

    Accents and case say nothing, as in the database's `clinical_term_words`.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " & ".join(f"{word}:*" for word in _WORD.findall(plain)[:MOST_WORDS])
