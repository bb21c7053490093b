"""Phone numbers: read by the hospital's country, refused in a sentence, written as people there write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.patients import rules
from hms_app.domain.patients.errors import PhoneRefused

EXAMPLES = [
    (region, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    if (number := phonenumbers.example_number(region)) is not None and phonenumbers.is_valid_number(number)
]


@pytest.mark.parametrize(
    ("text", "region", "stored", "own", "abroad"),
    [
        ("030 901820", "DE", "+4930901820", "030 901820", "+49 30 901820"),
        ("+49 (30) 90 18-20", "US", "+4930901820", "030 901820", "+49 30 901820"),
        ("0049 30 901820", "DE", "+4930901820", "030 901820", "+49 30 901820"),
        ("(617) 253-1000", "US", "+16172531000", "(617) 253-1000", "+1 617-253-1000"),
        (
            "617-253-1000 x12",
            "US",
            "+16172531000;ext=12",
            "(617) 253-1000 ext. 12",
            "+1 617-253-1000 ext. 12",
        ),
        ("021 301 2345", "NZ", "+64213012345", "021 301 2345", "+64 21 301 2345"),
    ],
)
def test_a_number_is_stored_one_way_and_written_as_each_country_does(
    text: str, region: str, stored: str, own: str, abroad: str
) -> None:
    assert rules.parse_phone(text, region) == stored
    home = phonenumbers.region_code_for_number(phonenumbers.parse(stored)) or ""
    assert rules.written(stored, home) == own
    assert rules.written(stored, "FR") == abroad


@pytest.mark.parametrize(
    ("text", "region", "sentence"),
    [
        ("ask her son", "DE", "no phone number"),
        ("030 9018", "", "with its country code"),
        ("01 23", "FR", "too few digits for France"),
        ("01 23 45 67 89 01", "FR", "too many digits for France"),
        ("555-0100", "US", "lacks its area code"),
        ("+999 30 901820", "DE", "no phone number"),
        ("+1 100 555 0100", "US", "no such number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(text: str, region: str, sentence: str) -> None:
    with pytest.raises(PhoneRefused, match=sentence):
        rules.parse_phone(text, region)


@given(st.sampled_from(EXAMPLES))
def test_a_number_as_it_is_written_is_read_as_itself(example: tuple[str, str]) -> None:
    region, stored = example
    assert rules.parse_phone(rules.written(stored, region), region) == stored
    assert rules.parse_phone(rules.written(stored, ""), "") == stored


@given(st.sampled_from(EXAMPLES))
def test_stored_digits_give_the_same_keys_whatever_the_hospitals_country_becomes(
    example: tuple[str, str],
) -> None:
    region, stored = example
    typed = rules.phone_number(stored, region)
    assert rules.phone_of_digits(typed.international) == typed


def test_imported_text_that_is_no_number_stays_as_it_is() -> None:
    assert rules.written("ask her son", "DE") == "ask her son"
    assert rules.phone_of_digits("030123").national == "30123"
