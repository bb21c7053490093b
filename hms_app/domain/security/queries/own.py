"""What people see of their own account."""

from typing import Final

from sqlmodel import Session, col, func, select

from hms_app.core.actor import Actor
from hms_app.core.errors import NotFound
from hms_app.core.permissions import SIGNED_IN
from hms_app.core.use_case import use_case
from hms_app.domain.security.tables import AppUser, Notice, RecoveryCode, TotpDevice
from hms_app.domain.security.values import AccountRow, NoticeRow

NOTICES_SHOWN: Final = 20


@use_case(SIGNED_IN)
def get_own_account(session: Session, actor: Actor) -> AccountRow:
    """Name, address, roles and what protects the sign-in."""
    user = session.get(AppUser, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise NotFound("user")
    confirmed = session.exec(
        select(TotpDevice.id).where(TotpDevice.user_id == user.id, col(TotpDevice.confirmed_at).is_not(None))
    ).first()
    left = session.exec(
        select(func.count()).where(col(RecoveryCode.user_id) == user.id, col(RecoveryCode.used_at).is_(None))
    ).one()
    return AccountRow(
        user_id=user.key,
        name=user.name,
        email=user.email,
        roles=actor.roles,
        has_second_factor=confirmed is not None,
        recovery_codes_left=left,
        password_changed_at=actor.locale.moment(user.password_changed_at),
    )


@use_case(SIGNED_IN)
def list_own_notices(session: Session, actor: Actor) -> list[NoticeRow]:
    """One's newest notices."""
    found = session.exec(
        select(Notice)
        .where(Notice.user_id == actor.user_id)
        .order_by(col(Notice.id).desc())
        .limit(NOTICES_SHOWN)
    ).all()
    return [
        NoticeRow(
            id=str(row.key),
            title=row.title,
            body=row.body,
            link=row.link,
            created_at=actor.locale.moment(row.created_at),
            is_read=row.read_at is not None,
        )
        for row in found
    ]
