"""What a search for patients is made of."""

from typing import NamedTuple


class SearchKey(NamedTuple):
    """One way to a patient: a key, and for a pair of name words (or a birth date and a name word) the second."""

    key: str
    second_key: str = ""


class PhoneNumber(NamedTuple):
    """The digits of a phone number with and without its country code."""

    international: str
    national: str


class KeyRange(NamedTuple):
    """Search keys from `start` up to, but not including, `end`; `is_exact` when only `start` itself is meant."""

    start: str
    end: str
    is_exact: bool = False


class SearchTerm(NamedTuple):
    """A part of what somebody typed, and every range of keys it may mean."""

    ranges: tuple[KeyRange, ...]
