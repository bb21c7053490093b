"""The hospital's own things as screens show them: everything a text."""

from hms_app.core import clock
from hms_app.domain.organization import rules
from hms_app.domain.organization.values import (
    PAYER_KIND_LABELS,
    ROOM_KIND_LABELS,
    Choice,
    DepartmentRow,
    HospitalRow,
    PayerRow,
    PractitionerRow,
    RoomRow,
    country_name,
)
from hms_app.state.lists.entries import EntryItem, entry_item


class DepartmentItem(EntryItem):
    """A department in its list and its form."""

    code: str
    rooms: str
    practitioners: str


class RoomItem(EntryItem):
    """A room in its list and its form."""

    kind: str
    kind_label: str
    department_id: str
    department: str


class PractitionerItem(EntryItem):
    """A practitioner in their list and form; `works_at` is a department or an outside organization."""

    prefix: str
    given_names: str
    family_name: str
    specialty: str
    registration_number: str
    department_id: str
    works_at: str
    user_id: str
    user_name: str


class PayerItem(EntryItem):
    """A payer in its list and its form."""

    kind: str
    kind_label: str
    address_line: str
    city: str
    region: str
    postal_code: str
    phone: str
    address: str


def department_item(row: DepartmentRow) -> DepartmentItem:
    """A department as texts."""
    return {
        **entry_item(row),
        "code": row.code,
        "rooms": str(row.rooms),
        "practitioners": str(row.practitioners),
    }


def room_item(row: RoomRow) -> RoomItem:
    """A room as texts."""
    return {
        **entry_item(row),
        "kind": row.kind.value,
        "kind_label": ROOM_KIND_LABELS[row.kind],
        "department_id": str(row.department_id),
        "department": row.department,
    }


def practitioner_item(row: PractitionerRow) -> PractitionerItem:
    """A practitioner as texts."""
    return {
        **entry_item(row),
        "prefix": row.prefix,
        "given_names": row.given_names,
        "family_name": row.family_name,
        "specialty": row.specialty,
        "registration_number": row.registration_number or "",
        "department_id": str(row.department_id or ""),
        "works_at": row.department or row.organization or "",
        "user_id": str(row.user_id or ""),
        "user_name": row.user_name or "",
    }


def payer_item(row: PayerRow) -> PayerItem:
    """A payer as texts."""
    return {
        **entry_item(row),
        "kind": row.kind.value,
        "kind_label": PAYER_KIND_LABELS[row.kind],
        "address_line": row.address_line,
        "city": row.city,
        "region": row.region,
        "postal_code": row.postal_code,
        "phone": row.phone,
        "address": ", ".join(rules.address_lines(row.address_line, row.postal_code, row.city, row.region)),
    }


def payer_choice(row: PayerRow) -> Choice:
    """A payer to choose."""
    return {"value": str(row.id), "label": row.name, "detail": PAYER_KIND_LABELS[row.kind]}


def hospital_texts(row: HospitalRow) -> dict[str, str]:
    """The hospital's settings as texts, with an example of how it writes."""
    locale = row.locale
    return {
        "version": str(row.version),
        "name": row.name,
        "address_line": row.address_line,
        "city": row.city,
        "region": row.region,
        "postal_code": row.postal_code,
        "country": row.country,
        "country_name": country_name(row.country),
        "phone": row.phone,
        "email": row.email,
        "logo_url": row.logo_url,
        "currency": row.currency,
        "zone_name": row.zone_name,
        "language": row.language,
        "founded_at": locale.moment(row.founded_at),
        "example": f"{locale.moment(clock.now())} · {locale.money(rules.example_amount(locale.currency))}",
    }
