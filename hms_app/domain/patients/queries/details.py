"""Reading how a patient is reached, who pays, and which numbers others gave: all rows, ended and wrong ones too."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.organization.values import country_name
from hms_app.domain.patients import rules
from hms_app.domain.patients.queries.consents import error_note
from hms_app.domain.patients.queries.matching import Statement, rows_of
from hms_app.domain.patients.queries.patients import find_visible
from hms_app.domain.patients.values import (
    CONTACT_USE_LABELS,
    DETAIL_STATE_LABELS,
    IDENTIFIER_LABELS,
    RELATION_LABELS,
    DetailKind,
    DetailRow,
    DetailState,
)
from hms_app.domain.records.values import RowForm

_MOST_ROWS: Final = 200
"""Of each kind; nobody has more phones, and a coverage a month is shown for sixteen years."""


class _Source(NamedTuple):
    """Where rows of a kind stand, what else is read with them, and in which order."""

    table: str
    columns: str = ""
    joins: str = ""
    order: str = "r.id"

    def statement(self, key: str) -> str:
        """The rows of which the column `key` is `%(id)s`."""
        return (
            f"SELECT r.*, coalesce(e.name, '') AS error_by{self.columns} FROM {self.table} r {self.joins}"
            " LEFT JOIN app_user e ON e.id = r.entered_in_error_by_user_id"
            f" WHERE r.{key} = %(id)s ORDER BY {self.order} LIMIT {_MOST_ROWS}"
        )


_POINTS: Final = _Source("patient_contact_point")
_ADDRESSES: Final = _Source("patient_address")
_RELATIONS: Final = _Source("patient_relation")
_COVERAGES: Final = _Source(
    "coverage",
    ", y.name AS payer",
    "JOIN payer y ON y.id = r.payer_id",
    "r.ends_on DESC NULLS FIRST, r.rank, r.starts_on DESC, r.id DESC",
)
_IDENTIFIERS: Final = _Source("patient_identifier", order="r.type, r.issuer, r.id")


@use_case(Permission.PATIENTS_CONTACT_READ)
def list_contacts(session: Session, actor: Actor, *, patient_id: int) -> list[DetailRow]:
    """Phones, e-mail, addresses and people to call; raises NotFound for a patient the actor may not know of."""
    find_visible(session, actor, patient_id)
    kinds = (DetailKind.PHONE, DetailKind.ADDRESS, DetailKind.RELATION)
    return [row for kind in kinds for row in _rows(session, actor, patient_id, kind)]


@use_case(Permission.PATIENTS_COVERAGE_READ)
def list_coverages(session: Session, actor: Actor, *, patient_id: int) -> list[DetailRow]:
    """Who pays and paid; raises NotFound for a patient the actor may not know of."""
    find_visible(session, actor, patient_id)
    return _rows(session, actor, patient_id, DetailKind.COVERAGE)


@use_case(Permission.PATIENTS_IDENTIFIER_READ)
def list_identifiers(session: Session, actor: Actor, *, patient_id: int) -> list[DetailRow]:
    """Numbers that others gave; raises NotFound for a patient the actor may not know of."""
    find_visible(session, actor, patient_id)
    return _rows(session, actor, patient_id, DetailKind.IDENTIFIER)


def detail_form(kind: DetailKind, session: Session, actor: Actor, row_id: int) -> RowForm:
    """One row as its form shows it, for a caller that has checked who asks."""
    source, read = _READERS[kind]
    (found,) = rows_of(session, Statement(source.statement("id"), {"id": row_id}))
    row = read(found, actor.locale)
    return RowForm(
        row.form,
        is_ended=row.state is DetailState.ENDED,
        is_error=row.state is DetailState.ENTERED_IN_ERROR,
    )


def _rows(session: Session, actor: Actor, patient_id: int, kind: DetailKind) -> list[DetailRow]:
    source, read = _READERS[kind]
    found = rows_of(session, Statement(source.statement("patient_id"), {"id": patient_id}))
    return [read(row, actor.locale) for row in found]


def _row(
    found: Mapping[str, Any],
    locale: HospitalLocale,
    kind: DetailKind,
    *,
    label: str,
    title: str,
    detail: str = "",
    form: dict[str, str],
    is_correctable: bool = True,
) -> DetailRow:
    is_error = found["entered_in_error_at"] is not None
    starts, ends = found.get("starts_on"), found.get("ended_on", found.get("ends_on"))
    state = rules.detail_state(starts_on=starts, ended_on=ends, is_error=is_error, today=locale.today())
    note = error_note(found, locale)
    if state is DetailState.ENDED and kind is not DetailKind.COVERAGE:
        note = f"Not valid since {locale.date(ends)}"
    return DetailRow(
        id=found["id"],
        version=found["version"],
        kind=kind,
        label=label,
        title=title,
        detail=detail,
        state=state,
        state_label=DETAIL_STATE_LABELS[state],
        note=note,
        form=form,
        is_correctable=is_correctable,
    )


def _point(found: Mapping[str, Any], locale: HospitalLocale) -> DetailRow:
    use = CONTACT_USE_LABELS[found["use"]]
    if found["system"] == "phone":
        number = rules.written(found["value"], locale.country)
        form = {"number": number, "use": found["use"]}
        return _row(found, locale, DetailKind.PHONE, label=f"{use} phone", title=number, form=form)
    form = {"value": found["value"], "use": found["use"]}
    return _row(found, locale, DetailKind.EMAIL, label=f"{use} e-mail", title=found["value"], form=form)


_ADDRESS_PARTS: Final = ("use", "address_line", "city", "county", "region", "postal_code", "country")


def _address(found: Mapping[str, Any], locale: HospitalLocale) -> DetailRow:
    town = " ".join(filter(None, (found["city"], found["region"], found["postal_code"])))
    return _row(
        found,
        locale,
        DetailKind.ADDRESS,
        label=f"{CONTACT_USE_LABELS[found['use']]} address",
        title=", ".join(filter(None, (found["address_line"], town))) or found["county"],
        detail=" · ".join(filter(None, (found["county"], country_name(found["country"])))),
        form={name: found[name] for name in _ADDRESS_PARTS},
    )


def _relation(found: Mapping[str, Any], locale: HospitalLocale) -> DetailRow:
    phone = rules.written(found["phone"], locale.country)
    return _row(
        found,
        locale,
        DetailKind.RELATION,
        label=RELATION_LABELS[found["kind"]],
        title=found["name"],
        detail=" · ".join(filter(None, (found["relationship_name"], phone))),
        form={
            "kind": found["kind"],
            "name": found["name"],
            "relationship_name": found["relationship_name"],
            "phone": phone,
        },
    )


def _coverage(found: Mapping[str, Any], locale: HospitalLocale) -> DetailRow:
    starts, ends = found["starts_on"], found["ends_on"]
    last_day = ends - dt.timedelta(days=1) if ends else None
    parts = (
        found["plan"],
        f"member {found['member_number']}" if found["member_number"] else "",
        f"pays {_percent(found['share'])} %" if found["share"] is not None else "",
        rules.period_words(starts, ends, locale),
    )
    return _row(
        found,
        locale,
        DetailKind.COVERAGE,
        label="Primary" if found["rank"] == "primary" else "Secondary",
        title=found["payer"],
        detail=" · ".join(filter(None, parts)),
        form={
            "payer_id": str(found["payer_id"]),
            "payer_id-text": found["payer"],
            "rank": found["rank"],
            "plan": found["plan"],
            "member_number": found["member_number"],
            "starts_on": starts.isoformat() if starts else "",
            "ends_on": last_day.isoformat() if last_day else "",
            "share": _percent(found["share"]),
        },
    )


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{(share * 100).normalize():f}"


def _identifier(found: Mapping[str, Any], locale: HospitalLocale) -> DetailRow:
    return _row(
        found,
        locale,
        DetailKind.IDENTIFIER,
        label=rules.identifier_words(found["type"]),
        title=found["value"],
        detail=found["issuer"],
        form={"type": found["type"], "value": found["value"], "issuer": found["issuer"]},
        is_correctable=found["type"] in IDENTIFIER_LABELS,
    )


_READERS: Final[dict[DetailKind, tuple[_Source, Callable[..., DetailRow]]]] = {
    DetailKind.PHONE: (_POINTS, _point),
    DetailKind.EMAIL: (_POINTS, _point),
    DetailKind.ADDRESS: (_ADDRESSES, _address),
    DetailKind.RELATION: (_RELATIONS, _relation),
    DetailKind.COVERAGE: (_COVERAGES, _coverage),
    DetailKind.IDENTIFIER: (_IDENTIFIERS, _identifier),
}
