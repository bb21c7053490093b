"""What one reader sees of an entry: the fields their rights open, of patients they may know of.

Nothing is shown that nobody described (`values.describe`). What is not shown is told in words, by its kind.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import CONTENTS, INTERNAL, NOBODY, OPEN, OTHERS, Reader

Known = Collection[int | str]
"""Patients a reader may know of, by key and by record number."""
NOT_SHOWN: Final = "not shown to your role"
_KINDS: Final = {
    "clinical": "Clinical content",
    "patients": "Details of a patient",
    OTHERS: "Details of a patient",
    "security": "Details of users",
    "organization": "Details of the hospital",
    "interop": "Details of files read in",
}
_UNDESCRIBED: Final = "Contents nobody has described"


class Shown(NamedTuple):
    """What of an entry is shown; `hidden` are the kinds of what is not, `hides_reason` the kind of the reason."""

    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    hidden: tuple[str, ...]
    hides_reason: str
    knows_patient: bool


def shown(entry: Mapping[str, Any], actor: Actor, known: Known) -> Shown:
    """What `actor` sees of an entry, who may know of the patients in `known`."""
    described = CONTENTS.get(entry["action"], NOBODY)
    is_known = entry["patient_id"] is None or entry["patient_id"] in known
    hidden: dict[str, None] = {}

    def opens(reader: Reader | None, value: Any) -> bool:
        if reader == OPEN:
            return True
        if reader == OTHERS:
            return is_known and all(one in known for one in _named(value))
        return isinstance(reader, Permission) and is_known and actor.can(reader)

    def seen(values: Mapping[str, Any] | None) -> dict[str, Any]:
        kept = {}
        for name, value in (values or {}).items():
            reader = described.fields.get(name)
            if name.startswith(INTERNAL):
                continue
            if opens(reader, value):
                kept[name] = value
            else:
                hidden[_kind(reader)] = None
        return kept

    before, after, reason = seen(entry["before"]), seen(entry["after"]), entry["reason"] or ""
    hides_reason = _kind(described.reason) if reason and not opens(described.reason, None) else ""
    return Shown(before, after, "" if hides_reason else reason, tuple(hidden), hides_reason, is_known)


def not_shown(kind: str) -> str:
    """The sentence for what is not shown, such as "Clinical content: not shown to your role."."""
    return f"{kind}: {NOT_SHOWN}."


def named_patients(entries: Iterable[Mapping[str, Any]]) -> set[int | str]:
    """Every patient that these entries are about or name, by key or by record number."""
    named: set[int | str] = set()
    for entry in entries:
        if entry["patient_id"] is not None:
            named.add(entry["patient_id"])
        for name, reader in CONTENTS.get(entry["action"], NOBODY).fields.items():
            if reader == OTHERS:
                for side in (entry["before"], entry["after"]):
                    named.update(_named((side or {}).get(name)))
    return named


def _named(value: Any) -> list[int | str]:
    """The patients a value of `OTHERS` names: a key, several, or the record numbers that a mapping is by."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, Mapping)) else [value]


def _kind(reader: Reader | None) -> str:
    return _KINDS.get(str(reader).split(":")[0], _UNDESCRIBED)
