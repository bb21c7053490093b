"""Users, roles, sessions and what proves who somebody is."""

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Field

from hms_app.core import clock
from hms_app.core.errors import refused_by
from hms_app.core.table import Table, foreign_key, instant, one_of, optional_instant, unaudited
from hms_app.core.text import fold, normal_address
from hms_app.domain.records.tables import Versioned
from hms_app.domain.security.values import UserStatus

LAST_ADMINISTRATOR: Final = "ck_user_role_last_administrator"
ADMINISTRATOR_RIGHTS: Final = "ck_role_permission_administrator_keeps"

refused_by("uq_app_user_email", "Somebody with this e-mail address is here already.", field="email")
refused_by("uq_role_code", "There is a role with this name already.", field="name")
refused_by("uq_role_name", "There is a role with this name already.", field="name")
refused_by("uq_user_role_open", "This person has this role already.", field="role_id")
refused_by("ck_user_role_period", "A role cannot end before it starts.", field="ends_on")
refused_by(
    LAST_ADMINISTRATOR,
    "This is the last administrator. Make somebody else an administrator, without an end date, first.",
)
refused_by(
    ADMINISTRATOR_RIGHTS,
    "The administrator role keeps its rights over users and roles, or nobody could get in.",
)
refused_by("uq_saved_view_name", "You have a view of this name. Choose another name.", field="name")
refused_by("uq_clinic_word_word", "This word is on the list already.", field="word")


class AppUser(Versioned, Table, table=True):
    """A person who may sign in; `password_hash` is None until the invitation is accepted."""

    __tablename__ = "app_user"
    __table_args__ = (
        one_of("app_user", "status", UserStatus),
        sa.CheckConstraint("length(btrim(name)) > 0", name="name_given"),
        sa.CheckConstraint("email LIKE '%_@_%'", name="email_form"),
        sa.CheckConstraint("status <> 'active' OR password_hash IS NOT NULL", name="active_has_password"),
        sa.UniqueConstraint("email_key", name="uq_app_user_email"),
        sa.Index("ix_app_user_name", "search_name", "id"),
        sa.Index("ix_app_user_patient", "patient_id"),
    )
    email: str = Field(sa_type=sa.Text)
    email_key: str = Field(default="", sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    search_name: str = Field(sa_type=sa.Text)
    status: UserStatus = Field(default=UserStatus.INVITED, sa_type=sa.Text)
    password_hash: str | None = Field(default=None, sa_type=sa.Text)
    password_changed_at: dt.datetime | None = optional_instant()
    patient_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: dt.datetime = instant(default_factory=clock.now)

    def derived(self) -> dict[str, Any]:
        """What the list of users sorts and searches by, and the address as it is looked up."""
        return {
            "search_name": f"{fold(self.name)} {self.email.lower()}",
            "email_key": normal_address(self.email),
        }


@event.listens_for(AppUser, "before_insert")
@event.listens_for(AppUser, "before_update")
def _normalize(_mapper: Any, _connection: Any, user: AppUser) -> None:
    """Whoever writes a user, by which road ever: the person is found by the address that is stored."""
    user.email_key = normal_address(user.email)


class Role(Versioned, Table, table=True):
    """A named set of permissions; a built-in one cannot be removed."""

    __tablename__ = "role"
    __table_args__ = (
        sa.UniqueConstraint("code", name="uq_role_code"),
        sa.Index("uq_role_name", sa.text("lower(name)"), unique=True),
        sa.CheckConstraint("length(btrim(name)) > 0", name="name_given"),
    )
    code: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    description: str = Field(default="", sa_type=sa.Text)
    is_builtin: bool = False


class RolePermission(Table, table=True):
    """One permission of a role."""

    __tablename__ = "role_permission"
    __table_args__ = (sa.UniqueConstraint("role_id", "permission", name="uq_role_permission_once"),)
    role_id: int = foreign_key("role.id")
    permission: str = Field(sa_type=sa.Text)


class UserRole(Table, table=True):
    """A role somebody holds from a day on (the hospital's calendar), to a day included or without end."""

    __tablename__ = "user_role"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),
        sa.Index(
            "uq_user_role_open",
            "user_id",
            "role_id",
            unique=True,
            postgresql_where=sa.text("ends_on IS NULL AND ended_at IS NULL"),
        ),
        sa.Index("ix_user_role_user", "user_id"),
        sa.Index("ix_user_role_role", "role_id"),
    )
    user_id: int = foreign_key("app_user.id")
    role_id: int = foreign_key("role.id")
    starts_on: dt.date
    ends_on: dt.date | None = None
    ended_at: dt.datetime | None = optional_instant()


class UserSession(Table, table=True):
    """One sign-in; the token is in the person's cookie, only its SHA-256 is here."""

    __tablename__ = "user_session"
    __table_args__ = (
        sa.UniqueConstraint("token_hash", name="uq_user_session_token"),
        sa.Index("ix_user_session_user", "user_id", "id"),
        {"info": unaudited("signing in and out is audited; being active is not a change")},
    )
    user_id: int = foreign_key("app_user.id")
    token_hash: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant()
    last_seen_at: dt.datetime = instant()
    expires_at: dt.datetime = instant()
    locked_at: dt.datetime | None = optional_instant()
    reauthenticated_at: dt.datetime | None = optional_instant()
    ended_at: dt.datetime | None = optional_instant()
    ip_address: str = Field(default="", sa_type=sa.Text)
    user_agent: str = Field(default="", sa_type=sa.Text)


class TotpDevice(Table, table=True):
    """An authenticator; the secret is encrypted, `last_counter` is the newest time step that was used."""

    __tablename__ = "totp_device"
    __table_args__ = (sa.UniqueConstraint("user_id", name="uq_totp_device_user"),)
    user_id: int = foreign_key("app_user.id")
    encrypted_secret: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)
    confirmed_at: dt.datetime | None = optional_instant()
    last_counter: int = Field(default=0, sa_type=sa.BigInteger)


class RecoveryCode(Table, table=True):
    """A single-use code for a lost authenticator; only its hash is stored."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_code_once"),)
    user_id: int = foreign_key("app_user.id")
    code_hash: str = Field(sa_type=sa.Text)
    used_at: dt.datetime | None = optional_instant()


class SignInThrottle(Table, table=True):
    """How often guessing failed for a key (a user, an address, both), and until when it must wait."""

    __tablename__ = "sign_in_throttle"
    __table_args__ = (
        sa.UniqueConstraint("subject", name="uq_sign_in_throttle_subject"),
        sa.Index("ix_sign_in_throttle_last", "last_failed_at"),
        {"info": unaudited("a counter; each failed sign-in has its own entry")},
    )
    subject: str = Field(sa_type=sa.Text)
    failures: int
    last_failed_at: dt.datetime = instant()
    blocked_until: dt.datetime = instant()


class KnownPlace(Table, table=True):
    """Where somebody signed in from: an address, or a browser, by the SHA-256 of what its cookie holds."""

    __tablename__ = "known_place"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "place", name="uq_known_place_once"),
        sa.Index("ix_known_place_place", "place"),
        sa.Index("ix_known_place_seen", "seen_at"),
        {"info": unaudited("follows from sign-ins, each of which has its own entry")},
    )
    user_id: int = foreign_key("app_user.id")
    place: str = Field(sa_type=sa.Text)
    seen_at: dt.datetime = instant()


class Invitation(Table, table=True):
    """A link with which an invited user chooses a password, once."""

    __tablename__ = "invitation"
    __table_args__ = (
        sa.UniqueConstraint("token_hash", name="uq_invitation_token"),
        sa.Index("ix_invitation_user", "user_id"),
    )
    user_id: int = foreign_key("app_user.id")
    token_hash: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)
    expires_at: dt.datetime = instant()
    used_at: dt.datetime | None = optional_instant()


class SetupCode(Table, table=True):
    """The one-time code printed in the terminal of an empty hospital."""

    __tablename__ = "setup_code"
    __table_args__ = ({"info": unaudited("made before anybody is there to be named")},)
    code_hash: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)
    used_at: dt.datetime | None = optional_instant()


class Notice(Table, table=True):
    """A message to one user, behind the bell."""

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_user", "user_id", "id"),
        {"info": unaudited("a consequence of changes that are audited themselves")},
    )
    user_id: int = foreign_key("app_user.id")
    title: str = Field(sa_type=sa.Text)
    body: str = Field(default="", sa_type=sa.Text)
    link: str = Field(default="", sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)
    read_at: dt.datetime | None = optional_instant()


class SavedView(Table, table=True):
    """A list as one person likes it: `query` is the address's part after the "?", without what was searched for."""

    __tablename__ = "saved_view"
    __table_args__ = (
        sa.UniqueConstraint("user_id", "screen", "name", name="uq_saved_view_name"),
        sa.CheckConstraint("length(btrim(name)) > 0", name="name_given"),
        {"info": unaudited("a person's own bookmarks")},
    )
    user_id: int = foreign_key("app_user.id")
    screen: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    query: str = Field(sa_type=sa.Text)
    created_at: dt.datetime = instant(default_factory=clock.now)


class ClinicWord(Table, table=True):
    """A word of this hospital (its name, its street) that no password may be built on."""

    __tablename__ = "clinic_word"
    __table_args__ = (sa.UniqueConstraint("word", name="uq_clinic_word_word"),)
    word: str = Field(sa_type=sa.Text)


class SeededPermission(Table, table=True):
    """A permission whose default roles were given it once; an administrator's later choice is not overruled."""

    __tablename__ = "seeded_permission"
    __table_args__ = (sa.UniqueConstraint("permission", name="uq_seeded_permission_permission"),)
    permission: str = Field(sa_type=sa.Text)
