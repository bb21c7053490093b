"""A row for every table, so that no migration is tried on an empty one."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE
from sqlmodel import SQLModel

CHOSEN: Final[dict[str, dict[str, str]]] = {
    "appointment": {"ends_at": "now() + interval '1 hour'"},
    "appointment_change": {"kind": "'booked'"},
    "availability_exception": {"kind": "'closed'"},
    "queue": {"kind": "'practitioner'", "resource_id": "(SELECT min(id) FROM resource)"},
    "reservation": {"patient_id": "(SELECT min(id) FROM patient)"},
    "resource": {"kind": "'room'", "room_id": "(SELECT min(id) FROM room)"},
    "schedule_window": {"end_time": "'12:00'"},
    "token_session": {"ends_at": "now() + interval '1 hour'"},
    "hospital": {"currency": "'EUR'", "zone_name": "'UTC'", "language": "'en'"},
    "patient_merge": {"survivor_id": "(SELECT max(id) FROM patient)"},
    "patient_merge_step": {"outcome": "'moved'"},
    "patient_notice": {"kind": "'sign_in_opened'"},
    "patient_relation": {"kind": "'other'"},
}
"""SQL for columns whose table wants more of a value than its type."""
_VALUES: Final[dict[type[Any], str]] = {
    sa.DateTime: "now()",
    sa.Time: "'08:00'",
    sa.Date: "current_date",
    sa.Boolean: "false",
    sa.Integer: "1",
    sa.Numeric: "1",
    TSTZRANGE: "tstzrange(now(), now() + interval '1 hour')",
    JSONB: "'{}'",
    ARRAY: "'{}'",
    sa.String: "'x'",
}


def fill_empty_tables(connection: sa.Connection) -> None:
    """Put one row into each table that has none, those that are referred to first, past whatever triggers say."""
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for table in SQLModel.metadata.sorted_tables:
        if not connection.execute(sa.select(sa.exists().select_from(table))).scalar_one():
            values = {column.name: _value(column) for column in table.columns if _is_wanted(column)}
            values |= CHOSEN.get(table.name, {})
            connection.execute(
                sa.text(f"INSERT INTO {table.name} ({', '.join(values)}) SELECT {', '.join(values.values())}")
            )


def _is_wanted(column: sa.Column[Any]) -> bool:
    is_numbered = column.primary_key and column.autoincrement is True
    return not (
        column.nullable or column.computed is not None or column.server_default is not None or is_numbered
    )


def _value(column: sa.Column[Any]) -> str:
    for key in column.foreign_keys:
        return f"(SELECT min({key.column.name}) FROM {key.column.table.name})"
    return next(text for kind, text in _VALUES.items() if isinstance(column.type, kind))
