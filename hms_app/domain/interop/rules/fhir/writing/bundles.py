"""The bundle of one record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.names import OURS
from hms_app.domain.interop.rules.fhir.writing.clinical import WRITERS, is_component
from hms_app.domain.interop.rules.fhir.writing.elements import Row, Writing, filled
from hms_app.domain.interop.rules.fhir.writing.further import NOTHING, Below
from hms_app.domain.interop.rules.fhir.writing.people import (
    write_organization,
    write_patient,
    write_payer,
    write_practitioner,
)

LEFT_OUT: Final = f"{OURS}left-out"


@dataclass(frozen=True)
class RecordContents:
    """Everything of one patient that whoever asks may see, as rows by their table; `left_out` names the rest."""

    stamp: str
    hospital: str
    patient: Row
    rows: Mapping[str, Sequence[Row]]
    left_out: tuple[str, ...] = ()
    people: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def write_bundle(contents: RecordContents, *, made_at: str) -> Json:
    """A collection of everything in the record; what was left out stands in the bundle's tags."""
    writing = Writing(contents.stamp, contents.hospital)
    resources = [
        *(write_organization(writing, row) for row in contents.people.get("organization", ())),
        *(write_payer(writing, row) for row in contents.people.get("payer", ())),
        *(write_practitioner(writing, row) for row in contents.people.get("practitioner", ())),
        write_patient(writing, contents.patient, dict(contents.rows)),
    ]
    below = _below(contents)
    for table, write in WRITERS.items():
        for row in contents.rows.get(table, ()):
            if not (table == "observation" and row["panel_id"] is not None and is_component(row)):
                resources.append(write(writing, row, below.get(table, NOTHING)))
    return filled(
        {
            "resourceType": "Bundle",
            "id": writing.id_of("bundle", contents.patient["id"]),
            "meta": {"tag": [_left_out(what) for what in contents.left_out]} if contents.left_out else None,
            "type": "collection",
            "timestamp": made_at,
            "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in resources],
        }
    )


def _left_out(what: str) -> Json:
    return {"system": LEFT_OUT, "code": what.lower().replace(" ", "-"), "display": f"{what}: not included"}


def _below(contents: RecordContents) -> dict[str, Below]:
    observed = contents.rows.get("observation", ())
    return {
        "allergy_intolerance": _by(contents.rows.get("allergy_reaction", ()), "allergy_id"),
        "observation": _by(observed, "panel_id"),
        "diagnostic_report": _by(observed, "diagnostic_report_id"),
    }


def _by(rows: Sequence[Row], column: str) -> Below:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        if row[column] is not None:
            grouped.setdefault(row[column], []).append(row)
    return grouped
