"""The fields of the organization's forms, as two versions of a row are compared by them."""

from typing import Final

from hms_app.domain.organization.values import PAYER_KIND_LABELS, ROOM_KIND_LABELS
from hms_app.domain.records.values import Form, FormField

_PLACE: Final[Form] = {
    "address_line": FormField("Street and number"),
    "postal_code": FormField("Postal code"),
    "city": FormField("Town"),
    "region": FormField("State or region"),
}
HOSPITAL_FORM: Final[Form] = {
    "name": FormField("Name"),
    **_PLACE,
    "country": FormField("Country"),
    "phone": FormField("Phone"),
    "email": FormField("E-mail"),
    "currency": FormField("Currency"),
    "zone_name": FormField("Time zone"),
    "language": FormField("Language of dates"),
}
DEPARTMENT_FORM: Final[Form] = {"name": FormField("Name"), "code": FormField("Code")}
ROOM_FORM: Final[Form] = {
    "name": FormField("Name"),
    "department_id": FormField("Department"),
    "kind": FormField("Kind", ROOM_KIND_LABELS),
}
PRACTITIONER_FORM: Final[Form] = {
    "prefix": FormField("Title"),
    "given_names": FormField("Given names"),
    "family_name": FormField("Family name"),
    "specialty": FormField("Specialty"),
    "registration_number": FormField("Registration number"),
    "department_id": FormField("Department"),
    "user_id": FormField("User"),
}
PAYER_FORM: Final[Form] = {
    "name": FormField("Name"),
    "kind": FormField("Kind", PAYER_KIND_LABELS),
    **_PLACE,
    "phone": FormField("Phone"),
}
