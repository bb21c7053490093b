"""Which values a merged record has, and what forbids a merge."""

from collections.abc import Iterable, Mapping
from typing import Any

from hms_app.core.errors import DomainError
from hms_app.domain.duplicates.values import MERGE_FIELDS, UNSAID, MergeField, Side
from hms_app.domain.patients.rules.names import display_name
from hms_app.domain.patients.values import PatientStatus


def better_side(field: MergeField, survivor: Mapping[str, Any], merged: Mapping[str, Any]) -> Side:
    """Whose value is taken unless somebody chooses: the survivor's, if it says anything at all."""
    leading = field.columns[0]
    return Side.MERGED if survivor[leading] in UNSAID and merged[leading] not in UNSAID else Side.SURVIVOR


def merged_values(
    survivor: Mapping[str, Any], merged: Mapping[str, Any], choices: Mapping[str, Side]
) -> dict[str, Any]:
    """The survivor's columns after the merge, as far as the choices (or `better_side`) change them.

    A record stays restricted when either was. Raises DomainError for a choice there is none of.
    """
    unknown = set(choices) - {field.name for field in MERGE_FIELDS}
    if unknown:
        raise DomainError("This page has grown old. Open the comparison again.")
    values = {
        column: merged[column]
        for field in MERGE_FIELDS
        if choices.get(field.name, better_side(field, survivor, merged)) is Side.MERGED
        for column in field.columns
    }
    if merged["is_restricted"]:
        values["is_restricted"] = True
    return {column: value for column, value in values.items() if value != survivor[column]}


def wants_reason(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether merging these two needs a written reason: their sexes are known and differ."""
    sexes = {a["sex_at_birth"], b["sex_at_birth"]}
    return len(sexes) == 2 and not sexes & UNSAID


def obstacles(rows: Iterable[Mapping[str, Any]], *, admitted: frozenset[int]) -> list[str]:
    """Every reason for which these two records cannot be merged now."""
    found = []
    for row in rows:
        name = display_name("", row["given_names"], row["family_name"], "")
        if row["status"] == PatientStatus.MERGED.value:
            found.append(f"The record of {name} ({row['mrn']}) was merged already.")
        if row["status"] == PatientStatus.ENTERED_IN_ERROR.value:
            found.append(f"The record of {name} ({row['mrn']}) was entered in error.")
        if row["id"] in admitted:
            found.append(f"{name} ({row['mrn']}) is admitted. Merge after the discharge.")
    return found
