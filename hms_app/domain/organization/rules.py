"""Pure decisions about the organization: names, addresses, and what may be a logo."""

import io
import warnings
from decimal import Decimal
from typing import Final

from PIL import Image, UnidentifiedImageError

from hms_app.domain.organization.errors import LogoRefused

EXAMPLE_AMOUNT: Final = Decimal("1234.5")
"""Shown in the settings to say how money is written."""
LOGO_BYTES: Final = 2_000_000
LOGO_PIXELS: Final = 16_000_000
LOGO_EDGE: Final = 512
"""A logo is kept at most this wide and high, in pixels."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP")


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
    """A PNG of at most `LOGO_EDGE` pixels made anew from `content`, whatever its file name claimed.

    Raises `LogoRefused` for what is too large or no PNG, JPEG or WebP image.
    """
    if len(content) > LOGO_BYTES:
        raise LogoRefused("This file is too large. Choose an image of at most 2 MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > LOGO_PIXELS:
                    raise LogoRefused("This image is too large. Choose one of at most 16 million pixels.")
                picture = opened.convert("RGBA")
    except LogoRefused:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Warning,
        Image.DecompressionBombError,
    ):
        raise LogoRefused("This file is no image we can read. Choose a PNG, JPEG or WebP file.") from None
    picture.thumbnail((LOGO_EDGE, LOGO_EDGE))
    made = io.BytesIO()
    picture.save(made, format="PNG", optimize=True)
    return made.getvalue()
