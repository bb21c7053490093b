"""Which network a guess is counted for."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

_HOME_BITS: Final = 64
"""What one home or one clinic is given of IPv6: whoever has it has 2**64 addresses to guess from."""


def place_of(address: str) -> str:
    """The network that guesses from an IP address are counted for; what is no IP address stands for itself."""
    try:
        found = ip_address(address.strip())
    except ValueError:
        return address.strip()
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found) >> _HOME_BITS << _HOME_BITS, _HOME_BITS)))
