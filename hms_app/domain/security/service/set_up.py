"""The first administrator of an empty hospital, and the code that lets them in."""

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import PUBLIC
from hms_app.core.text import fold
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.records import service as records
from hms_app.domain.security.errors import AlreadySetUp, WrongSetupCode
from hms_app.domain.security.rules.codes import new_code
from hms_app.domain.security.rules.places import place_of
from hms_app.domain.security.rules.waiting import SET_UP
from hms_app.domain.security.service import throttle
from hms_app.domain.security.service.account import ensure_password
from hms_app.domain.security.service.passwords import hash_password
from hms_app.domain.security.service.roles import seed_roles
from hms_app.domain.security.service.sealing import code_hash
from hms_app.domain.security.service.users import give_role
from hms_app.domain.security.tables import AppUser, ClinicWord, Role, SetupCode, UserRole
from hms_app.domain.security.values import ADMINISTRATOR, AdministratorInput, SecurityAction, UserStatus

_PURPOSE = "set-up code"


def has_administrator(session: Session) -> bool:
    """Whether somebody holds, or ever held, the administrator role: the set-up page is dead then."""
    found = session.exec(
        select(UserRole.id)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(Role.code == ADMINISTRATOR)
        .limit(1)
    ).first()
    return found is not None


def issue_setup_code(session: Session) -> str | None:
    """A fresh one-time code to print in the terminal, the earlier ones void; None once there is an administrator."""
    if has_administrator(session):
        return None
    session.exec(update(SetupCode).where(col(SetupCode.used_at).is_(None)).values(used_at=clock.now()))
    code = new_code(4)
    session.add(SetupCode(code_hash=code_hash(code, _PURPOSE)))
    return code


@use_case(PUBLIC)
def count_setup_guess(session: Session, actor: Actor) -> bool:
    """Count that somebody types the code; commit it, then call `redeem_setup_code`. Raises WaitBeforeNextTry."""
    throttle.count_guess(session, (SET_UP, place_of(actor.ip_address)))
    return True


def redeem_setup_code(session: Session, *, code: str) -> None:
    """Use the code up; raises WrongSetupCode or AlreadySetUp. One set-up at a time gets past here."""
    session.connection().execute(text("SELECT pg_advisory_xact_lock(7310579613283)"))
    if has_administrator(session):
        raise AlreadySetUp
    used = session.exec(
        update(SetupCode)
        .where(col(SetupCode.code_hash) == code_hash(code, _PURPOSE), col(SetupCode.used_at).is_(None))
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:
        raise WrongSetupCode


def make_first_administrator(
    session: Session,
    *,
    request: AdministratorInput,
    ip_address: str = "",
    locale: HospitalLocale | None = None,
) -> Actor:
    """Make the administrator of an empty hospital; raises WeakPassword or AlreadySetUp.

    Returns them as an actor who may do everything an administrator may, for the rest of the set-up. The role
    starts on the calendar day of `locale`'s zone.
    """
    if has_administrator(session):
        raise AlreadySetUp
    seed_roles(session)
    user = AppUser(
        email=request.email,
        name=request.name,
        search_name="",
        status=UserStatus.ACTIVE,
        password_changed_at=clock.now(),
    )
    ensure_password(session, user, request.password)
    user.password_hash = hash_password(request.password)
    system = Actor.system("set-up", locale)
    records.add_row(session, system, user, SecurityAction.FIRST_ADMINISTRATOR_MADE)
    role = session.exec(select(Role).where(Role.code == ADMINISTRATOR)).one()
    give_role(session, system, user.key, role.key)
    return Actor(user.key, user.name, system.permissions, roles=(role.name,), ip_address=ip_address)


def add_clinic_words(session: Session, actor: Actor, *, phrases: list[str]) -> None:
    """Let no password be built on these words (the hospital's name, its street); known ones are skipped."""
    known = set(session.exec(select(ClinicWord.word)).all())
    words = {word for phrase in phrases for word in fold(phrase).split() if len(word) > 3} - known
    session.add_all(ClinicWord(word=word) for word in words)
    if words:
        audit.record(session, actor, SecurityAction.WORD_ADDED, ClinicWord, after={"words": words})
