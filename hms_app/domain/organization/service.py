"""Writes of the organization: founding, settings, and what is added, changed, closed and opened again."""

import shutil
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, select

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import PUBLIC, Permission
from hms_app.core.request import FormRequest
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.files import service as files
from hms_app.domain.files.values import PictureUse
from hms_app.domain.organization import queries
from hms_app.domain.organization.errors import (
    AlreadyFounded,
    ChangedMeanwhile,
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
    DepartmentRequest,
    DepartmentRow,
    HospitalRequest,
    HospitalRow,
    PayerRequest,
    PayerRow,
    PractitionerRequest,
    PractitionerRow,
    RoomRequest,
    RoomRow,
)
from hms_app.domain.organization.values import OrganizationAction as Did

Kept = TypeVar("Kept", Department, Room, Practitioner, Payer, Hospital)
Listed = TypeVar("Listed", Department, Room, Practitioner, Payer)


@use_case(PUBLIC)
def found_hospital(session: Session, actor: Actor, *, request: HospitalRequest) -> HospitalRow:
    """Make the one hospital; raises AlreadyFounded. Whoever calls it has checked the set-up code."""
    if queries.is_founded(session):
        raise AlreadyFounded
    hospital = Hospital(**request.model_dump(), founded_at=clock.now())
    session.add(hospital)
    session.flush()
    audit.record(session, actor, Did.HOSPITAL_FOUNDED, hospital, after=hospital)
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_SETTINGS_EDIT)
def change_settings(session: Session, actor: Actor, *, version: int, request: HospitalRequest) -> HospitalRow:
    """Change the hospital's settings; raises ChangedMeanwhile when `version` is no longer the present one."""
    hospital = _locked(session, Hospital, HOSPITAL_ID, version, "hospital")
    _take_over(session, actor, hospital, request, Did.SETTINGS_CHANGED)
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_SETTINGS_EDIT)
def change_logo(session: Session, actor: Actor, *, picture: str | None) -> HospitalRow:
    """Use another image as the logo, or none; `picture` names one that the actor sent before. Raises PictureGone."""
    hospital = _locked(session, Hospital, HOSPITAL_ID, None, "hospital")
    before = hospital.logo_file
    hospital.logo_file = _kept_logo(actor, picture) if picture else None
    hospital.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        Did.LOGO_CHANGED,
        hospital,
        before={"logo_file": before},
        after={"logo_file": hospital.logo_file},
    )
    return queries.hospital_row(hospital)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def add_department(session: Session, actor: Actor, *, request: DepartmentRequest) -> DepartmentRow:
    """Open a department; its code is refused when another has it."""
    department = _added(
        session,
        actor,
        Department(**request.model_dump(), name_key=""),
        Did.DEPARTMENT_ADDED,
    )
    return queries.read_department(session, department.key)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def change_department(
    session: Session,
    actor: Actor,
    *,
    department_id: int,
    version: int,
    request: DepartmentRequest,
) -> DepartmentRow:
    """Change a department's name or code; raises ChangedMeanwhile."""
    department = _locked(session, Department, department_id, version, "department")
    _take_over(session, actor, department, request, Did.DEPARTMENT_CHANGED)
    return queries.read_department(session, department_id)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def close_department(session: Session, actor: Actor, *, department_id: int, version: int) -> None:
    """Close a department; raises DepartmentInUse while rooms are open or practitioners active in it."""
    department = _locked(session, Department, department_id, version, "department")
    rooms = _count(session, Room, department_id)
    practitioners = _count(session, Practitioner, department_id)
    if rooms or practitioners:
        raise DepartmentInUse(department.name, rooms, practitioners)
    _set_active(session, actor, department, False, Did.DEPARTMENT_CLOSED)


@use_case(Permission.ORGANIZATION_DEPARTMENT_EDIT)
def reopen_department(session: Session, actor: Actor, *, department_id: int, version: int) -> None:
    """Open a closed department again."""
    department = _locked(session, Department, department_id, version, "department")
    _set_active(session, actor, department, True, Did.DEPARTMENT_REOPENED)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def add_room(session: Session, actor: Actor, *, request: RoomRequest) -> RoomRow:
    """Add a room to an open department; its name is unique there."""
    _ensure_open(session, request.department_id)
    room = _added(session, actor, Room(**_plain(request), name_key=""), Did.ROOM_ADDED)
    return queries.read_room(session, room.key)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def change_room(
    session: Session, actor: Actor, *, room_id: int, version: int, request: RoomRequest
) -> RoomRow:
    """Change a room; moving it wants an open department; raises ChangedMeanwhile."""
    room = _locked(session, Room, room_id, version, "room")
    if room.department_id != request.department_id:
        _ensure_open(session, request.department_id)
    _take_over(session, actor, room, request, Did.ROOM_CHANGED)
    return queries.read_room(session, room_id)


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def close_room(session: Session, actor: Actor, *, room_id: int, version: int) -> None:
    """Take a room out of use."""
    _set_active(
        session,
        actor,
        _locked(session, Room, room_id, version, "room"),
        False,
        Did.ROOM_CLOSED,
    )


@use_case(Permission.ORGANIZATION_ROOM_EDIT)
def reopen_room(session: Session, actor: Actor, *, room_id: int, version: int) -> None:
    """Take a room into use again; its department must be open."""
    room = _locked(session, Room, room_id, version, "room")
    _ensure_open(session, room.department_id)
    _set_active(session, actor, room, True, Did.ROOM_REOPENED)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def add_practitioner(session: Session, actor: Actor, *, request: PractitionerRequest) -> PractitionerRow:
    """Add a practitioner; registration number and linked user are unique."""
    if request.department_id is not None:
        _ensure_open(session, request.department_id)
    practitioner = Practitioner(**request.model_dump(), name_key="")
    _added(session, actor, practitioner, Did.PRACTITIONER_ADDED)
    return queries.read_practitioner(session, practitioner.key)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def change_practitioner(
    session: Session,
    actor: Actor,
    *,
    practitioner_id: int,
    version: int,
    request: PractitionerRequest,
) -> PractitionerRow:
    """Change a practitioner; raises ChangedMeanwhile."""
    practitioner = _locked(session, Practitioner, practitioner_id, version, "practitioner")
    if request.department_id is not None and request.department_id != practitioner.department_id:
        _ensure_open(session, request.department_id)
    _take_over(session, actor, practitioner, request, Did.PRACTITIONER_CHANGED)
    return queries.read_practitioner(session, practitioner_id)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def close_practitioner(session: Session, actor: Actor, *, practitioner_id: int, version: int) -> None:
    """Say that a practitioner no longer works with the hospital; what they did stays."""
    practitioner = _locked(session, Practitioner, practitioner_id, version, "practitioner")
    _set_active(session, actor, practitioner, False, Did.PRACTITIONER_CLOSED)


@use_case(Permission.ORGANIZATION_PRACTITIONER_EDIT)
def reopen_practitioner(session: Session, actor: Actor, *, practitioner_id: int, version: int) -> None:
    """Say that a practitioner works with the hospital again; their department must be open."""
    practitioner = _locked(session, Practitioner, practitioner_id, version, "practitioner")
    if practitioner.department_id is not None:
        _ensure_open(session, practitioner.department_id)
    _set_active(session, actor, practitioner, True, Did.PRACTITIONER_REOPENED)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def add_payer(session: Session, actor: Actor, *, request: PayerRequest) -> PayerRow:
    """Add a payer; its name is refused when another that was added here has it."""
    payer = _added(session, actor, Payer(**_plain(request), name_key=""), Did.PAYER_ADDED)
    return queries.read_payer(session, payer.key)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def change_payer(
    session: Session,
    actor: Actor,
    *,
    payer_id: int,
    version: int,
    request: PayerRequest,
) -> PayerRow:
    """Change a payer; raises ChangedMeanwhile."""
    payer = _locked(session, Payer, payer_id, version, "payer")
    _take_over(session, actor, payer, request, Did.PAYER_CHANGED)
    return queries.read_payer(session, payer_id)


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def close_payer(session: Session, actor: Actor, *, payer_id: int, version: int) -> None:
    """Offer a payer no longer; coverages that name it stay."""
    _set_active(
        session,
        actor,
        _locked(session, Payer, payer_id, version, "payer"),
        False,
        Did.PAYER_CLOSED,
    )


@use_case(Permission.ORGANIZATION_PAYER_EDIT)
def reopen_payer(session: Session, actor: Actor, *, payer_id: int, version: int) -> None:
    """Offer a payer again."""
    _set_active(
        session,
        actor,
        _locked(session, Payer, payer_id, version, "payer"),
        True,
        Did.PAYER_REOPENED,
    )


def _plain(request: FormRequest) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, StrEnum) else value
        for name, value in request.model_dump().items()
    }


def _added(session: Session, actor: Actor, row: Listed, action: Did) -> Listed:
    row.name_key = queries.name_key_of(row)
    session.add(row)
    session.flush()
    audit.record(session, actor, action, row, after=row)
    return row


def _take_over(session: Session, actor: Actor, row: Kept, request: FormRequest, action: Did) -> None:
    before = audit.snapshot(row)
    for name, value in _plain(request).items():
        setattr(row, name, value)
    if not isinstance(row, Hospital):
        row.name_key = queries.name_key_of(row)
    if audit.snapshot(row) == before:
        return
    row.version += 1
    session.flush()
    old, new = audit.changes(before, row)
    audit.record(session, actor, action, row, before=old, after=new)


def _set_active(session: Session, actor: Actor, row: Listed, is_active: bool, action: Did) -> None:
    if row.is_active == is_active:
        return
    row.is_active = is_active
    row.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        action,
        row,
        before={"is_active": not is_active},
        after={"is_active": is_active},
    )


def _locked(session: Session, table: type[Kept], key: int, version: int | None, what: str) -> Kept:
    row = session.exec(
        select(table).where(table.id == key).with_for_update().execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound(what)
    if version is not None and row.version != version:
        raise ChangedMeanwhile(what)
    return row


def _ensure_open(session: Session, department_id: int) -> None:
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
