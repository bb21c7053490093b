"""What becomes of two versions of one form, what counts as a reason, and when two commands are the same."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from pydantic_core import to_jsonable_python

from hms_app.core.errors import DomainError
from hms_app.domain.records.values import THEIRS, YOURS, FieldVersions, Form

LONGEST_REASON: Final = 500


def given_reason(text: str) -> str:
    """A reason as it is kept; raises DomainError for none."""
    reason = text.strip()[:LONGEST_REASON]
    if not reason:
        raise DomainError("Say why; the record keeps it.", field="reason")
    return reason


def command_digest(key: str, command: str, content: Any) -> str:
    """A digest of all that a command was asked with, in the one form that the same content always has.

    The key is in it, so that nobody learns from two digests that two people were told the same.
    """
    canonical = json.dumps(to_jsonable_python(content), sort_keys=True, separators=(",", ":"))
    return sha256("\n".join((key, command, canonical)).encode()).hexdigest()


def compare_versions(
    form: Form, was: Mapping[str, str], theirs: Mapping[str, str], yours: Mapping[str, str]
) -> list[FieldVersions]:
    """The fields of a form on which theirs and yours read differently; what only one side changed prefers that side."""
    read = [(name, *(_reads(name, form, side) for side in (was, theirs, yours))) for name in form]
    return [
        FieldVersions(name, before, their, your, _preferred(before, their, your))
        for name, before, their, your in read
        if their != your
    ]


def merged_versions(
    theirs: Mapping[str, str], yours: Mapping[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    """Their form with yours in each field where `chosen` says so; a searched field brings its text along."""
    mine = [name for name, side in chosen.items() if side == YOURS]
    parts = [part for name in mine for part in (name, text_of(name)) if part in yours]
    return {**theirs, **{part: yours[part] for part in parts}}


def text_of(name: str) -> str:
    """Where the text of a searched field stands."""
    return f"{name}-text"


def _reads(name: str, form: Form, side: Mapping[str, str]) -> str:
    value = side.get(text_of(name), side.get(name, ""))
    return form[name].words.get(value, value)


def _preferred(was: str, theirs: str, yours: str) -> str:
    if yours == was:
        return THEIRS
    return YOURS if theirs == was else ""
