"""`import_row`: the staged rows with the ids of what they refer to, what is there already, and what is wrong.

What must be named (the patient) and is nowhere refuses a row of FHIR; what may be named (the visit, who did it, where)
leaves it, with the words the file has for it. A row that an export of this hospital brings home is that row.
"""

from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlmodel import SQLModel

from hms_app.domain.interop.queries import stamp_of
from hms_app.domain.interop.rules.fhir.names import ROW
from hms_app.domain.interop.rules.specs import ParsedRow, Reference, TableSpec
from hms_app.domain.interop.values import FHIR

_LABELS: Final = {"encounter_id": "Visit", "practitioner_id": "By", "organization_id": "At"}
"""How a note calls what a row names and nobody here knows."""
_SURVIVOR: Final = """CASE WHEN p.merged_into_id IS NULL THEN p.id ELSE (
    WITH RECURSIVE above AS (
        SELECT p.merged_into_id AS id
        UNION ALL SELECT q.merged_into_id FROM patient q JOIN above ON q.id = above.id
        WHERE q.merged_into_id IS NOT NULL)
    SELECT above.id FROM above JOIN patient q ON q.id = above.id WHERE q.merged_into_id IS NULL) END"""


def resolve(connection: sa.Connection, spec: TableSpec, rows: list[ParsedRow]) -> None:
    """Make `import_row` of `import_stage`."""
    home = _home_of(connection, spec, rows)
    resolving = _Resolving(spec, home)
    connection.execute(sa.text(resolving.sql()), {"source": spec.source})
    if "unresolved" in spec.extra:
        connection.execute(sa.text(_note_sql(spec)))
    connection.execute(sa.text("ANALYZE import_row"))


def _home_of(connection: sa.Connection, spec: TableSpec, rows: list[ParsedRow]) -> str:
    """What the keys of this hospital's own rows begin with, where any row comes home; else ""."""
    if spec.source != FHIR:
        return ""
    columns = [f"ref_{reference.target}" for reference in spec.references]
    told = ((row.key, *(row.values.get(column) for column in columns)) for row in rows)
    if not any(key and key.startswith(f"{ROW}:") for keys in told for key in keys):
        return ""
    return f"{ROW}:{stamp_of(connection.execute(sa.text('SELECT founded_at FROM hospital')).scalar())}"


class _Resolving(NamedTuple):
    """How the rows of a kind find what they refer to; `home` begins the keys of this hospital's own rows."""

    spec: TableSpec
    home: str

    def sql(self) -> str:
        """The statement that makes `import_row`."""
        spec = self.spec
        ids = "".join(f", {self._id_or_none(ref)} AS {ref.target}" for ref in spec.references)
        joins = "\n".join(self._joins(ref) for ref in spec.references)
        home_id, known = "NULL::bigint", "t.id"
        own = ""
        if self.home:
            own = f"LEFT JOIN {spec.table} th ON th.id = {self._own_id('s.source_key', spec.table)}"
            home_id, known = "th.id", "t.id" if spec.table == "patient" else "coalesce(t.id, th.id)"
        return f"""CREATE TEMPORARY TABLE import_row ON COMMIT DROP AS
            SELECT s.*{ids}, {known} AS existing_id, {home_id} AS home_id,
                   {self._is_changed()} AS is_changed, {self._reason()} AS reason, {self._remark()} AS remark
            FROM import_stage s
            {joins}
            LEFT JOIN {spec.table} t ON t.source_system = :source AND t.source_key = s.source_key
            {own}"""

    def _joins(self, ref: Reference) -> str:
        join = (
            f"LEFT JOIN {self._target(ref)} r_{ref.target} ON r_{ref.target}.source_system = :source"
            f" AND r_{ref.target}.source_key = s.ref_{ref.target}"
        )
        if not self.home:
            return join
        own = f"SELECT p.id AS own_id, {_SURVIVOR if ref.table == 'patient' else 'p.id'} AS id"
        own += ", p.patient_id" if ref.table == "encounter" else ""
        return (
            f"{join}\nLEFT JOIN ({own} FROM {ref.table} p) h_{ref.target}"
            f" ON h_{ref.target}.own_id = {self._own_id(f's.ref_{ref.target}', ref.table)}"
        )

    def _target(self, ref: Reference) -> str:
        """The rows a reference may mean.

        A patient whose record was merged is meant as the survivor; a FHIR key may have been given to a patient of
        another source.
        """
        if ref.table != "patient":
            return ref.table
        own = f"SELECT {_SURVIVOR} AS id, p.source_system, p.source_key FROM patient p"
        others = "SELECT patient_id, source_system, source_key FROM patient_source"
        return f"({own} UNION ALL {others})" if self.spec.source == FHIR else f"({own})"

    def _own_id(self, key: str, table: str) -> str:
        return (
            f"CASE WHEN starts_with({key}, '{self.home}:{table}:') AND split_part({key}, ':', 6) ~ '^[0-9]{{1,18}}$'"
            f" THEN split_part({key}, ':', 6)::bigint END"
        )

    def _found(self, ref: Reference, column: str = "id") -> str:
        own = f"r_{ref.target}.{column}"
        return f"coalesce({own}, h_{ref.target}.{column})" if self.home else own

    def _id_or_none(self, ref: Reference) -> str:
        """The id of what is meant; of an encounter only when it is the same patient's, where that may be left out."""
        found = self._found(ref)
        if not self._is_foreign(ref) or self._is_strict(ref):
            return found
        return f"CASE WHEN NOT {self._is_foreign(ref)} THEN {found} END"

    def _is_foreign(self, ref: Reference) -> str:
        """Whether an encounter is another patient's; "" where that cannot be."""
        patient = next((one for one in self.spec.references if one.target == "patient_id"), None)
        if ref.target != "encounter_id" or patient is None:
            return ""
        return f"coalesce({self._found(ref, 'patient_id')} <> {self._found(patient)}, FALSE)"

    def _is_strict(self, ref: Reference) -> bool:
        """Whether a row is nothing without what it refers to."""
        column = SQLModel.metadata.tables[self.spec.table].c.get(ref.target)
        return self.spec.source != FHIR or (column is not None and not column.nullable)

    def _is_changed(self) -> str:
        changed = "t.source_hash IS DISTINCT FROM s.source_hash"
        columns = SQLModel.metadata.tables[self.spec.table].c
        loose = [ref for ref in self.spec.references if ref.target in columns and not self._is_strict(ref)]
        late = (f"(t.{ref.target} IS NULL AND {self._id_or_none(ref)} IS NOT NULL)" for ref in loose)
        changed = f"({' OR '.join([changed, *late])})"
        if not self.home:
            return changed
        return changed if self.spec.table == "patient" else f"(th.id IS NULL AND {changed})"

    def _reason(self) -> str:
        cases = [
            f"WHEN s.ref_{ref.target} IS NOT NULL AND {self._found(ref)} IS NULL"
            f" THEN '{ref.column} refers to no {ref.word}: ' || left(s.ref_{ref.target}, 60)"
            for ref in self.spec.references
            if self._is_strict(ref)
        ]
        cases += [
            f"WHEN {self._is_foreign(ref)}"
            f" THEN '{ref.column} belongs to another patient: ' || left(s.ref_{ref.target}, 60)"
            for ref in self.spec.references
            if self._is_strict(ref) and self._is_foreign(ref)
        ]
        patient = next((ref for ref in self.spec.references if ref.target == "patient_id"), None)
        if self.spec.stays_with_patient and patient is not None:
            holder = "coalesce(t.patient_id, th.patient_id)" if self.home else "t.patient_id"
            cases.append(
                f"WHEN {holder} <> {self._found(patient)}"
                " THEN 'its id is that of a record of another patient: ' || left(s.source_key, 60)"
            )
        return f"CASE {' '.join(cases)} END" if cases else "NULL::text"

    def _remark(self) -> str:
        """What a row is kept without."""
        said = []
        for ref in self.spec.references:
            if self._is_strict(ref):
                continue
            missing = f"s.ref_{ref.target} IS NOT NULL AND {self._found(ref)} IS NULL"
            said.append(
                f"CASE WHEN {missing} THEN 'kept without its {ref.word}: {ref.column} refers to none that is"
                f" known, ' || left(s.ref_{ref.target}, 60) END"
            )
            if foreign := self._is_foreign(ref):
                said.append(
                    f"CASE WHEN {foreign} THEN 'kept without its {ref.word}: {ref.column} belongs to another"
                    f" patient, ' || left(s.ref_{ref.target}, 60) END"
                )
        return f"nullif(concat_ws('; ', {', '.join(said)}), '')" if said else "NULL::text"


def _note_sql(spec: TableSpec) -> str:
    """Write into the note what the file calls those that a row names and nobody here knows."""
    named = [ref.target for ref in spec.references if ref.target in _LABELS]
    lines = (
        f"CASE WHEN {target} IS NULL THEN '{_LABELS[target]}: ' || (unresolved::jsonb ->> '{target}') END"
        for target in named
    )
    return (
        f"UPDATE import_row SET note = concat_ws(E'\\n', nullif(note, ''), {', '.join(lines)})"
        " WHERE unresolved IS NOT NULL"
    )
