"""What people do to their own sign-in: password, authenticator, recovery codes."""

from sqlmodel import Session, col, delete, select

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.security.errors import NotPossibleNow, WrongCode
from hms_app.domain.security.rules import codes
from hms_app.domain.security.rules.passwords import (
    MIN_LENGTH,
    WeakPassword,
    ensure_strong,
    normalized,
)
from hms_app.domain.security.service import sealing
from hms_app.domain.security.service.notices import notify
from hms_app.domain.security.service.passwords import hash_password
from hms_app.domain.security.service.sessions import end_sessions, prove_password
from hms_app.domain.security.service.sign_in import has_second_factor, use_totp
from hms_app.domain.security.tables import AppUser, ClinicWord, RecoveryCode, TotpDevice
from hms_app.domain.security.values import ProofResult, SecurityAction, TotpEnrolment


@use_case(SIGNED_IN, dangerous=True)
def change_password(session: Session, actor: Actor, *, new_password: str) -> None:
    """Set one's own password; the person's other sessions end. The old one was confirmed by `reauthenticate`."""
    user = own_user(session, actor)
    ensure_password(session, user, new_password)
    user.password_hash = hash_password(new_password)
    user.password_changed_at = clock.now()
    session.add(user)
    end_sessions(session, user.key, keep=actor.session_id)
    notify(session, user.key, "Your password was changed", "If it was not you, tell an administrator now.")
    audit.record(session, actor, SecurityAction.PASSWORD_CHANGED, user)


@use_case(SIGNED_IN, dangerous=True)
def begin_totp(session: Session, actor: Actor) -> TotpEnrolment:
    """Make a secret for an authenticator; it counts once `confirm_totp` has seen a code of it."""
    user = own_user(session, actor)
    if has_second_factor(session, user.key):
        raise NotPossibleNow("You have a second factor already. Remove it before you set up another.")
    secret = codes.new_totp_secret()
    session.exec(delete(TotpDevice).where(col(TotpDevice.user_id) == user.key))
    device = TotpDevice(user_id=user.key, encrypted_secret=sealing.encrypt(secret))
    session.add(device)
    audit.record(session, actor, SecurityAction.SECOND_FACTOR_BEGUN, device)
    address = codes.totp_address(secret, user.email)
    return TotpEnrolment(secret, address, codes.qr_svg(address))


@use_case(SIGNED_IN, dangerous=True)
def confirm_totp(session: Session, actor: Actor, *, code: str) -> list[str]:
    """Switch the second factor on with a first code; returns the recovery codes, shown this once."""
    user = own_user(session, actor)
    if not use_totp(session, user.key, code, confirmed=False):
        raise WrongCode
    device = session.exec(
        select(TotpDevice).where(TotpDevice.user_id == user.key).execution_options(populate_existing=True)
    ).one()
    device.confirmed_at = clock.now()
    session.add(device)
    audit.record(session, actor, SecurityAction.SECOND_FACTOR_CONFIRMED, device)
    return _new_recovery_codes(session, user.key)


@use_case(SIGNED_IN, dangerous=True)
def remove_totp(session: Session, actor: Actor, *, password: str) -> ProofResult:
    """Switch the second factor off; refused while the password is only long enough beside one.

    A wrong password is counted: commit the result either way.
    """
    user = own_user(session, actor)
    proof = prove_password(session, actor, password)
    if not proof.ok:
        return proof
    if len(normalized(password)) < MIN_LENGTH:
        raise WeakPassword(f"Choose a password of at least {MIN_LENGTH} characters before you remove it.")
    forget_second_factor(session, user.key)
    notify(
        session, user.key, "Your second factor was removed", "If it was not you, tell an administrator now."
    )
    audit.record(session, actor, SecurityAction.SECOND_FACTOR_REMOVED, user)
    return proof


@use_case(SIGNED_IN, dangerous=True)
def regenerate_recovery_codes(session: Session, actor: Actor) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones stop working."""
    user = own_user(session, actor)
    if not has_second_factor(session, user.key):
        raise NotPossibleNow("Set up a second factor first; recovery codes stand in for it.")
    audit.record(session, actor, SecurityAction.RECOVERY_CODES_MADE, user)
    return _new_recovery_codes(session, user.key)


def forget_second_factor(session: Session, user_id: int) -> None:
    """Remove a user's authenticator and recovery codes; the caller audits it."""
    session.exec(delete(TotpDevice).where(col(TotpDevice.user_id) == user_id))
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))


def ensure_password(session: Session, user: AppUser, password: str) -> None:
    """Raise WeakPassword unless `password` fits the rules, the clinic's words and this person."""
    words = session.exec(select(ClinicWord.word)).all()
    ensure_strong(
        password,
        has_second_factor=user.id is not None and has_second_factor(session, user.key),
        own_words=(user.name, user.email, *words),
    )


def own_user(session: Session, actor: Actor) -> AppUser:
    """The actor's own user; raises NotFound for the system itself."""
    user = session.get(AppUser, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise NotFound("user")
    return user


def _new_recovery_codes(session: Session, user_id: int) -> list[str]:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    made = [codes.new_code(3) for _ in range(codes.RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=sealing.code_hash(code, "recovery code")) for code in made
    )
    return made
