"""Building resources: empty elements are left out, codes get their systems back, dates the precision they have."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from hms_app.domain.interop.rules.fhir.codes import SYSTEM_URIS
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.names import EXPORTED, OURS, ROW, Names, named
from hms_app.domain.interop.rules.fhir.reading import Reading
from hms_app.domain.interop.rules.fhir.specs import BLANK, COLUMN, NULL, ResourceSpec
from hms_app.domain.interop.rules.fields import Rejected

Row = Mapping[str, Any]
NOT_SAID: Final = "not said"
"""What stands where FHIR wants a code and the row has none; an extension says that it is none."""
_LENGTHS: Final = {"year": 4, "month": 7}


@dataclass(frozen=True)
class Writing:
    """The hospital whose record is written; ids are made of its stamp, so that two hospitals' never meet."""

    stamp: str
    hospital: str

    def id_of(self, table: str, row_id: int) -> str:
        """The id of the resource of a row."""
        return str(uuid5(NAMESPACE_URL, f"{OURS}{self.stamp}:{table}:{row_id}"))

    def row_of(self, table: str, row: Row) -> str:
        """Which row of which hospital this is: the one that it was read from, or this hospital's own."""
        known = str(row.get("source_key") or "")
        return known if known.startswith(f"{ROW}:") else f"{ROW}:{self.stamp}:{table}:{row['id']}"

    def reference(self, table: str, row_id: int | None, display: str = "") -> Json | None:
        """A reference to the resource of a row; None to none."""
        if row_id is None:
            return None
        return filled({"reference": f"urn:uuid:{self.id_of(table, row_id)}", "display": display})

    def resource(self, kind: str, table: str, row: Row, elements: Json, spec: ResourceSpec) -> Json:
        """The resource of a row, with extensions for all that its elements do not say exactly."""
        resource = filled(
            {
                "resourceType": kind,
                "id": self.id_of(table, row["id"]),
                "meta": {"source": EXPORTED},
                **elements,
                "extension": [
                    own("row", valueString=self.row_of(table, row)),
                    *elements.get("extension", []),
                ],
            }
        )
        told = _read_back(resource, kind, spec)
        exact = [_exactly(name, row[name]) for name in spec.data if not _same(row[name], told.get(name))]
        return {**resource, "extension": [*resource.get("extension", []), *exact]} if exact else resource


def filled(element: Mapping[str, Any]) -> Json:
    """The element without what is empty, however deep in it: FHIR knows neither empty lists nor empty objects."""
    kept = ((name, _kept(value)) for name, value in element.items())
    return {name: value for name, value in kept if not _is_empty(value)}


def listed(value: Any) -> list[Any]:
    """A list of one, or of none."""
    return [value] if value else []


def concept(code: str, system: str, display: str) -> Json | None:
    """A CodeableConcept; None for none."""
    uri = SYSTEM_URIS.get(system, system)
    coding = filled({"system": uri if ":" in uri else "", "code": code, "display": display}) if code else {}
    return filled({"coding": listed(coding), "text": display}) or None


def coded(row: Row) -> Json | None:
    """The CodeableConcept of a clinical row."""
    return concept(row["code"], row["code_system"], row["display"])


def named_code(row: Row) -> Json:
    """The CodeableConcept of a row that FHIR lets say nothing without one."""
    return coded(row) or {"text": NOT_SAID}


def hl7(name: str, code: str, display: str = "") -> Json:
    """A CodeableConcept of one of HL7's own code systems."""
    system = f"http://terminology.hl7.org/CodeSystem/{name}"
    return {"coding": [filled({"system": system, "code": code, "display": display})]}


def when(at: dt.datetime | None, row: Row, precision: str = "day") -> str | None:
    """An instant, or the day, month or year that is known of it."""
    if at is None or precision == "unknown":
        return None
    in_utc = at.astimezone(dt.UTC)
    is_midnight = in_utc.time() == dt.time()
    if not (row["is_day_only"] and is_midnight):
        return in_utc.isoformat()
    return in_utc.date().isoformat()[: _LENGTHS.get(precision, 10)]


def period(row: Row) -> Json:
    """The period of a clinical row."""
    return filled(
        {
            "start": when(row["occurred_at"], row, row.get("occurred_precision", "day")),
            "end": when(row["ended_at"], row, row.get("ended_precision", "day")),
        }
    )


def notes(row: Row) -> list[Json]:
    """What people added in their own words."""
    return listed(filled({"text": row["note"]}))


def own(name: str, **value: Any) -> Json:
    """An extension of our own."""
    return {"url": f"{OURS}{name}", **value}


def number(value: Decimal) -> int | float:
    """A number as JSON writes it; where it cannot be exact, the resource says it in an extension."""
    return (
        int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    )


def patient_of(writing: Writing, row: Row) -> Json | None:
    """Whose row it is."""
    return writing.reference("patient", row["patient_id"])


def visit_of(writing: Writing, row: Row) -> Json | None:
    """The visit it belongs to."""
    return writing.reference("encounter", row["encounter_id"])


def in_visit(writing: Writing, row: Row) -> list[Json]:
    """The visit, of a type of resource that has no element for it."""
    visit = visit_of(writing, row)
    return listed(own("encounter", valueReference=visit) if visit else None)


def between(row: Row, at: str, during: str) -> Json:
    """When it was: an instant or a day under one name, a period under the other."""
    if row["ended_at"] is not None:
        return {during: period(row)}
    return {at: when(row["occurred_at"], row, row.get("occurred_precision", "day"))}


def reasons(row: Row) -> list[Json]:
    """Why something was done."""
    return listed(concept(row["reason_code"], row["reason_system"], row["reason_display"]))


def joined(words: Iterable[str]) -> str:
    """The words that are not blank, with a space between them."""
    return " ".join(word for word in words if word)


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return filled(value)
    if isinstance(value, list):
        return [kept for one in value if not _is_empty(kept := _kept(one))]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _read_back(resource: Json, kind: str, spec: ResourceSpec) -> Mapping[str, Any]:
    """What reading the resource again gives; nothing where it says too little to be read: then extensions say all."""
    try:
        return spec.values(Reading(named(resource, kind, ""), Names()))
    except Rejected:
        return {}


def _exactly(name: str, value: Any) -> Json:
    text = _text(value)
    return own(f"{COLUMN}{name}", valueString=NULL if text is None else text or BLANK)


def _same(stored: Any, told: str | None) -> bool:
    if isinstance(stored, Decimal):
        return told is not None and Decimal(told) == stored
    return _text(stored) == told


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
