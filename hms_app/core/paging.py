"""Keyset paging: a page of rows and the bookmarks to its neighbours."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hms_app.config import get_settings
from hms_app.core.errors import DomainError

Row = TypeVar("Row")
Made = TypeVar("Made")

PAGE_SIZE: Final = 50
_NONCE_BYTES: Final = 12
COUNT_CAP: Final = 1000
"""Lists say "1,000+" above this: an exact count of a large table would read all of it."""


class AddressDamaged(DomainError):
    """The address of a page was changed by hand, or cut off when it was copied."""

    def __init__(self) -> None:
        super().__init__("This page's address is damaged. Open the list again from the menu.")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """At most `PAGE_SIZE` rows; a bookmark is None where there is no further page."""

    rows: list[Row] = field(default_factory=list)
    next_bookmark: str | None = None
    previous_bookmark: str | None = None
    count_label: str = ""

    def map(self, make: Callable[[Row], Made]) -> "Page[Made]":
        """The same page with each row as `make` makes it."""
        return self.with_rows([make(row) for row in self.rows])

    def with_rows(self, rows: list[Made]) -> "Page[Made]":
        """The same page with what was made of its rows together."""
        return replace(cast("Page[Made]", self), rows=rows)


def bookmark(*values: str | int, backwards: bool = False) -> str:
    """A place in a sorted list: the sort values of a row, sealed, for they can be a person's name."""
    text = json.dumps([backwards, *values], separators=(",", ":"))
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _seal().encrypt(nonce, text.encode(), None)).decode().rstrip("=")


def read_bookmark(text: str, *kinds: type[str] | type[int]) -> tuple[bool, list[Any]]:
    """Whether the bookmark goes backwards, and its values, one of each kind.

    Raises AddressDamaged for one that was forged, cut off, or made by a list of another kind.
    """
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        decoded = json.loads(_seal().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
    except (ValueError, InvalidTag):
        raise AddressDamaged from None
    if [type(value) for value in decoded] != [bool, *kinds]:
        raise AddressDamaged
    return decoded[0], decoded[1:]


def _seal() -> AESGCM:
    return AESGCM(get_settings().derived_key("bookmarks"))


def capped_label(counted: int) -> str:
    """`counted` (itself counted up to the cap plus one) as people read it."""
    return f"{COUNT_CAP:,}+" if counted > COUNT_CAP else f"{counted:,}"


def with_noun(label: str, noun: str, nouns: str = "") -> str:
    """A count's label with what is counted: "1 room", "1,000+ rooms"; `nouns` where an s is not enough."""
    return f"{label} {noun}" if label == "1" else f"{label} {nouns or noun + 's'}" if label else ""
