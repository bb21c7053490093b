"""Filling tables by COPY, quickly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql


@contextmanager
def bare_tables(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """These tables without indices, constraints and triggers, which are put back afterwards in one pass each."""
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE (conrelid::regclass::text = ANY(%(t)s) AND contype IN ('p', 'u', 'f', 'x'))"
        " OR (confrelid::regclass::text = ANY(%(t)s) AND contype = 'f')"
        " ORDER BY contype = 'f', conname",
        {"t": list(tables)},
    ).fetchall()
    for table, name, _ in reversed(constraints):
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(name))
        )
    indices = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%(t)s)",
        {"t": list(tables)},
    ).fetchall()
    for name, _ in indices:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    yield
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
    for _, definition in indices:
        connection.execute(definition)
    for table, name, definition in constraints:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.SQL(table), sql.Identifier(name), sql.SQL(definition)
            )
        )
