"""Organizations, places, payers and practitioners."""

from json import dumps
from typing import Final

from hms_app.core.text import fold
from hms_app.domain.interop.rules.fhir.codes import codes_of, concept
from hms_app.domain.interop.rules.fhir.elements import Json, first, flag, needed, part, parts, text, texts
from hms_app.domain.interop.rules.fhir.names import OURS, names_of
from hms_app.domain.interop.rules.fhir.people import person_name
from hms_app.domain.interop.rules.fhir.reading import Reading, own
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec, organization
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values
from hms_app.domain.organization.values import PayerKind

PAYER_TYPES: Final = frozenset({"pay", "ins"})
"""Organizations of these types pay; they are payers here and not places of treatment."""
_PLACE: Final = ("address_line", "city", "region", "postal_code", "phone")
_KINDS: Final = frozenset(kind.value for kind in PayerKind)


def is_payer(resource: Json) -> bool:
    """Whether an Organization is one that pays."""
    return not PAYER_TYPES.isdisjoint(codes_of(parts(resource, "type")))


def read_organization(reading: Reading) -> Values:
    """An outside clinic, hospital or practice."""
    resource = reading.resource
    return {
        "name": needed(resource, "name"),
        **_place(resource, first(resource, "address")),
        **_names(resource),
    }


def read_location(reading: Reading) -> Values:
    """A place of treatment, kept beside the organizations."""
    resource = reading.resource
    name = text(resource, "name") or text(resource, "description")
    if not name:
        raise Rejected("name is missing")
    return {"name": name, **_place(resource, part(resource, "address")), **_names(resource)}


def read_payer(reading: Reading) -> Values:
    """Whoever pays for patients."""
    resource = reading.resource
    name, kind = needed(resource, "name"), text(own(resource, "payer-kind"), "valueCode")
    return {
        "name": name,
        "name_key": fold(name),
        "kind": kind if kind in _KINDS else PayerKind.OTHER.value,
        **_place(resource, first(resource, "address")),
        **_names(resource),
    }


def read_practitioner(reading: Reading) -> Values:
    """A person who treats patients."""
    resource = reading.resource
    name = person_name(resource)
    family, given = name.family or name.given, name.given if name.family else ""
    if not family:
        raise Rejected("name is missing")
    specialty = concept(first(resource, "qualification"), "code").display
    employer = reading.refers(
        part(own(resource, "organization"), "valueReference"), "organization", "Organization"
    )
    return {
        "prefix": name.prefix,
        "given_names": given,
        "family_name": family,
        "name_key": fold(f"{family} {given}"),
        "specialty": specialty,
        "registration_number": _registration(resource),
        "is_active": "false" if flag(resource, "active") is False else "true",
        "ref_organization_id": employer.key if employer else None,
        **_names(resource),
    }


def _registration(resource: Json) -> str | None:
    ours = (one for one in parts(resource, "identifier") if one.get("system") == f"{OURS}registration-number")
    return next((text(one, "value", limit=100) for one in ours if one.get("value")), None)


def _place(resource: Json, address: Json) -> Values:
    phones = (one for one in parts(resource, "telecom") if one.get("system") == "phone")
    return {
        "address_line": ", ".join(texts(address, "line")),
        "city": text(address, "city"),
        "region": text(address, "state"),
        "postal_code": text(address, "postalCode", limit=40),
        "phone": next((text(one, "value", limit=60) for one in phones), ""),
    }


def _names(resource: Json) -> Values:
    return {"names": dumps(names_of(resource))}


ORGANIZATION: Final = ResourceSpec(
    stem="Organization",
    table="organization",
    data=("name", *_PLACE),
    extra=("names",),
    read=read_organization,
)
PAYER: Final = ResourceSpec(
    stem="Organization",
    table="payer",
    data=("name", "name_key", "kind", *_PLACE),
    extra=("names",),
    read=read_payer,
)
LOCATION: Final = ResourceSpec(
    stem="Location",
    table="organization",
    data=("name", *_PLACE),
    extra=("names",),
    read=read_location,
    key_prefix="Location/",
)
PRACTITIONER: Final = ResourceSpec(
    stem="Practitioner",
    table="practitioner",
    data=(
        *(
            "prefix",
            "given_names",
            "family_name",
            "name_key",
            "specialty",
            "registration_number",
            "is_active",
        ),
    ),
    references=(organization("organization"),),
    extra=("names",),
    read=read_practitioner,
)
