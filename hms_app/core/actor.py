"""Who acts, resolved from the session inside the transaction that acts."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission


@dataclass(frozen=True)
class Actor:
    """A person or the system itself, with what they may do now."""

    user_id: int | None
    name: str
    permissions: frozenset[Permission]
    roles: tuple[str, ...] = ()
    session_id: int | None = None
    ip_address: str = ""
    patient_id: int | None = None
    practitioner_id: int | None = None
    reauthenticated: bool = False
    seen_at: dt.datetime | None = None
    """When the session was last counted as active."""
    looks: bool = True
    """Whether a person looks at what is read; not so when a screen refreshes by itself, or only counts."""
    locale: HospitalLocale = field(default_factory=HospitalLocale)

    def can(self, permission: Permission) -> bool:
        """Whether the actor holds `permission`."""
        return permission in self.permissions

    @classmethod
    def system(cls, name: str, locale: HospitalLocale | None = None) -> "Actor":
        """The hospital's own hand (an importer, a scheduled task), named in the audit trail."""
        return cls(None, f"system: {name}", frozenset(Permission), locale=locale or HospitalLocale())

    @classmethod
    def nobody(cls, ip_address: str = "") -> "Actor":
        """A visitor without a session."""
        return cls(None, "anonymous", frozenset(), ip_address=ip_address)


@dataclass(frozen=True)
class House:
    """What resolving an actor needs of tables that stand above users, as SQL by whoever owns them."""

    locale: str
    """A table with zone_name, currency, language and country; one row, none before set-up."""
    practitioner_id: str
    """The practitioner that the user `u.id` is, or NULL."""


_HOUSE: Final[list[House]] = []


def describe_house(house: House) -> None:
    """Say how the house's part of an actor is read; once, by the domain that owns it."""
    _HOUSE[:] = [house]


def house() -> House:
    """How the house's part of an actor is read; raises RuntimeError when that domain was not imported."""
    if not _HOUSE:
        raise RuntimeError("No domain has said where the hospital's locale stands.")
    return _HOUSE[0]
