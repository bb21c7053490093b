"""Phone numbers: understood by the hospital's country, compared by their digits, written as people write them."""

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from phonenumbers import PhoneNumber as Parsed

from hms_app.core.text import digits
from hms_app.domain.organization.values import country_name
from hms_app.domain.patients.errors import PhoneRefused
from hms_app.domain.patients.values import PhoneNumber

_EXAMPLE: Final = "+49 30 901820"
_NO_NUMBER: Final = (
    "This is no phone number. Write its digits; for a number abroad its country code first,"
    f" such as {_EXAMPLE}."
)
_NO_COUNTRY: Final = f"Write the number with its country code, such as {_EXAMPLE}."
_LENGTHS: Final = {
    ValidationResult.TOO_SHORT: "This number has too few digits{place}.",
    ValidationResult.TOO_LONG: "This number has too many digits{place}.",
    ValidationResult.INVALID_LENGTH: "This number has too few or too many digits{place}.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "This number lacks its area code.",
    ValidationResult.INVALID_COUNTRY_CODE: "No country has this country code. Check the digits behind the +.",
}


def parse_phone(text: str, region: str) -> str:
    """The number in the one way it is stored: "+4930901820", with ";ext=12" behind when it has an extension.

    `region` (ISO 3166, or "") is the country whose national numbers are understood. Raises `PhoneRefused`.
    """
    try:
        parsed = phonenumbers.parse(text, region or None)
    except NumberParseException as refusal:
        needs_country = not region and refusal.error_type == NumberParseException.INVALID_COUNTRY_CODE
        raise PhoneRefused(_NO_COUNTRY if needs_country else _NO_NUMBER) from None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason in _LENGTHS:
        raise PhoneRefused(_LENGTHS[reason].format(place=_in_country(parsed)))
    if not phonenumbers.is_valid_number(parsed):
        raise PhoneRefused(f"There is no such number{_in_country(parsed)}. Check its digits.")
    extension = f";ext={parsed.extension}" if parsed.extension else ""
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164)) + extension


def written(stored: str, region: str) -> str:
    """A stored number as people in `region` write it: their own without country code, others with it.

    What is no number (an imported text) stays as it is.
    """
    parsed = _parsed(stored, region)
    if parsed is None:
        return stored
    is_own = region and parsed.country_code == phonenumbers.country_code_for_region(region)
    style = PhoneNumberFormat.NATIONAL if is_own else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


def phone_number(text: str, region: str) -> PhoneNumber:
    """A phone number as its digits, with and without country code; as typed when it is no number of `region`."""
    parsed = _parsed(text, region)
    if parsed is None:
        return PhoneNumber(digits(text), digits(text).lstrip("0"))
    national = phonenumbers.national_significant_number(parsed)
    return PhoneNumber(f"{parsed.country_code}{national}", national)


def phone_of_digits(international: str) -> PhoneNumber:
    """The phone number whose digits with country code are stored; the hospital's country plays no part any more."""
    number = phone_number(f"+{international}", "")
    return (
        number
        if number.international == international
        else PhoneNumber(international, international.lstrip("0"))
    )


def _parsed(text: str, region: str) -> Parsed | None:
    try:
        parsed = phonenumbers.parse(text, region or None)
    except NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None


def _in_country(parsed: Parsed) -> str:
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    name = country_name(region)
    return f" for {name}" if name != region else ""
