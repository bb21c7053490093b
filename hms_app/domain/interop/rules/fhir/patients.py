"""Patients: who they are, and what hangs on them."""

from json import dumps
from typing import Any, Final

from hms_app.domain.interop.rules.fhir.codes import concept
from hms_app.domain.interop.rules.fhir.elements import (
    Json,
    Moment,
    flag,
    is_to_come,
    last_moment,
    moment,
    number,
    part,
    parts,
    shown,
    text,
    texts,
    word,
)
from hms_app.domain.interop.rules.fhir.identifiers import PatientIdentity, identities
from hms_app.domain.interop.rules.fhir.names import names_of
from hms_app.domain.interop.rules.fhir.people import PersonName, name_of_use, other_names, person_name
from hms_app.domain.interop.rules.fhir.reading import Reading, extension
from hms_app.domain.interop.rules.fhir.specs import ResourceSpec
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values
from hms_app.domain.patients.errors import PhoneRefused
from hms_app.domain.patients.rules import name_sort, parse_phone, phone_number
from hms_app.domain.patients.values import (
    BirthDatePrecision,
    ContactSystem,
    ContactUse,
    DeathPrecision,
    MaritalStatus,
    PatientStatus,
    RelationKind,
    Sex,
    spoken_languages,
)

BIRTH_SEX: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
RACE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
ETHNICITY: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity"
ANIMAL: Final = "http://hl7.org/fhir/StructureDefinition/patient-animal"
BIRTH_PLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
GEOLOCATION: Final = "http://hl7.org/fhir/StructureDefinition/geolocation"
RACES: Final = {
    "1002-5": "native",
    "2028-9": "asian",
    "2054-5": "black",
    "2076-8": "hawaiian",
    "2106-3": "white",
    "2131-1": "other",
}
ETHNICITIES: Final = {"2135-2": "hispanic", "2186-5": "nonhispanic"}
"""The codes of the US census office in the words of Synthea's CSV files."""
_SEXES: Final = {sex.value: sex.value for sex in Sex}
_BIRTH_SEXES: Final = {
    "F": Sex.FEMALE.value,
    "M": Sex.MALE.value,
    "OTH": Sex.OTHER.value,
    "UNK": Sex.UNKNOWN.value,
}
MARITAL: Final = {
    "S": MaritalStatus.SINGLE.value,
    "M": MaritalStatus.MARRIED.value,
    "D": MaritalStatus.DIVORCED.value,
    "W": MaritalStatus.WIDOWED.value,
}
_UNMARRIED: Final = {"U": MaritalStatus.SINGLE.value}
_NOT_TOLD: Final = frozenset({"UNK", "NI", "ASKU", "NASK", "NAV"})
"""Codes of HL7 that say that nobody knows."""
_SYSTEMS: Final = {
    "phone": ContactSystem.PHONE.value,
    "sms": ContactSystem.PHONE.value,
    "email": ContactSystem.EMAIL.value,
}
_USES: Final = {use.value: use.value for use in ContactUse}
_RELATIONS: Final = {
    "C": RelationKind.EMERGENCY_CONTACT.value,
    "GUARD": RelationKind.GUARDIAN.value,
    "GUARDIAN": RelationKind.GUARDIAN.value,
    "GT": RelationKind.GUARANTOR.value,
    "F": RelationKind.OTHER.value,
}
_COUNTRY_CODE: Final = 2


def read_patient(reading: Reading) -> Values:
    """A person the hospital treats."""
    resource = reading.resource
    name, identifiers = person_name(resource, reading.names.today), identities(resource)
    family, given = (name.family, name.given) if name.family else (name.given, "")
    if not family:
        raise Rejected("name is missing: nobody is registered without one")
    if extension(resource, ANIMAL):
        raise Rejected("it is an animal, not a person")
    if name.as_written:
        identifiers.append(PatientIdentity("synthea-name", "Synthea", name.as_written, is_official=False))
    identifiers += _other_names(reading)
    gender = word(resource, "gender", _SEXES, Sex.UNKNOWN.value)
    born, precision = _born(reading)
    return {
        "birth_estimated_on": None,
        "prefix": name.prefix,
        "given_names": given,
        "family_name": family,
        "suffix": name.suffix,
        "maiden_name": name_of_use(resource, "maiden").family,
        "preferred_name": _whole(name_of_use(resource, "nickname")),
        "name_sort": name_sort(family, given),
        "birth_date": born,
        "birth_date_precision": precision,
        **_deceased(reading, born),
        "sex_at_birth": _birth_sex(resource) or gender,
        "gender": gender,
        "marital_status": _marital(reading),
        "language": _language(resource),
        "race": _census(resource, RACE, RACES),
        "ethnicity": _census(resource, ETHNICITY, ETHNICITIES),
        "birth_place": _place(part(extension(resource, BIRTH_PLACE), "valueAddress")),
        **_status(reading),
        "is_restricted": "true" if _is_restricted(resource) else "false",
        "identifiers": dumps([one._asdict() for one in identifiers]),
        "telecoms": dumps(_telecoms(reading)),
        "addresses": dumps([one for one in map(_address, parts(resource, "address")) if one]),
        "contacts": dumps([one for one in map(_contact, parts(resource, "contact")) if one]),
        "names": dumps(names_of(resource)),
    }


def _other_names(reading: Reading) -> list[PatientIdentity]:
    """The names somebody bore or bears besides, but for those that have columns: they find the patient."""
    resource = reading.resource
    has_columns = {_whole(name_of_use(resource, use)) for use in ("maiden", "nickname")}
    others = (_whole(one) for one in other_names(resource, reading.names.today))
    return [
        PatientIdentity("other-name", "", one, is_official=False) for one in others if one not in has_columns
    ]


def _whole(name: PersonName) -> str:
    return f"{name.given} {name.family}".strip()


def _born(reading: Reading) -> tuple[str | None, str]:
    """The day of birth and how well it is known; of a mere year or month the first day of the year."""
    resource = reading.resource
    found = moment(resource, "birthDate")
    if found is None:
        return None, BirthDatePrecision.EXACT.value
    if not found.is_day_only:
        raise Rejected(f"birthDate is not a date: {shown(resource['birthDate'])}")
    if is_to_come(found, reading.names.today):
        reading.remarks.append("kept without a date of birth: birthDate is in the future")
        return None, BirthDatePrecision.EXACT.value
    if found.precision == "month":
        reading.remarks.append("kept with the year of birth alone: birthDate is a month")
    if len(resource["birthDate"]) == 10:
        return found.at[:10], BirthDatePrecision.EXACT.value
    return f"{found.at[:4]}-01-01", BirthDatePrecision.YEAR.value


def _deceased(reading: Reading, born: str | None) -> Values:
    """Whether and when somebody died: noon in UTC of a day, the first one of a mere month or year."""
    resource = reading.resource
    died = _moment_of_death(reading, born)
    if died is None:
        is_dead = flag(resource, "deceasedBoolean") or resource.get("deceasedDateTime") is not None
        precision = DeathPrecision.UNKNOWN if is_dead else DeathPrecision.DAY
        return {"deceased_at": None, "deceased_is_day_only": "true", "deceased_precision": precision.value}
    noon = f"{died.at[:10]}T12:00:00+00:00" if died.is_day_only else died.at
    return {
        "deceased_at": noon,
        "deceased_is_day_only": "true" if died.is_day_only else "false",
        "deceased_precision": died.precision,
    }


def _moment_of_death(reading: Reading, born: str | None) -> Moment | None:
    """When somebody died; a time that cannot be leaves a death nobody knows the day of, and the report says so."""
    died = moment(reading.resource, "deceasedDateTime")
    if died is None:
        return None
    why = "in the future" if is_to_come(died, reading.names.today) else ""
    if born and last_moment(died).at[:10] < born:
        why = "before birthDate"
    if not why:
        return died
    reading.remarks.append(f"kept as deceased without a day: deceasedDateTime is {why}")
    return None


def _birth_sex(resource: Json) -> str | None:
    code = text(extension(resource, BIRTH_SEX), "valueCode")
    return _BIRTH_SEXES.get(code)


def _marital(reading: Reading) -> str:
    """The marital status; one that has no word here is reported."""
    found = concept(reading.resource, "maritalStatus")
    known = {**MARITAL, **_UNMARRIED}.get(found.code)
    if known is None and found.display and found.code not in _NOT_TOLD:
        reading.remarks.append(f"kept without the marital status: {shown(found.display)}")
    return known or MaritalStatus.UNKNOWN.value


def _language(resource: Json) -> str:
    """The code of the language a patient prefers (ISO 639), or its name where it is none that is known."""
    spoken = parts(resource, "communication")
    preferred = next((one for one in spoken if flag(one, "preferred")), spoken[0] if spoken else {})
    found = concept(preferred, "language")
    code = found.code.partition("-")[0].lower()
    return code if code in spoken_languages() else found.display


def _census(resource: Json, url: str, words: dict[str, str]) -> str:
    """Race or ethnicity as US Core writes it: a code of the census office, or a text."""
    found = extension(resource, url)
    code = text(part(extension(found, "ombCategory"), "valueCoding"), "code")
    return words.get(code) or text(extension(found, "text"), "valueString")


def _place(address: Json) -> str:
    named = text(address, "text")
    return named or " ".join(filter(None, (text(address, name) for name in ("city", "state", "country"))))


def _status(reading: Reading) -> Values:
    """Whether the record is in use; one that another has replaced is not."""
    links = parts(reading.resource, "link")
    replaced = next((part(one, "other") for one in links if one.get("type") == "replaced-by"), None)
    if replaced is not None:
        by = text(replaced, "display") or text(replaced, "reference", limit=500)
        return {
            "status": PatientStatus.INACTIVE.value,
            "status_reason": f"Replaced by another record where it comes from{f': {by}' if by else ''}",
        }
    is_active = flag(reading.resource, "active") is not False
    return {
        "status": (PatientStatus.ACTIVE if is_active else PatientStatus.INACTIVE).value,
        "status_reason": "",
    }


def _is_restricted(resource: Json) -> bool:
    return any(text(one, "code") in {"R", "V"} for one in parts(part(resource, "meta"), "security"))


def _telecoms(reading: Reading) -> list[dict[str, Any]]:
    """Phones and e-mail addresses; a national phone number is one of the country the patient lives in."""
    lives_in = next((text(one, "country") for one in parts(reading.resource, "address")), "").upper()
    region = lives_in if len(lives_in) == _COUNTRY_CODE else reading.names.country
    found = (_telecom(one, region) for one in parts(reading.resource, "telecom"))
    return [one for one in found if one]


def _telecom(point: Json, region: str) -> dict[str, Any] | None:
    system, value = _SYSTEMS.get(text(point, "system")), text(point, "value", limit=200)
    if system is None or not value:
        return None
    if system == ContactSystem.EMAIL.value:
        return {"system": system, "use": _use(point), "value": value, "digits": "", **_ended(point)}
    digits = phone_number(value, region).international
    stored = _stored(value, region)
    return {"system": system, "use": _use(point), "value": stored, "digits": digits, **_ended(point)}


def _stored(value: str, region: str) -> str:
    """A number as the hospital stores those that are typed in; what is none stays as it was written."""
    try:
        return parse_phone(value, region)
    except PhoneRefused:
        return value


def _ended(element: Json) -> dict[str, str | None]:
    """The day from which on something no longer counts."""
    end = moment(part(element, "period"), "end")
    return {"ended_on": end.at[:10] if end else None}


def _use(element: Json) -> str:
    use = text(element, "use")
    return _USES.get(use, ContactUse.OTHER.value if use else ContactUse.HOME.value)


def _address(address: Json) -> dict[str, Any] | None:
    lines = ", ".join(texts(address, "line"))
    found = {
        "address_line": lines or text(address, "text"),
        "city": text(address, "city"),
        "county": text(address, "district"),
        "region": text(address, "state"),
        "postal_code": text(address, "postalCode", limit=40),
        "country": text(address, "country"),
    }
    if not any(found.values()):
        return None
    place = extension(address, GEOLOCATION)
    return {
        "use": _use(address),
        **found,
        **_ended(address),
        "latitude": _degrees(place, "latitude", 90),
        "longitude": _degrees(place, "longitude", 180),
    }


def _degrees(place: Json, name: str, limit: int) -> str | None:
    value = number(extension(place, name), "valueDecimal")
    if value is not None and abs(float(value)) > limit:
        raise Rejected(f"{name} is not a place on earth: {value}")
    return value


def _contact(contact: Json) -> dict[str, Any] | None:
    """Somebody to call; without a name there is nobody."""
    name = person_name({"name": [contact["name"]]} if contact.get("name") else {})
    words = " ".join(filter(None, (name.prefix, name.given, name.family, name.suffix)))
    if not words:
        return None
    relations = [concept({"of": one}, "of") for one in parts(contact, "relationship")]
    kinds = [_RELATIONS[one.code] for one in relations if one.code in _RELATIONS]
    phones = (one for one in parts(contact, "telecom") if one.get("system") in _SYSTEMS)
    described = [one.display for one in relations if one.code not in _RELATIONS and one.display]
    return {
        "kind": kinds[0] if kinds else RelationKind.OTHER.value,
        "relationship_name": described[0] if described else "",
        "name": words,
        **_ended(contact),
        "phone": next((text(one, "value", limit=200) for one in phones), ""),
    }


PATIENTS: Final = ResourceSpec(
    stem="Patient",
    table="patient",
    data=(
        *("prefix", "given_names", "family_name", "suffix", "maiden_name", "preferred_name", "name_sort"),
        *(
            "birth_date",
            "birth_date_precision",
            "deceased_at",
            "deceased_is_day_only",
            "deceased_precision",
            "sex_at_birth",
            "gender",
        ),
        *(
            "marital_status",
            "language",
            "race",
            "ethnicity",
            "birth_place",
            "status",
            "is_restricted",
            "birth_estimated_on",
            "status_reason",
        ),
    ),
    extra=("identifiers", "telecoms", "addresses", "contacts", "names"),
    read=read_patient,
)
