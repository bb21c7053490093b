"""What is known about rows from outside: the table they go to, what they refer to, and for a file its columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hms_app.domain.interop.rules.fields import Fields, Rejected
from hms_app.domain.interop.rules.keys import SeenKeys, content_digest, digest
from hms_app.domain.interop.values import SOURCE, Columns

Values = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row that is well formed in itself; whether what it refers to exists is for the database to say."""

    line: int
    key: str
    digest: str
    values: Values


@dataclass(frozen=True)
class Reference:
    """A column that names a row of another file by that row's key, or, with a type of resource, by an identifier."""

    column: str
    target: str
    table: str
    word: str
    resource_type: str = ""


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """Where rows of one kind go: `data` are the table's columns, `extra` is staged for further tables.

    `stem` names the kind in reports: a file of an export, or a type of resource. With `stays_with_patient` a row that
    is there already may not become another patient's.
    """

    stem: str
    table: str
    data: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    extra: tuple[str, ...] = ()
    currency: str | None = None
    source: str = SOURCE
    stays_with_patient: bool = False


@dataclass(frozen=True, kw_only=True)
class FileSpec(TableSpec):
    """How the rows of one file become rows of one table.

    `parse` gives the table's values by column, and those of `extra`. `key` names the columns that identify a row: a
    single one is the file's own id and may occur once; several are a natural key, whose repeats are numbered in the
    file's order.
    """

    columns: Columns
    key: tuple[str, ...]
    parse: Callable[[Fields], Values]

    def parse_row(self, line: int, fields: Fields, seen: SeenKeys) -> ParsedRow:
        """The row's typed values; raises `Rejected` with the reason it cannot be taken over."""
        values = self.parse(fields)
        for reference in self.references:
            values[f"ref_{reference.target}"] = fields.text(reference.column, limit=100)
        key = self._key(fields, seen)
        return ParsedRow(line, key, content_digest(values), values)

    def _key(self, fields: Fields, seen: SeenKeys) -> str:
        if len(self.key) == 1:
            key = fields.needed(self.key[0], limit=100)
            if seen.times_seen(key):
                raise Rejected(f"{self.key[0]} occurs a second time in this file: {key[:40]}")
            return key
        key = digest(*(fields.raw(name) for name in self.key))
        repeat = seen.times_seen(key)
        return f"{key}-{repeat}" if repeat else key


PATIENT: Final = Reference("PATIENT", "patient_id", "patient", "patient")
ENCOUNTER: Final = Reference("ENCOUNTER", "encounter_id", "encounter", "encounter")
PAYER: Final = Reference("PAYER", "payer_id", "payer", "payer")
ORGANIZATION: Final = Reference("ORGANIZATION", "organization_id", "organization", "organization")
PROVIDER: Final = Reference("PROVIDER", "practitioner_id", "practitioner", "provider")
