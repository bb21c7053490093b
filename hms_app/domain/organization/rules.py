"""Pure decisions about the organization: names, addresses, and what may be a logo."""

from decimal import Decimal
from typing import Final

from hms_app.core.pictures import PictureRefused, redrawn
from hms_app.domain.organization.errors import LogoRefused

EXAMPLE_AMOUNT: Final = Decimal("1234.5")
"""Shown in the settings to say how money is written."""
LOGO_EDGE: Final = 512
"""A logo is kept at most this wide and high, in pixels."""


def display_name(prefix: str, given_names: str, family_name: str) -> str:
    """A practitioner's name as it is written, such as "Dr Ada Okafor"."""
    return " ".join(part for part in (prefix, given_names, family_name) if part)


def address_lines(
    address_line: str, postal_code: str, city: str, region: str, country: str = ""
) -> tuple[str, ...]:
    """An address as lines of a letterhead, without empty ones."""
    town = " ".join(part for part in (postal_code, city) if part)
    place = ", ".join(part for part in (town, region) if part)
    return tuple(line for line in (address_line, place, country) if line)


def clean_logo(content: bytes) -> bytes:
    """A PNG of at most `LOGO_EDGE` pixels made anew from `content`; raises `LogoRefused` for what is no picture."""
    try:
        return redrawn(content, edge=LOGO_EDGE, as_format="PNG")
    except PictureRefused as refusal:
        raise LogoRefused(str(refusal)) from None
