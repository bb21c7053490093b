"""Phone numbers, as they are compared and as people write them."""

from typing import Final

import phonenumbers

from hms_app.core.text import digits
from hms_app.domain.patients.values import PhoneNumber

DEFAULT_REGION: Final = "US"
"""Whose national phone numbers are understood without a country code."""


def phone_number(text: str, region: str = DEFAULT_REGION) -> PhoneNumber:
    """A phone number as its digits, with and without country code; as typed when it is no number of `region`."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        return PhoneNumber(digits(text), digits(text).lstrip("0"))
    national = phonenumbers.national_significant_number(parsed)
    return PhoneNumber(f"{parsed.country_code}{national}", national)
