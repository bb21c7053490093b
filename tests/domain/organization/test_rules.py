"""How names and addresses are written."""

import pytest

from hms_app.core.errors import InvalidInput
from hms_app.domain.organization import rules
from hms_app.domain.organization.values import HospitalInput, country_name, known_countries


def test_an_address_has_no_empty_lines() -> None:
    assert rules.address_lines("", "", "", "") == ()
    assert rules.address_lines("1 High St", "02703", "Attleboro", "MA", "USA") == (
        "1 High St",
        "02703 Attleboro, MA",
        "USA",
    )


def test_a_name_is_written_without_its_missing_parts() -> None:
    assert rules.display_name("", "Ada", "Okafor") == "Ada Okafor"


def test_a_hospital_that_names_no_country_is_in_its_time_zones() -> None:
    form = {"name": "St Mary", "currency": "EUR", "zone_name": "Europe/Berlin"}
    assert HospitalInput.from_form(form).country == "DE"
    assert HospitalInput.from_form({**form, "country": "at"}).locale.country == "AT"
    assert HospitalInput.from_form({**form, "zone_name": "UTC"}).country == ""


def test_a_country_is_one_of_the_list() -> None:
    form = {"name": "St Mary", "currency": "EUR", "zone_name": "Europe/Berlin"}
    for wrong in ("Germany", "ZZ", "EU", "1"):
        with pytest.raises(InvalidInput) as refused:
            HospitalInput.from_form({**form, "country": wrong})
        assert set(refused.value.problems) == {"country"}


def test_countries_are_offered_by_name() -> None:
    assert list(known_countries().values())[:2] == ["Afghanistan", "Åland Islands"]
    assert country_name("DE", "de") == "Deutschland"
