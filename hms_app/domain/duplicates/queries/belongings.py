"""Which rows belong to a patient: what goes along when the record is merged into another."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from hms_app.domain.duplicates.values import Holding
from hms_app.domain.patients.queries.matching import Statement, rows_of

_ALSO: Final = (("app_user", "patient_id"),)
"""Columns that name a patient without a foreign key, for their table lies below this domain."""
_LABELS: Final = {
    "encounter": "Visits and stays",
    "coverage": "Coverage",
    "patient_address": "Contacts and addresses",
    "patient_contact_point": "Contacts and addresses",
    "patient_relation": "Contacts and addresses",
    "patient_identifier": "Identifiers",
    "patient_consent": "Consents",
    "app_user": "Portal sign-ins",
}
_OTHER: Final = "Clinical entries"


class Belonging(NamedTuple):
    """A column that says whose a row is."""

    table: str
    column: str


def belongings() -> list[Belonging]:
    """Every table and column whose rows follow a merge, those that others refer to first.

    A table marked `stays_at_merge` or `append_only` keeps its rows as they are.
    """
    found = [Belonging(table, column) for table, column in _ALSO]
    for table in SQLModel.metadata.sorted_tables:
        if table.name == "patient" or {"stays_at_merge", "append_only"} & set(table.info):
            continue
        found += [Belonging(table.name, key.parent.name) for key in _keys_to_patient(table)]
    return found


def count_holdings(session: Session, first_id: int, second_id: int) -> tuple[Holding, ...]:
    """How many rows of each kind two records hold."""
    parts = [
        f"SELECT '{_LABELS.get(table, _OTHER)}' AS label, {column} AS patient_id FROM {table}"
        f" WHERE {column} IN (%(first)s, %(second)s)"
        for table, column in belongings()
    ]
    counted = rows_of(
        session,
        Statement(
            "SELECT label, count(*) FILTER (WHERE patient_id = %(first)s) AS first,"
            f" count(*) FILTER (WHERE patient_id = %(second)s) AS second FROM ({' UNION ALL '.join(parts)}) b"
            " GROUP BY label",
            {"first": first_id, "second": second_id},
        ),
    )
    by_label = {row["label"]: row for row in counted}
    order = dict.fromkeys([_LABELS["encounter"], _OTHER, *_LABELS.values()])
    return tuple(
        Holding(label, by_label[label]["first"], by_label[label]["second"])
        for label in order
        if label in by_label
    )


def _keys_to_patient(table: sa.Table) -> Iterable[sa.ForeignKey]:
    keys = [key for key in table.foreign_keys if key.target_fullname == "patient.id"]
    return sorted(keys, key=lambda key: key.parent.name)
