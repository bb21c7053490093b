"""What PostgreSQL's own catalogue says of a schema, as lines that can be compared."""

from typing import Final

import sqlalchemy as sa

COLUMNS: Final = """
SELECT format('column %s.%s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
  CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN ' COLLATE ' || (
    SELECT collname FROM pg_collation WHERE oid = a.attcollation) ELSE '' END,
  CASE a.attidentity WHEN '' THEN '' ELSE ' IDENTITY' END,
  coalesce(CASE a.attgenerated WHEN '' THEN ' DEFAULT ' ELSE ' GENERATED ' END || pg_get_expr(d.adbin, d.adrelid), ''))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' AND c.relname = ANY(:tables)"""
CONSTRAINTS: Final = """
SELECT format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype NOT IN ('n', 't') AND c.relname = ANY(:tables)"""
INDICES: Final = """
SELECT 'index ' || pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = ANY(:tables)"""
TRIGGERS: Final = """
SELECT format('%s', pg_get_triggerdef(t.oid)) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relname = ANY(:tables)"""
FUNCTIONS: Final = """
SELECT pg_get_functiondef(p.oid) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
  AND p.proname NOT LIKE 'procrastinate%' ORDER BY p.oid"""
RIGHTS: Final = """
SELECT c.relname, array(
  SELECT one FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) one
  WHERE has_table_privilege(:role, c.oid, one) OR (
    one IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege(:role, c.oid, one))) AS rights
FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm', 'p') AND c.relnamespace = 'public'::regnamespace"""


def lines_of(connection: sa.Connection, tables: list[str], *parts: str) -> list[str]:
    """The lines of these parts of the schema, for these tables, in order."""
    return sorted(
        line
        for part in parts or (COLUMNS, CONSTRAINTS, INDICES)
        for line in connection.execute(sa.text(part), {"tables": tables}).scalars()
    )


def difference(these: list[str], those: list[str]) -> list[str]:
    """What is in one only: "- " before what the first has, "+ " before what the second has."""
    first, second = set(these), set(those)
    return [f"- {line}" for line in sorted(first - second)] + [f"+ {line}" for line in sorted(second - first)]
