"""Proxies that pass people on and are not named: until they are, everybody seems to come from them."""

from ipaddress import ip_address
from typing import Final

MOST: Final = 5
"""So many are remembered and told of: anybody can pretend to be one."""
_near: list[str] = []
_far: list[str] = []


def note_unnamed(peer: str) -> bool:
    """Remember that this address passes people on; says whether that was news.

    Those on our own network are told apart: a stranger who claims to be one must not take their place.
    """
    known = _near if _is_near(peer) else _far
    if peer in known or len(known) >= MOST:
        return False
    known.append(peer)
    return True


def unnamed_nearby() -> list[str]:
    """Addresses of this machine or network that pass people on, since the start."""
    return list(_near)


def warning_of(peer: str) -> str:
    """What whoever looks after the server should know of it."""
    return (
        f"Everybody who comes by {peer} seems to be there: wrong tries of one count for all, and the audit trail"
        " does not say where people are. If that is your proxy, name it in HMS_TRUSTED_PROXIES and start again."
    )


def _is_near(peer: str) -> bool:
    try:
        return ip_address(peer).is_private
    except ValueError:
        return True  # A socket of this machine has no number.
