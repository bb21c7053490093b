"""Writes of the organization: founding, settings, and what is added, changed, closed and opened again."""

import shutil
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.form_input import FormInput
from hms_app.core.permissions import PUBLIC, Permission
from hms_app.core.use_case import use_case
from hms_app.domain.files import service as files
from hms_app.domain.files.values import PictureUse
from hms_app.domain.organization import queries
from hms_app.domain.organization.errors import (
    AlreadyFounded,
    DepartmentClosed,
    DepartmentInUse,
)
from hms_app.domain.organization.tables import (
    HOSPITAL_ID,
    Department,
    Hospital,
    Payer,
    Practitioner,
    Room,
)
from hms_app.domain.organization.values import (
    DepartmentInput,
    DepartmentRow,
    HospitalInput,
    HospitalRow,
    PayerInput,
    PayerRow,
    PractitionerInput,
    PractitionerRow,
    RoomInput,
    RoomRow,
)
from hms_app.domain.organization.values import OrganizationAction as Did
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind

_HOSPITAL: Final = RowKind(Hospital, "hospital", queries.hospital_form)
_DEPARTMENTS: Final = RowKind(Department, "department", queries.department_form)
_ROOMS: Final = RowKind(Room, "room", queries.room_form)
_PRACTITIONERS: Final = RowKind(Practitioner, "practitioner", queries.practitioner_form)
_PAYERS: Final = RowKind(Payer, "payer", queries.payer_form)


@use_case(PUBLIC)
def found_hospital(session: Session, actor: Actor, *, request: HospitalInput) -> HospitalRow:
    """Make the one hospital; raises AlreadyFounded. Whoever calls it has checked the set-up code."""
    if queries.is_founded(session):
        raise AlreadyFounded
    hospital = Hospital(**request.model_dump(), founded_at=clock.now())
    records.add_row(session, actor, hospital, Did.HOSPITAL_FOUNDED)
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_SETTINGS_EDIT)
def change_settings(session: Session, actor: Actor, *, version: int, request: HospitalInput) -> HospitalRow:
    """Change the hospital's settings; raises Conflict when `version` is no longer the present one."""
    hospital = records.locked_row(session, actor, _HOSPITAL, HOSPITAL_ID, version=version)
    records.save_row(session, actor, hospital, Did.SETTINGS_CHANGED, **_plain(request))
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_SETTINGS_EDIT)
def change_logo(session: Session, actor: Actor, *, picture: str | None) -> HospitalRow:
    """Use another image as the logo, or none; `picture` names one that the actor sent before. Raises PictureGone."""
    hospital = records.locked_row(session, actor, _HOSPITAL, HOSPITAL_ID)
    logo = _kept_logo(actor, picture) if picture else None
    records.save_row(session, actor, hospital, Did.LOGO_CHANGED, logo_file=logo)
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def add_department(session: Session, actor: Actor, *, request: DepartmentInput) -> DepartmentRow:
    """Open a department; its code is refused when another has it."""
    department = Department(**request.model_dump(), name_key="")
    records.add_row(session, actor, department, Did.DEPARTMENT_ADDED)
    return queries.read_department(session, department.key)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def change_department(
    session: Session,
    actor: Actor,
    *,
    department_id: int,
    version: int,
    request: DepartmentInput,
) -> DepartmentRow:
    """Change a department's name or code; raises Conflict."""
    department = records.locked_row(session, actor, _DEPARTMENTS, department_id, version=version)
    records.save_row(session, actor, department, Did.DEPARTMENT_CHANGED, **_plain(request))
    return queries.read_department(session, department_id)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def close_department(session: Session, actor: Actor, *, department_id: int, version: int) -> None:
    """Close a department; raises DepartmentInUse while rooms are open or practitioners active in it."""
    department = records.locked_row(session, actor, _DEPARTMENTS, department_id, version=version)
    rooms = _count(session, Room, department_id)
    practitioners = _count(session, Practitioner, department_id)
    if rooms or practitioners:
        raise DepartmentInUse(department.name, rooms, practitioners)
    _set_active(session, actor, department, False, Did.DEPARTMENT_CLOSED)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def reopen_department(session: Session, actor: Actor, *, department_id: int, version: int) -> None:
    """Open a closed department again."""
    department = records.locked_row(session, actor, _DEPARTMENTS, department_id, version=version)
    _set_active(session, actor, department, True, Did.DEPARTMENT_REOPENED)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def add_room(session: Session, actor: Actor, *, request: RoomInput) -> RoomRow:
    """Add a room to an open department; its name is unique there."""
    ensure_department_open(session, request.department_id)
    room = Room(**_plain(request), name_key="")
    records.add_row(session, actor, room, Did.ROOM_ADDED)
    return queries.read_room(session, room.key)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def change_room(session: Session, actor: Actor, *, room_id: int, version: int, request: RoomInput) -> RoomRow:
    """Change a room; moving it wants an open department; raises Conflict."""
    room = records.locked_row(session, actor, _ROOMS, room_id, version=version)
    if room.department_id != request.department_id:
        ensure_department_open(session, request.department_id)
    records.save_row(session, actor, room, Did.ROOM_CHANGED, **_plain(request))
    return queries.read_room(session, room_id)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def close_room(session: Session, actor: Actor, *, room_id: int, version: int) -> None:
    """Take a room out of use."""
    _set_active(
        session,
        actor,
        records.locked_row(session, actor, _ROOMS, room_id, version=version),
        False,
        Did.ROOM_CLOSED,
    )


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def reopen_room(session: Session, actor: Actor, *, room_id: int, version: int) -> None:
    """Take a room into use again; its department must be open."""
    room = records.locked_row(session, actor, _ROOMS, room_id, version=version)
    ensure_department_open(session, room.department_id)
    _set_active(session, actor, room, True, Did.ROOM_REOPENED)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def add_practitioner(session: Session, actor: Actor, *, request: PractitionerInput) -> PractitionerRow:
    """Add a practitioner; registration number and linked user are unique."""
    if request.department_id is not None:
        ensure_department_open(session, request.department_id)
    practitioner = Practitioner(**request.model_dump(), name_key="")
    records.add_row(session, actor, practitioner, Did.PRACTITIONER_ADDED)
    return queries.read_practitioner(session, practitioner.key)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def change_practitioner(
    session: Session,
    actor: Actor,
    *,
    practitioner_id: int,
    version: int,
    request: PractitionerInput,
) -> PractitionerRow:
    """Change a practitioner; raises Conflict."""
    practitioner = records.locked_row(session, actor, _PRACTITIONERS, practitioner_id, version=version)
    if request.department_id is not None and request.department_id != practitioner.department_id:
        ensure_department_open(session, request.department_id)
    records.save_row(session, actor, practitioner, Did.PRACTITIONER_CHANGED, **_plain(request))
    return queries.read_practitioner(session, practitioner_id)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def close_practitioner(session: Session, actor: Actor, *, practitioner_id: int, version: int) -> None:
    """Say that a practitioner no longer works with the hospital; what they did stays."""
    practitioner = records.locked_row(session, actor, _PRACTITIONERS, practitioner_id, version=version)
    _set_active(session, actor, practitioner, False, Did.PRACTITIONER_CLOSED)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def reopen_practitioner(session: Session, actor: Actor, *, practitioner_id: int, version: int) -> None:
    """Say that a practitioner works with the hospital again; their department must be open."""
    practitioner = records.locked_row(session, actor, _PRACTITIONERS, practitioner_id, version=version)
    if practitioner.department_id is not None:
        ensure_department_open(session, practitioner.department_id)
    _set_active(session, actor, practitioner, True, Did.PRACTITIONER_REOPENED)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def add_payer(session: Session, actor: Actor, *, request: PayerInput) -> PayerRow:
    """Add a payer; its name is refused when another that was added here has it."""
    payer = Payer(**_plain(request), name_key="")
    records.add_row(session, actor, payer, Did.PAYER_ADDED)
    return queries.read_payer(session, payer.key)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def change_payer(
    session: Session,
    actor: Actor,
    *,
    payer_id: int,
    version: int,
    request: PayerInput,
) -> PayerRow:
    """Change a payer; raises Conflict."""
    payer = records.locked_row(session, actor, _PAYERS, payer_id, version=version)
    records.save_row(session, actor, payer, Did.PAYER_CHANGED, **_plain(request))
    return queries.read_payer(session, payer_id)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def close_payer(session: Session, actor: Actor, *, payer_id: int, version: int) -> None:
    """Offer a payer no longer; coverages that name it stay."""
    _set_active(
        session,
        actor,
        records.locked_row(session, actor, _PAYERS, payer_id, version=version),
        False,
        Did.PAYER_CLOSED,
    )


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def reopen_payer(session: Session, actor: Actor, *, payer_id: int, version: int) -> None:
    """Offer a payer again."""
    _set_active(
        session,
        actor,
        records.locked_row(session, actor, _PAYERS, payer_id, version=version),
        True,
        Did.PAYER_REOPENED,
    )


def _plain(request: FormInput) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, StrEnum) else value
        for name, value in request.model_dump().items()
    }


def _set_active(session: Session, actor: Actor, row: Any, is_active: bool, action: Did) -> None:
    records.save_row(session, actor, row, action, is_active=is_active)


def ensure_department_open(session: Session, department_id: int) -> None:
    """Hold a department until the commit; raises NotFound, or DepartmentClosed when it takes nothing new."""
    department = session.exec(
        select(Department).where(Department.id == department_id).with_for_update(read=True)
    ).first()
    if department is None:
        raise NotFound("department")
    if not department.is_active:
        raise DepartmentClosed(department.name)


def _count(session: Session, table: type[Room] | type[Practitioner], department_id: int) -> int:
    return session.exec(
        select(sa.func.count())
        .select_from(table)
        .where(table.department_id == department_id, table.is_active)
    ).one()


def _kept_logo(actor: Actor, picture: str) -> str:
    """Keep a copy under a name made of its contents: a failed commit leaves the old logo alone."""
    logo = files.claimed_picture(actor, name=picture, use=PictureUse.LOGO)
    name = f"logo-{logo.sha256[:32]}.png"
    shutil.copyfile(logo.path, get_settings().files_dir / name)
    return name
