"""Pure decisions about the organization: names and addresses."""

from decimal import Decimal
from typing import Final

from hms_app.core.money import Money

_EXAMPLE: Final = Decimal("1234.5")


def example_amount(currency: str) -> Money:
    """What the settings show to say how money is written."""
    return Money(_EXAMPLE, currency)


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
