"""What an entry may hold, and how the trail is written to a spreadsheet."""

import datetime as dt
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any, Final, cast

from pydantic import BaseModel

from hms_app.domain.audit.values import SALT

_SECRET: Final = re.compile(r"password|secret|token|hash|code_digest|recovery", re.IGNORECASE)
_SALT_BYTES: Final = 8
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the full-width forms, which East Asian settings read alike."""


def snapshot(row: Any) -> dict[str, Any]:
    """A row's (a table row's, a request's, a frozen row's or a mapping's) fields as plain JSON, without secrets."""
    return {name: plain(value) for name, value in _fields(row).items() if not _SECRET.search(name)}


def changes(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs between two snapshots or rows: the old values and the new ones, without secrets."""
    old, new = snapshot(before), snapshot(after)
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: amounts and instants as text, sets sorted, NUL characters dropped."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items() if not _SECRET.search(str(key))}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)


def salted(after: Mapping[str, Any] | None) -> dict[str, Any]:
    """What an entry says, with a random word by which its hash confirms no guess at what is not shown."""
    return {**(after or {}), SALT: secrets.token_hex(_SALT_BYTES)}


def digest_of(patient_ids: Collection[int]) -> str:
    """SHA-256 over the keys, ascending and joined by commas; the database computes the same."""
    return sha256(",".join(str(key) for key in sorted(set(patient_ids))).encode()).hexdigest()


def defused(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def _fields(row: Any) -> dict[str, Any]:
    if isinstance(row, BaseModel):
        return row.model_dump(warnings=False)  # A status read from the database is text, not its enum.
    if is_dataclass(row) and not isinstance(row, type):
        return asdict(row)
    return dict(cast(dict[str, Any], row))
