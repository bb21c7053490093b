"""What may be a logo, and how names and addresses are written."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hms_app.core.errors import InvalidRequest
from hms_app.domain.organization import rules
from hms_app.domain.organization.errors import LogoRefused
from hms_app.domain.organization.values import HospitalRequest, country_name, known_countries


def _image(kind: str, size: tuple[int, int] = (40, 20)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, format=kind)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_real_image_becomes_a_small_png(kind: str) -> None:
    with Image.open(io.BytesIO(rules.clean_logo(_image(kind, (2000, 1000))))) as logo:
        assert (logo.format, logo.size) == ("PNG", (512, 256))


def test_what_follows_the_image_in_its_file_is_not_kept() -> None:
    assert b"<script>" not in rules.clean_logo(_image("PNG") + b"<script>alert(1)</script>")


@given(st.binary(max_size=500))
def test_anything_else_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(LogoRefused, match="Choose"):
        rules.clean_logo(content)


def test_other_kinds_of_images_and_huge_ones_are_refused() -> None:
    for content in (_image("GIF"), _image("TIFF"), _image("PNG", (5000, 5000)), b"x" * 2_000_001):
        with pytest.raises(LogoRefused):
            rules.clean_logo(content)


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
    assert HospitalRequest.from_form(form).country == "DE"
    assert HospitalRequest.from_form({**form, "country": "at"}).locale.country == "AT"
    assert HospitalRequest.from_form({**form, "zone_name": "UTC"}).country == ""


def test_a_country_is_one_of_the_list() -> None:
    form = {"name": "St Mary", "currency": "EUR", "zone_name": "Europe/Berlin"}
    for wrong in ("Germany", "ZZ", "EU", "1"):
        with pytest.raises(InvalidRequest) as refused:
            HospitalRequest.from_form({**form, "country": wrong})
        assert set(refused.value.problems) == {"country"}


def test_countries_are_offered_by_name() -> None:
    assert list(known_countries().values())[:2] == ["Afghanistan", "Åland Islands"]
    assert country_name("DE", "de") == "Deutschland"
