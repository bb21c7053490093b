"""Organizations, payers and providers of an export."""

from typing import Final

from hms_app.core.text import fold
from hms_app.domain.interop.rules.fields import Fields
from hms_app.domain.interop.rules.specs import ORGANIZATION, FileSpec, Values
from hms_app.domain.interop.values import Columns
from hms_app.domain.organization.values import PayerKind

_PUBLIC: Final = frozenset({"medicare", "medicaid", "dual eligible"})
_NO_INSURANCE: Final = "no insurance"
_PLACE: Final = ("address_line", "city", "region", "postal_code", "phone")


def _place(fields: Fields, region: str) -> Values:
    return {
        "address_line": fields.text("ADDRESS") or "",
        "city": fields.text("CITY") or "",
        "region": fields.text(region) or "",
        "postal_code": fields.text("ZIP") or "",
        "phone": fields.text("PHONE", limit=60) or "",
    }


def _organization(fields: Fields) -> Values:
    return {"name": fields.needed("NAME"), **_place(fields, "STATE")}


def _payer(fields: Fields) -> Values:
    name = fields.needed("NAME").replace("_", " ")
    folded = fold(name)
    if folded == _NO_INSURANCE:
        name, kind = "No insurance", PayerKind.SELF_PAY
    else:
        kind = PayerKind.PUBLIC if folded in _PUBLIC else PayerKind.PRIVATE
    return {"name": name, "name_key": folded, "kind": kind.value, **_place(fields, "STATE_HEADQUARTERED")}


def _provider(fields: Fields) -> Values:
    given, _, family = fields.needed_name("NAME").rpartition(" ")
    return {
        "given_names": given,
        "family_name": family,
        "name_key": fold(f"{family} {given}"),
        "specialty": (fields.text("SPECIALITY") or "").capitalize(),
    }


ORGANIZATIONS: Final = FileSpec(
    stem="organizations",
    table="organization",
    columns=Columns(("Id", "NAME", "ADDRESS", "CITY", "STATE", "ZIP", "PHONE")),
    key=("Id",),
    data=("name", *_PLACE),
    parse=_organization,
)
PAYERS: Final = FileSpec(
    stem="payers",
    table="payer",
    columns=Columns(("Id", "NAME", "ADDRESS", "CITY", "STATE_HEADQUARTERED", "ZIP", "PHONE")),
    key=("Id",),
    data=("name", "name_key", "kind", *_PLACE),
    parse=_payer,
)
PROVIDERS: Final = FileSpec(
    stem="providers",
    table="practitioner",
    columns=Columns(("Id", "ORGANIZATION", "NAME", "SPECIALITY"), aliases=(("SPECIALTY", "SPECIALITY"),)),
    key=("Id",),
    data=("given_names", "family_name", "name_key", "specialty"),
    parse=_provider,
    references=(ORGANIZATION,),
)
