"""Medical record numbers and their check digit."""

import re
from typing import Final

from hms_app.core.text import fold

MRN_LENGTH: Final = 8
_NOT_CODE: Final = re.compile(r"[\W_]+")
_NO_NUMBERS: Final = frozenset(
    {
        *(
            "na",
            "n",
            "nil",
            "none",
            "null",
            "nan",
            "undefined",
            "missing",
            "pending",
            "tbd",
            "tba",
            "todo",
            "test",
        ),
        *(
            "unknown",
            "unk",
            "notknown",
            "notavailable",
            "notapplicable",
            "notprovided",
            "notgiven",
            "refused",
        ),
        *("declined", "nonumber", "noid", "nossn", "nopassport", "x", "xx", "xxx", "xxxx"),
        *("unbekannt", "keine", "kein", "keineangabe", "ka", "inconnu", "aucun", "desconocido", "ninguno"),
        *("ninguna", "sinnumero", "sindato"),
    }
)
"""What people write where a number is asked for and there is none, without what is neither letter nor digit."""
_COUNTED: Final = frozenset(("123456789", "0123456789", "1234567890", "987654321", "9876543210"))
_SHORTEST_RUN: Final = 4


def is_placeholder(text: str) -> bool:
    """Whether `text` stands for a number and is none: "n/a", "unknown", "000-00-0000", "9999", "123456789"."""
    code = _NOT_CODE.sub("", fold(text))
    if not code or code in _NO_NUMBERS:
        return True
    is_run = len(set(code)) == 1 and (code[0] == "0" or len(code) >= _SHORTEST_RUN)
    return is_run or code in _COUNTED


def check_digit(body: str) -> str:
    """The ISO 7064 MOD 11,10 check digit of `body`: it betrays each single wrong digit and nearly all swaps."""
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def mrn_of(number: int) -> str:
    """The medical record number for a number of the hospital's sequence: its digits and a check digit."""
    body = f"{number:0{MRN_LENGTH - 1}d}"
    return body + check_digit(body)


def is_mrn(text: str) -> bool:
    """Whether `text` is a medical record number with the right check digit."""
    return (
        text.isascii() and text.isdecimal() and len(text) >= MRN_LENGTH and check_digit(text[:-1]) == text[-1]
    )
