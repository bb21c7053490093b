"""The patient, and the organizations, practitioners and payers their record names."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from hms_app.domain.interop.rules.fhir import administrative
from hms_app.domain.interop.rules.fhir.elements import Json
from hms_app.domain.interop.rules.fhir.identifiers import CODE_OF, KNOWN, MRN, SYSTEM_OF
from hms_app.domain.interop.rules.fhir.names import OURS
from hms_app.domain.interop.rules.fhir.patients import (
    BIRTH_PLACE,
    BIRTH_SEX,
    ETHNICITIES,
    ETHNICITY,
    GEOLOCATION,
    MARITAL,
    PATIENTS,
    RACE,
    RACES,
)
from hms_app.domain.interop.rules.fhir.writing.elements import (
    Row,
    Writing,
    filled,
    hl7,
    joined,
    listed,
    number,
    own,
)

_CENSUS: Final = "urn:oid:2.16.840.1.113883.6.238"
_BIRTH_SEXES: Final = {"female": "F", "male": "M", "other": "OTH", "unknown": "UNK"}
_MARITAL_CODES: Final = {word: code for code, word in MARITAL.items()}
_RELATIONS: Final = {"emergency_contact": "C", "guarantor": "GT", "guardian": "GUARD"}
_RELATION_SYSTEMS: Final = {"C": "v2-0131", "GT": "v3-RoleCode", "GUARD": "v3-RoleCode"}


def write_organization(writing: Writing, row: Row) -> Json:
    """A clinic, hospital or practice."""
    return writing.resource(
        "Organization", "organization", row, _institution(row), administrative.ORGANIZATION
    )


def write_payer(writing: Writing, row: Row) -> Json:
    """Whoever pays."""
    elements = {
        **_institution(row),
        "type": [hl7("organization-type", "pay", "Payer")],
        "extension": [own("payer-kind", valueCode=row["kind"])],
    }
    return writing.resource("Organization", "payer", row, elements, administrative.PAYER)


def write_practitioner(writing: Writing, row: Row) -> Json:
    """A person who treats patients."""
    employer = writing.reference("organization", row["organization_id"])
    number_system = f"{OURS}registration-number"
    registered = {"system": number_system, "value": row["registration_number"]}
    elements = {
        "active": row["is_active"],
        "name": [_name(row, "official")],
        "identifier": listed(registered if row["registration_number"] else None),
        "qualification": listed({"code": {"text": row["specialty"]}} if row["specialty"] else None),
        "extension": listed(own("organization", valueReference=employer) if employer else None),
    }
    return writing.resource("Practitioner", "practitioner", row, elements, administrative.PRACTITIONER)


def write_patient(writing: Writing, row: Row, belongings: dict[str, Sequence[Row]]) -> Json:
    """The patient with what `belongings` has of contact points, addresses, relations and identifiers."""
    elements = {
        "meta": filled({"source": f"{OURS}record", "security": listed(_restricted(row))}),
        "extension": _traits(row),
        "identifier": [
            _record_number(writing, row),
            *(_identifier(one) for one in belongings.get("patient_identifier", ())),
        ],
        "active": row["status"] == "active",
        "name": _names(row),
        "telecom": [_telecom(one) for one in belongings.get("patient_contact_point", ())],
        "gender": row["gender"],
        "birthDate": _born(row),
        "deceasedBoolean": True if row["deceased_precision"] == "unknown" else None,
        "deceasedDateTime": _died(row),
        "address": [_address(one) for one in belongings.get("patient_address", ())],
        "maritalStatus": _marital(row),
        "contact": [_contact(one) for one in belongings.get("patient_relation", ())],
        "communication": listed(_language(row)),
    }
    return writing.resource("Patient", "patient", row, elements, PATIENTS)


def _institution(row: Row) -> Json:
    address = {
        "line": listed(row["address_line"]),
        "city": row["city"],
        "state": row["region"],
        "postalCode": row["postal_code"],
    }
    return {
        "name": row["name"],
        "address": listed(filled(address)),
        "telecom": listed({"system": "phone", "value": row["phone"]} if row["phone"] else None),
    }


def _name(row: Row, use: str) -> Json:
    return filled(
        {
            "use": use,
            "family": row["family_name"],
            "given": row["given_names"].split(),
            "prefix": listed(row["prefix"]),
            "suffix": listed(row.get("suffix")),
        }
    )


def _names(row: Row) -> list[Json]:
    maiden = {"use": "maiden", "family": row["maiden_name"]} if row["maiden_name"] else None
    preferred = {"use": "nickname", "text": row["preferred_name"]} if row["preferred_name"] else None
    return [_name(row, "official"), *listed(maiden), *listed(preferred)]


def _restricted(row: Row) -> Json | None:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    return {"system": system, "code": "R"} if row["is_restricted"] else None


def _traits(row: Row) -> list[Json]:
    found = [
        {"url": BIRTH_SEX, "valueCode": _BIRTH_SEXES[row["sex_at_birth"]]},
        _census(RACE, row["race"], RACES),
        _census(ETHNICITY, row["ethnicity"], ETHNICITIES),
        {"url": BIRTH_PLACE, "valueAddress": {"text": row["birth_place"]}} if row["birth_place"] else None,
    ]
    return [one for one in found if one]


def _census(url: str, word: str, words: dict[str, str]) -> Json | None:
    if not word:
        return None
    code = next((code for code, known in words.items() if known == word), None)
    coding = {"url": "ombCategory", "valueCoding": {"system": _CENSUS, "code": code, "display": word}}
    return {
        "url": url,
        "extension": [*listed(coding if code else None), {"url": "text", "valueString": word}],
    }


def _born(row: Row) -> str | None:
    born = row["birth_date"]
    if born is None:
        return None
    return born.isoformat() if row["birth_date_precision"] == "exact" else f"{born.year:04}"


def _died(row: Row) -> str | None:
    """The instant of death, or the day, month or year that is known of it."""
    died: dt.datetime | None = row["deceased_at"]
    if died is None:
        return None
    day = died.astimezone(dt.UTC).date().isoformat()
    lengths = {"year": 4, "month": 7}
    return (
        day[: lengths.get(row["deceased_precision"], 10)] if row["deceased_is_day_only"] else died.isoformat()
    )


def _marital(row: Row) -> Json | None:
    code = _MARITAL_CODES.get(row["marital_status"])
    return hl7("v3-MaritalStatus", code) if code else None


def _language(row: Row) -> Json | None:
    language = row["language"]
    if not language:
        return None
    if len(language) > 3:
        return {"language": {"text": language}}
    return {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": language}]}}


def _record_number(writing: Writing, row: Row) -> Json:
    return filled(
        {
            "type": hl7("v2-0203", "MR"),
            "system": f"{MRN}{writing.stamp}",
            "value": row["mrn"],
            "assigner": filled({"display": writing.hospital}),
        }
    )


def _identifier(row: Row) -> Json:
    kind, issuer = row["type"], row["issuer"]
    named = issuer if ":" in issuer and " " not in issuer else ""
    system = SYSTEM_OF.get((kind, issuer)) or row["system"] or named
    is_known = system in KNOWN
    coding = hl7("v2-0203", CODE_OF[kind])["coding"] if kind in CODE_OF else []
    return filled(
        {
            "type": filled({"coding": coding, "text": kind}),
            "system": system,
            "value": row["value"],
            "assigner": None if is_known or system == issuer else {"display": issuer} if issuer else None,
            "period": _until(row),
        }
    )


def _until(row: Row) -> Json | None:
    return {"end": row["ended_on"].isoformat()} if row["ended_on"] else None


def _telecom(row: Row) -> Json:
    use = row["use"] if row["use"] != "other" else "temp"
    return filled({"system": row["system"], "use": use, "value": row["value"], "period": _until(row)})


def _address(row: Row) -> Json:
    use = {"mobile": "temp", "other": "temp"}.get(row["use"], row["use"])
    return filled(
        {
            "use": use,
            "line": listed(row["address_line"]),
            "city": row["city"],
            "district": row["county"],
            "state": row["region"],
            "postalCode": row["postal_code"],
            "country": row["country"],
            "period": _until(row),
            "extension": listed(_geolocation(row)),
        }
    )


def _geolocation(row: Row) -> Json | None:
    if row["latitude"] is None or row["longitude"] is None:
        return None
    degrees: list[dict[str, Any]] = [
        {"url": name, "valueDecimal": number(row[name])} for name in ("latitude", "longitude")
    ]
    return {"url": GEOLOCATION, "extension": degrees}


def _contact(row: Row) -> Json:
    code = _RELATIONS.get(row["kind"])
    described = {"text": row["relationship_name"]} if row["relationship_name"] else None
    return filled(
        {
            "relationship": [
                *listed(hl7(_RELATION_SYSTEMS[code], code) if code else None),
                *listed(described),
            ],
            "name": {"text": joined([row["name"]])},
            "telecom": listed({"system": "phone", "value": row["phone"]} if row["phone"] else None),
            "period": _until(row),
        }
    )
