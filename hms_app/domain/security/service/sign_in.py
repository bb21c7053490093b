"""Signing in: count the guess, compare outside of any lock, then let in or refuse. Refusals are committed too."""

from sqlmodel import Session, col, func, select, update

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.domain.audit import service as audit
from hms_app.domain.security.rules import codes
from hms_app.domain.security.rules.waiting import ADDRESS, PERSON, PERSON_AT_ADDRESS, SECOND_FACTOR
from hms_app.domain.security.service import sealing, throttle
from hms_app.domain.security.service.passwords import password_matches
from hms_app.domain.security.service.sessions import acting_user, start_session
from hms_app.domain.security.tables import AppUser, RecoveryCode, Role, TotpDevice, UserRole, UserSession
from hms_app.domain.security.values import (
    ADMINISTRATOR,
    Attempt,
    SecurityAction,
    SignInOutcome,
    SignInResult,
    UserStatus,
)


def begin_sign_in(session: Session, *, email: str, ip_address: str) -> Attempt:
    """Count the guess, and look up what to compare it with. Commit, compare, then call `finish_sign_in`."""
    email = email.replace("\x00", "").strip()[:254]
    user = _by_email(session, email)
    wait = throttle.charge(session, _keys(session, email, ip_address, user))
    if wait:
        return Attempt(email, ip_address, None, None, wait)
    may_enter = user is not None and user.status == UserStatus.ACTIVE
    return Attempt(
        email, ip_address, user.id if user else None, user.password_hash if user and may_enter else None
    )


def finish_sign_in(
    session: Session, *, attempt: Attempt, matches: bool, code: str = "", user_agent: str = ""
) -> SignInResult:
    """Let the person in, ask for the second factor, or refuse; always commit."""
    if attempt.wait_seconds:
        return SignInResult(SignInOutcome.THROTTLED, wait_seconds=attempt.wait_seconds)
    user = session.get(AppUser, attempt.user_id) if attempt.user_id else None
    unchanged = user is not None and user.password_hash == attempt.password_hash
    if user is None or not matches or not unchanged or user.status != UserStatus.ACTIVE:
        _record_refusal(session, attempt)
        return SignInResult(SignInOutcome.REFUSED)
    _forgive(session, attempt, user)
    if not has_second_factor(session, user.key):
        return _let_in(session, user, attempt.ip_address, user_agent)
    ticket = sealing.new_ticket(user.key, user.password_hash or "", at=clock.now())
    if code:
        return finish_second_factor(
            session, ticket=ticket, code=code, ip_address=attempt.ip_address, user_agent=user_agent
        )
    return SignInResult(SignInOutcome.NEEDS_SECOND_FACTOR, ticket=ticket)


def sign_in(
    session: Session, *, email: str, password: str, code: str = "", ip_address: str, user_agent: str = ""
) -> SignInResult:
    """All steps in the caller's one transaction; the HTTP edge takes them apart, so that it holds no lock meanwhile."""
    attempt = begin_sign_in(session, email=email, ip_address=ip_address)
    matches = not attempt.wait_seconds and password_matches(password, attempt.password_hash)
    return finish_sign_in(session, attempt=attempt, matches=matches, code=code, user_agent=user_agent)


def finish_second_factor(
    session: Session, *, ticket: str, code: str, ip_address: str, user_agent: str
) -> SignInResult:
    """The second step: a fresh code of the authenticator, or a recovery code; always commit."""
    user = _of_ticket(session, ticket)
    if user is None:
        return SignInResult(SignInOutcome.REFUSED)
    key = (SECOND_FACTOR, str(user.key))
    if wait := throttle.charge(session, [key]):
        return SignInResult(SignInOutcome.THROTTLED, ticket=ticket, wait_seconds=wait)
    actor = acting_user(user, ip_address)
    if not (use_totp(session, user.key, code) or _use_recovery_code(session, actor, user.key, code)):
        audit.record(session, actor, SecurityAction.SIGN_IN_FAILED, user, reason="second factor")
        return SignInResult(SignInOutcome.NEEDS_SECOND_FACTOR, ticket=ticket)
    throttle.forgive(session, [key])
    return _let_in(session, user, ip_address, user_agent)


def has_second_factor(session: Session, user_id: int) -> bool:
    """Whether the user has a confirmed authenticator."""
    found = session.exec(
        select(TotpDevice.id).where(TotpDevice.user_id == user_id, col(TotpDevice.confirmed_at).is_not(None))
    ).first()
    return found is not None


def use_totp(session: Session, user_id: int, code: str, *, confirmed: bool = True) -> bool:
    """Whether the code is right; each works once, also when it is sent twice at the same instant."""
    device = session.exec(select(TotpDevice).where(TotpDevice.user_id == user_id)).first()
    if device is None or (device.confirmed_at is not None) != confirmed:
        return False
    secret = sealing.decrypt(device.encrypted_secret)
    counter = codes.totp_counter(secret, code, at=clock.now(), after=device.last_counter)
    if counter is None:
        return False
    used = session.exec(
        update(TotpDevice)
        .where(col(TotpDevice.id) == device.id, col(TotpDevice.last_counter) < counter)
        .values(last_counter=counter)
    )
    return bool(used.rowcount == 1)


def _use_recovery_code(session: Session, actor: Actor, user_id: int, code: str) -> bool:
    used = session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user_id,
            col(RecoveryCode.code_hash) == sealing.code_hash(code, "recovery code"),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:
        return False
    audit.record(session, actor, SecurityAction.RECOVERY_CODE_USED, AppUser, subject_id=user_id)
    return True


def _let_in(session: Session, user: AppUser, ip_address: str, user_agent: str) -> SignInResult:
    token = start_session(session, user, ip_address=ip_address, user_agent=user_agent)
    must_enrol = (
        get_settings().require_second_factor
        and _is_administrator(session, user.key)
        and not has_second_factor(session, user.key)
    )
    return SignInResult(SignInOutcome.SIGNED_IN, token=token, must_enrol=must_enrol)


def _record_refusal(session: Session, attempt: Attempt) -> None:
    nobody = Actor.nobody(attempt.ip_address)
    audit.record(session, nobody, SecurityAction.SIGN_IN_FAILED, AppUser, subject_id=attempt.user_id)


def _keys(session: Session, email: str, ip_address: str, user: AppUser | None) -> list[throttle.Key]:
    keys = [(PERSON_AT_ADDRESS, f"{email} {ip_address}"), (ADDRESS, ip_address)]
    if user is None or not _came_from(session, user.key, ip_address):
        keys.append((PERSON, email))
    return keys


def _came_from(session: Session, user_id: int, ip_address: str) -> bool:
    """A place the person signed in from before does not wait for guesses made elsewhere."""
    found = session.exec(
        select(UserSession.id)
        .where(UserSession.user_id == user_id, UserSession.ip_address == ip_address)
        .limit(1)
    ).first()
    return found is not None


def _forgive(session: Session, attempt: Attempt, user: AppUser) -> None:
    throttle.forgive(
        session, [(PERSON_AT_ADDRESS, f"{attempt.email} {attempt.ip_address}"), (PERSON, attempt.email)]
    )
    throttle.refund(session, (ADDRESS, attempt.ip_address))


def _by_email(session: Session, email: str) -> AppUser | None:
    return session.exec(select(AppUser).where(func.lower(AppUser.email) == func.lower(email))).first()


def _of_ticket(session: Session, ticket: str) -> AppUser | None:
    content = sealing.read_ticket(ticket, at=clock.now())
    user = session.get(AppUser, content[0]) if content else None
    if content is None or user is None or user.status != UserStatus.ACTIVE:
        return None
    return user if codes.token_hash(user.password_hash or "") == content[1] else None


def _is_administrator(session: Session, user_id: int) -> bool:
    found = session.exec(
        select(UserRole.id)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(UserRole.user_id == user_id, Role.code == ADMINISTRATOR, col(UserRole.ended_at).is_(None))
    ).first()
    return found is not None
