"""Signing in: count the guess, compare outside of any lock, then let in or refuse. Refusals are committed too."""

from dataclasses import replace

from sqlmodel import Session, col, select, update

from hms_app.config import get_settings
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.text import normal_address
from hms_app.domain.audit import service as audit
from hms_app.domain.security.queries.users import find_by_address
from hms_app.domain.security.rules import codes
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.rules.waiting import (
    ADDRESS,
    DEVICE,
    PERSON,
    PERSON_AT_ADDRESS,
    SECOND_FACTOR,
    WHOLE_ADDRESS,
)
from hms_app.domain.security.service import sealing, throttle
from hms_app.domain.security.service.passwords import password_matches
from hms_app.domain.security.service.places import find_place, remember_place
from hms_app.domain.security.service.sessions import acting_user, start_session
from hms_app.domain.security.tables import AppUser, RecoveryCode, Role, TotpDevice, UserRole
from hms_app.domain.security.values import (
    ADMINISTRATOR,
    Attempt,
    SecurityAction,
    SignInOutcome,
    SignInResult,
    UserStatus,
)


def begin_sign_in(
    session: Session, *, email: str, ip_address: str, device_token: str | None = None
) -> Attempt:
    """Count the guess, and look up what to compare it with. Commit, compare, then call `finish_sign_in`.

    Whoever signed in from this place before is let in whatever strangers did. A wrong guess tells nobody who that is:
    it is compared with something and answered alike at every name.
    """
    address = normal_address(email)
    user = find_by_address(session, address)
    user_id = user.id if user else None
    place = find_place(session, user_id, ip_address=ip_address, device_token=device_token)
    attempt = Attempt(address, ip_address, user_id, None, place, device_token=device_token)
    own, others = _keys(attempt)
    if wait := throttle.charge(session, own):
        return replace(attempt, wait_seconds=wait)
    wait = throttle.charge(session, others) if others else 0
    throttle.sweep(session)
    may_enter = user is not None and user.status == UserStatus.ACTIVE and (not wait or place.knows_address)
    return replace(
        attempt, others_wait_seconds=wait, password_hash=user.password_hash if user and may_enter else None
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
        if attempt.others_wait_seconds:
            return SignInResult(SignInOutcome.THROTTLED, wait_seconds=attempt.others_wait_seconds)
        return SignInResult(SignInOutcome.REFUSED)
    _forgive(session, attempt)
    if not has_second_factor(session, user.key):
        return _let_in(session, user, attempt.ip_address, user_agent, attempt.device_token)
    ticket = sealing.new_ticket(user.key, user.password_hash or "", at=clock.now())
    if code:
        return finish_second_factor(
            session,
            ticket=ticket,
            code=code,
            ip_address=attempt.ip_address,
            user_agent=user_agent,
            device_token=attempt.device_token,
        )
    return SignInResult(SignInOutcome.NEEDS_SECOND_FACTOR, ticket=ticket)


def sign_in(
    session: Session,
    *,
    email: str,
    password: str,
    code: str = "",
    ip_address: str,
    user_agent: str = "",
    device_token: str | None = None,
) -> SignInResult:
    """All steps in the caller's one transaction; the HTTP edge takes them apart, so that it holds no lock meanwhile."""
    attempt = begin_sign_in(session, email=email, ip_address=ip_address, device_token=device_token)
    matches = not attempt.wait_seconds and password_matches(password, attempt.password_hash)
    return finish_sign_in(session, attempt=attempt, matches=matches, code=code, user_agent=user_agent)


def finish_second_factor(
    session: Session,
    *,
    ticket: str,
    code: str,
    ip_address: str,
    user_agent: str,
    device_token: str | None = None,
) -> SignInResult:
    """The second step: a fresh code of the authenticator, or a recovery code; always commit."""
    user = _of_ticket(session, ticket)
    if user is None:
        return SignInResult(SignInOutcome.REFUSED)
    place = find_place(session, user.key, ip_address=ip_address, device_token=device_token)
    key = (SECOND_FACTOR, f"{user.key} {place.device}" if place.knows_device else str(user.key))
    if wait := throttle.charge(session, [key]):
        return SignInResult(SignInOutcome.THROTTLED, ticket=ticket, wait_seconds=wait)
    actor = acting_user(user, ip_address)
    if not (use_totp(session, user.key, code) or _use_recovery_code(session, actor, user.key, code)):
        audit.record(session, actor, SecurityAction.SIGN_IN_FAILED, user, reason="second factor")
        return SignInResult(SignInOutcome.NEEDS_SECOND_FACTOR, ticket=ticket)
    throttle.forgive(session, [key])
    return _let_in(session, user, ip_address, user_agent, device_token)


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


def _let_in(
    session: Session, user: AppUser, ip_address: str, user_agent: str, device_token: str | None
) -> SignInResult:
    token = start_session(session, user, ip_address=ip_address, user_agent=user_agent)
    must_enrol = (
        get_settings().require_second_factor
        and _is_administrator(session, user.key)
        and not has_second_factor(session, user.key)
    )
    return SignInResult(
        SignInOutcome.SIGNED_IN,
        token=token,
        device_token=remember_place(session, user.key, ip_address=ip_address, device_token=device_token),
        must_enrol=must_enrol,
    )


def _record_refusal(session: Session, attempt: Attempt) -> None:
    nobody = Actor.nobody(attempt.ip_address)
    audit.record(session, nobody, SecurityAction.SIGN_IN_FAILED, AppUser, subject_id=attempt.user_id)


def _keys(attempt: Attempt) -> tuple[list[throttle.Key], list[throttle.Key]]:
    """What a guess is counted for: by itself, and together with what others do.

    A person is their user's number, so that no other way to write the address gives more guesses.
    """
    person, place = str(attempt.user_id or token_hash(attempt.email)), attempt.place
    if place.knows_device:
        return [(DEVICE, f"{person} {place.device}")], []
    own = [(PERSON_AT_ADDRESS, f"{person} {place.address}"), (WHOLE_ADDRESS, place.address)]
    return own, [(PERSON, person), (ADDRESS, place.address)]


def _forgive(session: Session, attempt: Attempt) -> None:
    """What the person mistyped is forgotten; what strangers guessed stays counted."""
    own, others = _keys(attempt)
    throttle.forgive(session, [key for key in own if key[0] is not WHOLE_ADDRESS])
    throttle.refund(session, [key for key in own if key[0] is WHOLE_ADDRESS])
    if others and not attempt.others_wait_seconds:
        throttle.refund(session, others)


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
