"""Users: invited, edited, disabled, enabled; roles given and taken."""

import datetime as dt
from typing import Final

from sqlmodel import Session, col, select, update

from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import Permission
from hms_app.core.use_case import ensure_allowed, ensure_reauthenticated, use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.records import service as records
from hms_app.domain.records.service import RowKind
from hms_app.domain.records.values import RowForm
from hms_app.domain.security.errors import LinkExpired, NotPossibleNow
from hms_app.domain.security.rules.codes import new_token, token_hash
from hms_app.domain.security.rules.grants import as_told
from hms_app.domain.security.rules.places import place_of
from hms_app.domain.security.rules.waiting import LINK
from hms_app.domain.security.service import throttle
from hms_app.domain.security.service.account import ensure_password, forget_second_factor
from hms_app.domain.security.service.notices import notify
from hms_app.domain.security.service.passwords import hash_password
from hms_app.domain.security.service.sessions import acting_user, end_sessions
from hms_app.domain.security.tables import AppUser, Invitation, Role, UserRole
from hms_app.domain.security.values import (
    USER_LIFE,
    InvitationMade,
    InviteInput,
    SecurityAction,
    UserEdit,
    UserStatus,
)

INVITATION_DAYS: Final = 7


def _form(session: Session, actor: Actor, user_id: int) -> RowForm:
    """A user as the form shows it, for a caller that has checked who asks."""
    user = _user(session, user_id)
    return RowForm({"name": user.name, "email": user.email})


USERS: Final = RowKind(AppUser, "user", _form)


@use_case(Permission.SECURITY_USER_INVITE)
def invite_user(session: Session, actor: Actor, *, request: InviteInput) -> InvitationMade:
    """Add a user and an invitation of a week.

    A first role wants the right to give roles and a fresh password, as giving one later does.
    """
    if request.role_id is not None:
        ensure_allowed(actor, Permission.SECURITY_ROLE_ASSIGN)
        ensure_reauthenticated(actor)
    user = AppUser(
        email=request.email,
        name=request.name,
        search_name="",
    )
    records.add_row(session, actor, user, SecurityAction.USER_INVITED)
    if request.role_id is not None:
        give_role(session, actor, user.key, request.role_id)
    return _new_invitation(session, user)


@use_case(Permission.SECURITY_USER_INVITE, dangerous=True)
def invite_again(
    session: Session, actor: Actor, *, user_id: int, forget_second_factor_too: bool = False
) -> InvitationMade:
    """A new link for somebody who lost the invitation, the password, or (when asked) the authenticator.

    For a person who has chosen a password already it wants the right to give roles as well.
    """
    user = _user(session, user_id)
    if user.status == UserStatus.DISABLED:
        raise NotPossibleNow(f"{user.name} is disabled. Enable the user first.")
    if user.password_hash is not None or forget_second_factor_too:
        # Whoever holds this link becomes that person: only for those who could give themselves any role anyway.
        ensure_allowed(actor, Permission.SECURITY_ROLE_ASSIGN)
    if forget_second_factor_too:
        forget_second_factor(session, user_id)
        audit.record(session, actor, SecurityAction.SECOND_FACTOR_REMOVED, user)
    audit.record(session, actor, SecurityAction.USER_INVITED, user)
    return _new_invitation(session, user)


def count_link_guess(session: Session, *, ip_address: str) -> None:
    """Count that somebody comes with a link; commit it, then call `accept_invitation`.

    Raises WaitBeforeNextTry after too many that were no invitations.
    """
    throttle.count_guess(session, (LINK, place_of(ip_address)))


def accept_invitation(session: Session, *, token: str, password: str, ip_address: str) -> str:
    """Choose a password with an invitation's token, once; returns the e-mail address to sign in with.

    Raises LinkExpired or WeakPassword.
    """
    found = session.exec(
        select(Invitation, AppUser)
        .join(AppUser, col(AppUser.id) == Invitation.user_id)
        .where(
            Invitation.token_hash == token_hash(token),
            col(Invitation.used_at).is_(None),
            Invitation.expires_at > clock.now(),
            AppUser.status != UserStatus.DISABLED,
        )
        .with_for_update()
    ).first()
    if found is None:
        raise LinkExpired
    invitation, user = found
    ensure_password(session, user, password)
    invitation.used_at = user.password_changed_at = clock.now()
    user.password_hash, user.status = hash_password(password), UserStatus.ACTIVE
    session.add_all([invitation, user])
    end_sessions(session, user.key)
    throttle.refund(session, [(LINK, place_of(ip_address))])
    audit.record(session, acting_user(user, ip_address), SecurityAction.INVITATION_ACCEPTED, user)
    return user.email


@use_case(Permission.SECURITY_USER_EDIT)
def edit_user(session: Session, actor: Actor, *, user_id: int, request: UserEdit) -> None:
    """Change a user's name or address."""
    user = records.locked_row(session, actor, USERS, user_id, version=request.version)
    records.save_row(
        session, actor, user, SecurityAction.USER_EDITED, **request.model_dump(exclude={"version"})
    )


@use_case(Permission.SECURITY_USER_DISABLE, dangerous=True)
def disable_user(session: Session, actor: Actor, *, user_id: int, reason: str) -> None:
    """Keep a user out from now on; the last administrator is refused by the database."""
    user = records.locked_row(session, actor, USERS, user_id)
    _move(session, actor, user, UserStatus.DISABLED, SecurityAction.USER_DISABLED, reason=reason)
    end_sessions(session, user_id)


@use_case(Permission.SECURITY_USER_DISABLE)
def enable_user(session: Session, actor: Actor, *, user_id: int) -> None:
    """Let a disabled user in again (or back to invited, when no password was ever chosen)."""
    user = records.locked_row(session, actor, USERS, user_id)
    wanted = UserStatus.ACTIVE if user.password_hash else UserStatus.INVITED
    _move(session, actor, user, wanted, SecurityAction.USER_ENABLED)


@use_case(Permission.SECURITY_ROLE_ASSIGN, dangerous=True)
def assign_role(
    session: Session,
    actor: Actor,
    *,
    user_id: int,
    role_id: int,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> int:
    """Give a role from a day (None: today) to a day included (None: until taken away); returns the grant's id."""
    user = _user(session, user_id)
    granted = give_role(session, actor, user.key, role_id, starts_on=starts_on, ends_on=ends_on)
    notify(session, user_id, "You have a new role", link="/my-account")
    return granted


@use_case(Permission.SECURITY_ROLE_ASSIGN, dangerous=True)
def end_role(session: Session, actor: Actor, *, user_role_id: int) -> None:
    """Take a role away at once; the last administrator is refused by the database."""
    held = session.get(UserRole, user_role_id, with_for_update=True)
    if held is None or held.ended_at is not None:
        raise NotFound("role")
    before = as_told(held)
    held.ended_at = clock.now()
    session.add(held)
    session.flush()
    audit.record(session, actor, SecurityAction.ROLE_ENDED, held, before=before, after=as_told(held))


def give_role(
    session: Session,
    actor: Actor,
    user_id: int,
    role_id: int,
    *,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
) -> int:
    """Add the grant and its audit entry; for use cases that have checked the right to."""
    if session.get(Role, role_id) is None:
        raise NotFound("role")
    held = UserRole(
        user_id=user_id, role_id=role_id, starts_on=starts_on or actor.locale.today(), ends_on=ends_on
    )
    session.add(held)
    session.flush()
    audit.record(session, actor, SecurityAction.ROLE_ASSIGNED, held, after=as_told(held))
    return held.key


def _new_invitation(session: Session, user: AppUser) -> InvitationMade:
    session.exec(
        update(Invitation)
        .where(col(Invitation.user_id) == user.key, col(Invitation.used_at).is_(None))
        .values(used_at=clock.now())
    )
    token = new_token()
    expires_at = clock.now() + dt.timedelta(days=INVITATION_DAYS)
    session.add(Invitation(user_id=user.key, token_hash=token_hash(token), expires_at=expires_at))
    return InvitationMade(user.key, token, expires_at)


def _move(
    session: Session,
    actor: Actor,
    user: AppUser,
    wanted: UserStatus,
    action: SecurityAction,
    *,
    reason: str | None = None,
) -> None:
    USER_LIFE.ensure(user.status, wanted)
    records.save_row(session, actor, user, action, reason=reason, status=wanted)


def _user(session: Session, user_id: int) -> AppUser:
    user = session.get(AppUser, user_id)
    if user is None:
        raise NotFound("user")
    return user
