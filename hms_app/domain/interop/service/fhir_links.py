"""Which observations are the results of a report, and which stand below a panel that names them as its members."""

from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.interop.values import InteropAction

_COLUMNS: Final = {
    "report-results": ("diagnostic_report", "diagnostic_report_id"),
    "panel-members": ("observation", "panel_id"),
}

Links = list[tuple[str, list[str]]]


def load_links(actor: Actor, kind: str, links: Links) -> None:
    """Make each parent's children exactly these, as far as both are here and of one patient."""
    db.in_transaction(lambda session: link_observations(session, actor, kind=kind, links=links))


@use_case(Permission.INTEROP_IMPORT_RUN)
def link_observations(session: Session, actor: Actor, *, kind: str, links: Links) -> int:
    """Set and clear the links that differ; answers how many did."""
    connection = session.connection()
    table, column = _COLUMNS[kind]
    _stage(connection, links)
    cleared = connection.execute(sa.text(_CLEAR.format(table=table, column=column))).rowcount
    linked = connection.execute(sa.text(_LINK.format(table=table, column=column))).rowcount
    changed = cleared + linked
    if changed:
        audit.record(session, actor, InteropAction.CHUNK_LOADED, "observation", after={"linked": changed})
    return changed


def _stage(connection: sa.Connection, links: Links) -> None:
    connection.execute(sa.text("DROP TABLE IF EXISTS pg_temp.import_link"))
    connection.execute(sa.text("CREATE TEMPORARY TABLE import_link (parent text, child text) ON COMMIT DROP"))
    connection.execute(
        sa.text(
            "INSERT INTO import_link SELECT * FROM unnest(CAST(:parents AS text[]), CAST(:children AS text[]))"
        ),
        {
            "parents": [parent for parent, children in links for _ in children],
            "children": [child for _, children in links for child in children],
        },
    )
    connection.execute(_NAME)
    connection.execute(sa.text("ANALYZE import_link"))


_NAME: Final = sa.text(
    """UPDATE import_link l SET child = coalesce(
           (SELECT min(i.source_key) FROM import_identifier i
            WHERE i.resource_type = 'Observation' AND i.name = substr(l.child, 2) HAVING count(*) = 1), l.child)
       WHERE l.child LIKE '?%'"""
)
_CLEAR: Final = """
UPDATE observation o SET {column} = NULL
FROM {table} p
WHERE p.source_system = 'fhir' AND p.source_key IN (SELECT parent FROM import_link) AND o.{column} = p.id
  AND o.source_system = 'fhir' AND o.source_key NOT LIKE '%#component-%'
  AND NOT EXISTS (SELECT FROM import_link l WHERE l.parent = p.source_key AND l.child = o.source_key)"""
_LINK: Final = """
UPDATE observation o SET {column} = w.id
FROM (SELECT c.id AS child, min(p.id) AS id
      FROM import_link l
      JOIN {table} p ON p.source_system = 'fhir' AND p.source_key = l.parent
      JOIN observation c ON c.source_system = 'fhir' AND c.source_key = l.child
      WHERE p.patient_id = c.patient_id AND (p.id <> c.id OR '{table}' <> 'observation')
      GROUP BY c.id) w
WHERE o.id = w.child AND o.{column} IS DISTINCT FROM w.id"""
