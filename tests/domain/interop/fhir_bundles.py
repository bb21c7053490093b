"""Small FHIR resources for tests, whole unless overridden; an override of None leaves the element out."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def patient(key: str = "p1", **overrides: Any) -> Json:
    """Anna Berg, born 3 February 1980, with a social security number."""
    return _with(
        {
            "resourceType": "Patient",
            "id": key,
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": f"999-00-{key}"}],
            "name": [{"use": "official", "family": "Berg", "given": ["Anna"]}],
            "gender": "female",
            "birthDate": "1980-02-03",
        },
        overrides,
    )


def practitioner(key: str = "d1", **overrides: Any) -> Json:
    """Dr Ada Okafor."""
    return _with(
        {
            "resourceType": "Practitioner",
            "id": key,
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": f"npi-{key}"}],
            "name": [{"family": "Okafor", "given": ["Ada"], "prefix": ["Dr."]}],
        },
        overrides,
    )


def organization(key: str = "o1", **overrides: Any) -> Json:
    """A clinic."""
    return _with({"resourceType": "Organization", "id": key, "name": "Harbour Clinic"}, overrides)


def encounter(key: str = "e1", of: str = "Patient/p1", **overrides: Any) -> Json:
    """A visit of half an hour."""
    return _with(
        {
            "resourceType": "Encounter",
            "id": key,
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [concept("185349003", "Encounter for check up")],
            "subject": {"reference": of},
            "period": {"start": "2020-05-06T10:00:00+02:00", "end": "2020-05-06T10:30:00+02:00"},
        },
        overrides,
    )


def observation(key: str = "x1", of: str = "Patient/p1", **overrides: Any) -> Json:
    """A body height of 171.5 cm."""
    return _with(
        {
            "resourceType": "Observation",
            "id": key,
            "status": "final",
            "category": [
                concept("vital-signs", "", "http://terminology.hl7.org/CodeSystem/observation-category")
            ],
            "code": concept("8302-2", "Body Height", "http://loinc.org"),
            "subject": {"reference": of},
            "effectiveDateTime": "2020-05-06T10:10:00Z",
            "valueQuantity": quantity(171.5, "cm"),
        },
        overrides,
    )


def blood_pressure(key: str = "bp", systolic: float = 120, diastolic: float = 80, **overrides: Any) -> Json:
    """A panel of two components."""
    parts = [
        {
            "code": concept("8480-6", "Systolic", "http://loinc.org"),
            "valueQuantity": quantity(systolic, "mm[Hg]"),
        },
        {
            "code": concept("8462-4", "Diastolic", "http://loinc.org"),
            "valueQuantity": quantity(diastolic, "mm[Hg]"),
        },
    ]
    return observation(
        key,
        **{
            "code": concept("55284-4", "Blood Pressure", "http://loinc.org"),
            "valueQuantity": None,
            "component": parts,
            **overrides,
        },
    )


def condition(key: str = "c1", of: str = "Patient/p1", **overrides: Any) -> Json:
    """An active asthma."""
    return _with(
        {
            "resourceType": "Condition",
            "id": key,
            "clinicalStatus": concept("active", ""),
            "code": concept("195967001", "Asthma (disorder)"),
            "subject": {"reference": of},
            "onsetDateTime": "2019-03",
        },
        overrides,
    )


def report(key: str = "r1", of: str = "Patient/p1", *results: str, **overrides: Any) -> Json:
    """A laboratory report with these results."""
    return _with(
        {
            "resourceType": "DiagnosticReport",
            "id": key,
            "status": "final",
            "code": concept("57698-3", "Lipid panel", "http://loinc.org"),
            "subject": {"reference": of},
            "effectiveDateTime": "2020-05-06T10:10:00Z",
            "result": [{"reference": result} for result in results],
        },
        overrides,
    )


def concept(code: str, display: str, system: str = "http://snomed.info/sct") -> Json:
    """A CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code, "display": display or code}]}


def quantity(value: float, unit: str) -> Json:
    """A value in UCUM."""
    return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


def bundle(*resources: Json, base: str = "") -> Json:
    """A collection; with a base its entries have the addresses of that server."""
    entries: list[Json] = []
    for resource in resources:
        entry: Json = {"resource": resource}
        if base:
            entry["fullUrl"] = f"{base}/{resource['resourceType']}/{resource['id']}"
        entries.append(entry)
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def write(directory: Path, **files: Any) -> Path:
    """A directory with these JSON files, `_` in a name standing for a dot before the last part."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if isinstance(content, list):
            lines = "".join(json.dumps(one) + "\n" for one in content)
            (directory / f"{name}.ndjson").write_text(lines, encoding="utf-8")
        else:
            (directory / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return directory


def _with(resource: Json, overrides: Json) -> Json:
    changed = {**resource, **overrides}
    return {name: value for name, value in changed.items() if value is not None}
