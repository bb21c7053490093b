"""Who somebody is, whether they died, and whether they were here before."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.domain.interop import fhir_bundles as make
from tests.domain.interop.told import Json, read, remarks, rows

pytestmark = pytest.mark.usefixtures("connection")


DEATHS: dict[str, tuple[Json, tuple[str | None, bool, str]]] = {
    "nobody knows when": ({"deceasedBoolean": True}, (None, True, "unknown")),
    "a year": ({"deceasedDateTime": "2025"}, ("2025-01-01 12:00", True, "year")),
    "a month": ({"deceasedDateTime": "2025-07"}, ("2025-07-01 12:00", True, "month")),
    "a day": ({"deceasedDateTime": "2025-12-31"}, ("2025-12-31 12:00", True, "day")),
    "an instant": ({"deceasedDateTime": "2025-12-31T23:30:00+01:00"}, ("2025-12-31 22:30", False, "day")),
    "alive": ({"deceasedBoolean": False}, (None, True, "day")),
    "in the future": ({"deceasedDateTime": "2999-01-01"}, (None, True, "unknown")),
    "before the birth": ({"deceasedDateTime": "1901"}, (None, True, "unknown")),
}


@pytest.mark.parametrize("said", DEATHS)
def test_a_death_is_as_exact_as_it_was_told(said: str, tmp_path: Path, connection: sa.Connection) -> None:
    told, kept = DEATHS[said]
    changed: Json = {"meta": {"lastUpdated": "2026-11-20T08:00:00Z"}}
    read(tmp_path, make.patient(birthDate="1970-02-03", **changed, **told))
    assert rows(
        connection,
        "SELECT to_char(deceased_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), deceased_is_day_only,"
        " deceased_precision FROM patient",
    ) == [kept]


SSN = {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "900-11-2222"}


def _ada(key: str, **said: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": key,
        "name": [{"family": "Probe", "given": ["Ada"]}],
        "birthDate": "1970-02-03",
        "gender": "female",
        "identifier": [SSN],
        **said,
    }


def test_a_patient_who_is_met_again_brings_what_is_new_and_keeps_what_differs(
    tmp_path: Path, connection: sa.Connection
) -> None:
    married = {"coding": [{"code": "M"}]}
    read(tmp_path / "first", _ada("a", maritalStatus=married))
    report = read(
        tmp_path / "then",
        _ada(
            "b",
            name=[{"family": "Probe", "given": ["Ada"]}, {"use": "maiden", "family": "Gabler"}],
            maritalStatus={"coding": [{"code": "W"}]},
            identifier=[{**SSN, "value": "900 11 2222"}],
            deceasedDateTime="2026-10-01",
            telecom=[{"system": "phone", "value": "+49 30 1234567"}],
            address=[{"line": ["Weg 1"], "city": "Berlin", "postalCode": "10115", "country": "DE"}],
        ),
    )
    assert rows(connection, "SELECT maiden_name, marital_status, deceased_at::date::text FROM patient") == [
        ("Gabler", "married", "2026-10-01")
    ]
    assert rows(connection, "SELECT digits FROM patient_contact_point") == [("49301234567",)]
    assert rows(connection, "SELECT address_line FROM patient_address") == [("Weg 1",)]
    assert rows(connection, "SELECT differs FROM patient_source") == [({"marital_status": "widowed"},)]
    (remark,) = remarks(report)
    assert "taken over: maiden name, death" in remark
    assert "kept as it was, for the file says otherwise: marital status" in remark
    assert "added: phone or e-mail, address" in remark
    again = read(tmp_path / "then_again", _ada("a", maritalStatus=married))
    assert again.resources["Patient"].unchanged == 1


def test_two_people_with_one_number_come_both_and_the_report_says_so(
    tmp_path: Path, connection: sa.Connection
) -> None:
    number = {
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
        "system": "urn:oid:1.2.3",
        "value": "654",
    }
    first, second = (_ada(key, identifier=[number]) for key in ("a", "b"))
    first.pop("birthDate"), second.pop("birthDate")
    report = read(tmp_path, first, second)
    assert report.problems == []
    assert rows(connection, "SELECT count(*) FROM patient") == [(2,)]
    (remark,) = remarks(report)
    assert "of one of them no date of birth is known" in remark
    assert read(tmp_path, first, second).resources["Patient"].unchanged == 2


@pytest.mark.parametrize(
    "value", ["n/a", "-", "none", "Unknown", "000-00-0000", "9999", "123-45-6789", "N/A "]
)
def test_what_stands_where_there_is_no_number_is_nobodys_number(
    value: str, tmp_path: Path, connection: sa.Connection
) -> None:
    report = read(
        tmp_path,
        _ada("a", identifier=[{**SSN, "value": value}]),
        _ada("b", identifier=[{**SSN, "value": value}], birthDate="1980-01-02"),
    )
    assert report.resources["Patient"].created == 2
    assert rows(connection, "SELECT value FROM patient_identifier") == []


def test_one_number_in_another_spelling_is_one_number(tmp_path: Path, connection: sa.Connection) -> None:
    passport = {"type": {"coding": [{"code": "PPN"}]}, "assigner": {"display": "DE"}}
    read(tmp_path, _ada("a", identifier=[{**passport, "value": "AB 123-456"}]))
    report = read(tmp_path, _ada("b", identifier=[{**passport, "value": "ab123456"}]))
    assert report.resources["Patient"].created == 0
    assert rows(connection, "SELECT count(*) FROM patient") == [(1,)]


def test_of_several_names_the_one_that_counts_now_is_the_name(
    tmp_path: Path, connection: sa.Connection
) -> None:
    names = [
        {"use": "official", "family": "Old", "given": ["Ada"], "period": {"end": "2010-01-01"}},
        {"use": "usual", "family": "New", "given": ["Ada"], "period": {"start": "2010-01-01"}},
    ]
    read(tmp_path, _ada("a", name=names, identifier=[]))
    assert rows(connection, "SELECT family_name FROM patient") == [("New",)]
    assert rows(connection, "SELECT type, value FROM patient_identifier") == [("other-name", "Ada Old")]
