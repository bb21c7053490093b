"""Reads of the organization: settings, lists a page at a time, and choices for forms."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.keyset import Keyset, count_label, read_page
from hms_app.core.locale import HospitalLocale
from hms_app.core.paging import Page
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit.values import Check
from hms_app.domain.organization import rules
from hms_app.domain.organization.errors import NotFounded
from hms_app.domain.organization.tables import (
    HOSPITAL_ID,
    Department,
    Hospital,
    Organization,
    Payer,
    Practitioner,
    Room,
)
from hms_app.domain.organization.values import (
    Choice,
    DepartmentRow,
    HospitalRow,
    Letterhead,
    PayerKind,
    PayerRow,
    PractitionerRow,
    RoomKind,
    RoomRow,
    country_name,
)
from hms_app.domain.organization.values.forms import (
    DEPARTMENT_FORM,
    HOSPITAL_FORM,
    PAYER_FORM,
    PRACTITIONER_FORM,
    ROOM_FORM,
)
from hms_app.domain.records.rules import text_of
from hms_app.domain.records.values import Form, RowForm
from hms_app.domain.security.tables import AppUser

Row = TypeVar("Row")
_BY_NAME: Final = (str, int)
MOST_CHOICES: Final = 300
"""A list to choose from is not longer."""
AnySelect = sa.Select[*tuple[Any, ...]]


def is_founded(session: Session) -> bool:
    """Whether set-up is over; the hospital and its first administrator are made in one transaction."""
    return session.connection().scalar(sa.select(sa.literal(1)).select_from(Hospital)) is not None


def hospital_locale(session: Session) -> HospitalLocale:
    """How this hospital writes dates, numbers and phone numbers; a neutral way before set-up."""
    hospital = session.get(Hospital, HOSPITAL_ID)
    return _locale(hospital) if hospital else HospitalLocale()


def _locale(hospital: Hospital) -> HospitalLocale:
    return HospitalLocale(hospital.zone_name, hospital.currency, hospital.language, hospital.country)


def hospital_row(hospital: Hospital) -> HospitalRow:
    """The hospital's settings."""
    return HospitalRow(
        version=hospital.version,
        name=hospital.name,
        address_line=hospital.address_line,
        city=hospital.city,
        region=hospital.region,
        postal_code=hospital.postal_code,
        country=hospital.country,
        phone=hospital.phone,
        email=hospital.email,
        logo_url=logo_url(hospital),
        currency=hospital.currency,
        zone_name=hospital.zone_name,
        language=hospital.language,
        founded_at=hospital.founded_at,
    )


def hospital_form(session: Session, _actor: Actor, _hospital_id: int) -> RowForm:
    """The hospital's settings as their form shows them."""
    return _as_form(hospital_row(_hospital(session)), HOSPITAL_FORM)


def logo_url(hospital: Hospital) -> str:
    """Where the logo is served; changes with the logo, empty without one."""
    return f"/files/logo?of={hospital.logo_file[5:13]}" if hospital.logo_file else ""


@use_case(Permission.ORGANIZATION_SETTINGS_READ)
def get_hospital(session: Session, actor: Actor) -> HospitalRow:
    """The hospital's settings."""
    return hospital_row(_hospital(session))


@use_case(PUBLIC)
def get_hospital_face(session: Session, actor: Actor) -> tuple[str, str]:
    """The hospital's name and the address of its logo, both empty before set-up; anybody may see them."""
    hospital = session.get(Hospital, HOSPITAL_ID)
    return (hospital.name, logo_url(hospital)) if hospital else ("", "")


@use_case(PUBLIC)
def find_logo_file(session: Session, actor: Actor) -> str | None:
    """The name of the logo's file in the files directory, or None."""
    hospital = session.get(Hospital, HOSPITAL_ID)
    return hospital.logo_file if hospital else None


@use_case(SIGNED_IN)
def get_letterhead(session: Session, actor: Actor) -> Letterhead:
    """What stands at the top of the hospital's papers."""
    hospital = _hospital(session)
    lines = rules.address_lines(
        hospital.address_line,
        hospital.postal_code,
        hospital.city,
        hospital.region,
        country_name(hospital.country, hospital.language),
    )
    return Letterhead(hospital.name, lines, hospital.phone, hospital.email, hospital.logo_file)


@use_case(Permission.ORGANIZATION_DEPARTMENT_READ)
def list_departments(
    session: Session, actor: Actor, *, text: str = "", shows_closed: bool = False, at: str | None = None
) -> Page[DepartmentRow]:
    """Departments by name; the text is looked for in names and codes."""
    code = sa.func.lower(col(Department.code))
    statement = _matching(_department_statement(), Department, text, shows_closed, extra=[code])
    return _page(session, statement, Department, at, _department_row)


@use_case(Permission.ORGANIZATION_DEPARTMENT_READ)
def get_department(session: Session, actor: Actor, *, department_id: int) -> DepartmentRow:
    """One department; raises NotFound."""
    return read_department(session, department_id)


def read_department(session: Session, department_id: int) -> DepartmentRow:
    """One department, for use cases that have asked who may; raises NotFound."""
    return _one(
        session,
        _department_statement(),
        Department,
        department_id,
        "department",
        _department_row,
    )


def department_form(session: Session, _actor: Actor, department_id: int) -> RowForm:
    """One department as its form shows it."""
    return _as_form(read_department(session, department_id), DEPARTMENT_FORM)


@use_case(Permission.ORGANIZATION_ROOM_READ)
def list_rooms(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    shows_closed: bool = False,
    department_id: int | None = None,
    at: str | None = None,
) -> Page[RoomRow]:
    """Rooms by name; the text is looked for in the room's and its department's name."""
    statement = _room_statement()
    if department_id is not None:
        statement = statement.where(col(Room.department_id) == department_id)
    statement = _matching(statement, Room, text, shows_closed, extra=[col(Department.name_key)])
    return _page(session, statement, Room, at, _room_row)


@use_case(Permission.ORGANIZATION_ROOM_READ)
def get_room(session: Session, actor: Actor, *, room_id: int) -> RoomRow:
    """One room; raises NotFound."""
    return read_room(session, room_id)


def read_room(session: Session, room_id: int) -> RoomRow:
    """One room, for use cases that have asked who may; raises NotFound."""
    return _one(session, _room_statement(), Room, room_id, "room", _room_row)


def room_form(session: Session, _actor: Actor, room_id: int) -> RowForm:
    """One room as its form shows it."""
    row = read_room(session, room_id)
    return _as_form(row, ROOM_FORM, department_id=row.department)


@use_case(Permission.ORGANIZATION_PRACTITIONER_READ)
def list_practitioners(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    shows_closed: bool = False,
    department_id: int | None = None,
    works_here: bool | None = None,
    at: str | None = None,
) -> Page[PractitionerRow]:
    """Practitioners by family name; the text is looked for in names, specialties and registration numbers."""
    statement = _practitioner_statement()
    if department_id is not None:
        statement = statement.where(col(Practitioner.department_id) == department_id)
    if works_here is not None:
        outside = col(Practitioner.organization_id).is_not(None)
        statement = statement.where(~outside if works_here else outside)
    extra = [
        sa.func.lower(col(Practitioner.specialty)),
        sa.func.lower(col(Practitioner.registration_number)),
    ]
    statement = _matching(statement, Practitioner, text, shows_closed, extra=extra)
    return _page(session, statement, Practitioner, at, _practitioner_row)


@use_case(Permission.ORGANIZATION_PRACTITIONER_READ)
def get_practitioner(session: Session, actor: Actor, *, practitioner_id: int) -> PractitionerRow:
    """One practitioner; raises NotFound."""
    return read_practitioner(session, practitioner_id)


def read_practitioner(session: Session, practitioner_id: int) -> PractitionerRow:
    """One practitioner, for use cases that have asked who may; raises NotFound."""
    return _one(
        session,
        _practitioner_statement(),
        Practitioner,
        practitioner_id,
        "practitioner",
        _practitioner_row,
    )


def practitioner_form(session: Session, _actor: Actor, practitioner_id: int) -> RowForm:
    """One practitioner as its form shows it."""
    row = read_practitioner(session, practitioner_id)
    works_at = row.department or row.organization or ""
    return _as_form(row, PRACTITIONER_FORM, department_id=works_at, user_id=row.user_name or "")


@use_case(Permission.ORGANIZATION_PAYER_READ)
def list_payers(
    session: Session,
    actor: Actor,
    *,
    text: str = "",
    shows_closed: bool = False,
    kind: PayerKind | None = None,
    at: str | None = None,
) -> Page[PayerRow]:
    """Payers by name."""
    statement = sa.select(Payer)
    if kind is not None:
        statement = statement.where(col(Payer.kind) == kind.value)
    return _page(session, _matching(statement, Payer, text, shows_closed), Payer, at, _payer_row)


@use_case(Permission.ORGANIZATION_PAYER_READ)
def get_payer(session: Session, actor: Actor, *, payer_id: int) -> PayerRow:
    """One payer; raises NotFound."""
    return read_payer(session, payer_id)


def read_payer(session: Session, payer_id: int) -> PayerRow:
    """One payer, for use cases that have asked who may; raises NotFound."""
    return _one(session, sa.select(Payer), Payer, payer_id, "payer", _payer_row)


def payer_form(session: Session, _actor: Actor, payer_id: int) -> RowForm:
    """One payer as its form shows it."""
    return _as_form(read_payer(session, payer_id), PAYER_FORM)


@use_case(Permission.ORGANIZATION_DEPARTMENT_READ)
def department_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open departments by name, for a form to choose from."""
    found = session.exec(
        select(Department.id, Department.name)
        .where(col(Department.is_active))
        .order_by(col(Department.name_key))
    )
    return [Choice(value=str(key), label=name, detail="") for key, name in found]


@use_case(Permission.ORGANIZATION_PAYER_READ)
def payer_choices(session: Session, actor: Actor) -> list[Choice]:
    """The open payers by name, for a form to choose from; the first `MOST_CHOICES`."""
    found = session.exec(
        select(Payer.id, Payer.name)
        .where(col(Payer.is_active))
        .order_by(col(Payer.name_key))
        .limit(MOST_CHOICES)
    )
    return [Choice(value=str(key), label=name, detail="") for key, name in found]


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def user_choices(session: Session, actor: Actor, *, text: str, limit: int = 8) -> list[Choice]:
    """Users whose name or e-mail holds `text` and who are no practitioner yet."""
    wanted = f"%{_escaped(text.strip())}%"
    taken = sa.exists().where(col(Practitioner.user_id) == col(AppUser.id))
    found = session.exec(
        select(AppUser.id, AppUser.name, AppUser.email)
        .where(~taken, sa.or_(col(AppUser.name).ilike(wanted), col(AppUser.email).ilike(wanted)))
        .order_by(col(AppUser.name))
        .limit(limit)
    )
    return [Choice(value=str(key), label=name, detail=email) for key, name, email in found]


def find_user_practitioner(session: Session, *, user_id: int) -> int | None:
    """The practitioner a user is linked to, or None."""
    return session.exec(select(Practitioner.id).where(Practitioner.user_id == user_id)).first()


def _as_form(row: object, form: Form, **texts: str) -> RowForm:
    """A row as its form shows it; `texts` are what ids read as."""
    values = {name: getattr(row, name) for name in form}
    shown = {name: "" if value is None else str(value) for name, value in values.items()}
    return RowForm({**shown, **{text_of(name): text for name, text in texts.items()}})


def _hospital(session: Session) -> Hospital:
    hospital = session.get(Hospital, HOSPITAL_ID)
    if hospital is None:
        raise NotFounded
    return hospital


def _department_statement() -> AnySelect:
    return sa.select(Department, _held(Room), _held(Practitioner))


def _held(table: type[Room] | type[Practitioner]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).select_from(table)
    return counted.where(
        col(table.department_id) == col(Department.id), col(table.is_active)
    ).scalar_subquery()


def _room_statement() -> AnySelect:
    return sa.select(Room, col(Department.name)).join(
        Department, col(Department.id) == col(Room.department_id)
    )


def _practitioner_statement() -> AnySelect:
    return (
        sa.select(Practitioner, col(Department.name), col(Organization.name), col(AppUser.name))
        .outerjoin(Department, col(Department.id) == col(Practitioner.department_id))
        .outerjoin(Organization, col(Organization.id) == col(Practitioner.organization_id))
        .outerjoin(AppUser, col(AppUser.id) == col(Practitioner.user_id))
    )


def _matching(
    statement: AnySelect,
    table: Any,
    text: str,
    shows_closed: bool,
    extra: Sequence[Any] = (),
) -> AnySelect:
    if not shows_closed:
        statement = statement.where(table.is_active)
    for word in fold(text[:200]).split():
        wanted = f"%{word}%"
        statement = statement.where(
            sa.or_(table.name_key.like(wanted), *(column.like(wanted) for column in extra))
        )
    return statement


def _page(
    session: Session, statement: AnySelect, table: Any, at: str | None, make: Callable[..., Row]
) -> Page[Row]:
    label = count_label(session, statement, table.id)
    keyset = Keyset(table.__tablename__, _BY_NAME)
    page = read_page(session, statement, keyset, [table.name_key, table.id], at, label=label)
    return page.map(lambda found: make(*found))


def _one(
    session: Session,
    statement: AnySelect,
    table: Any,
    key: int,
    what: str,
    make: Callable[..., Row],
) -> Row:
    found = session.execute(statement.where(table.id == key)).first()
    if found is None:
        raise NotFound(what)
    return make(*found)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _department_row(department: Department, rooms: int, practitioners: int) -> DepartmentRow:
    return DepartmentRow(
        id=department.key,
        version=department.version,
        is_active=department.is_active,
        name=department.name,
        code=department.code,
        rooms=rooms,
        practitioners=practitioners,
    )


def _room_row(room: Room, department: str) -> RoomRow:
    return RoomRow(
        id=room.key,
        version=room.version,
        is_active=room.is_active,
        name=room.name,
        kind=RoomKind(room.kind),
        department_id=room.department_id,
        department=department,
    )


def _practitioner_row(
    practitioner: Practitioner,
    department: str | None,
    organization: str | None,
    user: str | None,
) -> PractitionerRow:
    return PractitionerRow(
        id=practitioner.key,
        version=practitioner.version,
        is_active=practitioner.is_active,
        name=rules.display_name(practitioner.prefix, practitioner.given_names, practitioner.family_name),
        prefix=practitioner.prefix,
        given_names=practitioner.given_names,
        family_name=practitioner.family_name,
        specialty=practitioner.specialty,
        registration_number=practitioner.registration_number,
        department_id=practitioner.department_id,
        department=department,
        organization=organization,
        user_id=practitioner.user_id,
        user_name=user,
    )


def _payer_row(payer: Payer) -> PayerRow:
    return PayerRow(
        id=payer.key,
        version=payer.version,
        is_active=payer.is_active,
        name=payer.name,
        kind=PayerKind(payer.kind),
        address_line=payer.address_line,
        city=payer.city,
        region=payer.region,
        postal_code=payer.postal_code,
        phone=payer.phone,
    )


def check_search_names(session: Session) -> Check:
    """Every name by which lists sort and search is the folded name it stands for."""
    rows: list[Department | Room | Payer | Practitioner] = [
        *session.exec(select(Department)),
        *session.exec(select(Room)),
        *session.exec(select(Payer)),
        *session.exec(select(Practitioner)),
    ]
    problems = [
        f"{row.__tablename__} {row.id} is listed under a name it does not have."
        for row in rows
        if row.name_key != row.derived()["name_key"]
    ]
    checked = len(rows)
    return Check("organization: search names", not problems, checked, problems[:100])


def check_closed_departments(session: Session) -> Check:
    """No open room belongs to a closed department."""
    found = session.exec(
        select(Room.id, Department.name)
        .join(Department, col(Department.id) == col(Room.department_id))
        .where(col(Room.is_active), ~col(Department.is_active))
    ).all()
    checked = session.exec(select(sa.func.count()).select_from(Room)).one()
    problems = [f"Room {room_id} is open though its department {name} is closed." for room_id, name in found]
    return Check("organization: closed departments", not problems, checked, problems[:100])


CHECKS = (check_search_names, check_closed_departments)
"""What `hms.py verify` asks of the organization; each is a function of a session."""
