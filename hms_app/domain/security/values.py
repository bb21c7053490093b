"""Requests in, rows out, and the words of security."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Final, TypedDict

from pydantic import BaseModel, Field, StringConstraints

from hms_app.core.form_input import FormInput
from hms_app.core.life_cycle import LifeCycle, Move
from hms_app.core.permissions import Permission
from hms_app.domain.audit.values import OTHERS, describe

ADMINISTRATOR: Final = "administrator"
NameText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
EmailText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$"),
]


class UserStatus(StrEnum):
    """The life of a user: invited, then active; disabled and active again as often as needed."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


USER_LIFE: Final = LifeCycle(
    "app_user",
    "user",
    {UserStatus.INVITED: "Invited", UserStatus.ACTIVE: "Active", UserStatus.DISABLED: "Disabled"},
    (
        Move(UserStatus.INVITED, UserStatus.ACTIVE),
        Move(UserStatus.INVITED, UserStatus.DISABLED, "Disable"),
        Move(UserStatus.ACTIVE, UserStatus.DISABLED, "Disable"),
        Move(UserStatus.DISABLED, UserStatus.ACTIVE, "Enable", is_undo=True),
        Move(UserStatus.DISABLED, UserStatus.INVITED, "Enable", is_undo=True),
    ),
)
"""A user who never chose a password goes back to invited; accepting an invitation makes one active."""


class SecurityAction(StrEnum):
    """What the audit trail says about security."""

    SIGNED_IN = "security.session.started"
    SIGN_IN_FAILED = "security.session.refused"
    SIGNED_OUT = "security.session.ended"
    SESSION_UNLOCKED = "security.session.unlocked"
    SESSION_REAUTHENTICATED = "security.session.reauthenticated"
    SESSION_REVOKED = "security.session.revoked"
    SESSIONS_ENDED = "security.session.all_ended"
    PASSWORD_CHANGED = "security.password.changed"  # noqa: S105
    PASSWORD_REFUSED = "security.password.refused"  # noqa: S105
    SECOND_FACTOR_BEGUN = "security.second_factor.begun"
    SECOND_FACTOR_CONFIRMED = "security.second_factor.confirmed"
    SECOND_FACTOR_REMOVED = "security.second_factor.removed"
    RECOVERY_CODES_MADE = "security.recovery_code.regenerated"
    RECOVERY_CODE_USED = "security.recovery_code.used"
    USER_INVITED = "security.user.invited"
    INVITATION_ACCEPTED = "security.invitation.accepted"
    USER_DISABLED = "security.user.disabled"
    USER_ENABLED = "security.user.enabled"
    USER_EDITED = "security.user.edited"
    SIGN_IN_LINKED = "security.sign_in.linked"
    SIGN_IN_UNLINKED = "security.sign_in.unlinked"
    LINK_REFUSED = "security.sign_in.link_refused"
    LINKS_CARRIED_OVER = "security.sign_in.carried_over"
    ROLE_ASSIGNED = "security.role.assigned"
    ROLE_ENDED = "security.role.ended"
    ROLE_MADE = "security.role.made"
    ROLE_EDITED = "security.role.edited"
    ROLES_SEEDED = "security.role.seeded"
    RIGHTS_CARRIED_OVER = "security.role.carried_over"
    FIRST_ADMINISTRATOR_MADE = "security.administrator.made"
    WORD_ADDED = "security.clinic_word.added"


OF_SECURITY: Final = "security."
"""How all of these actions begin; whatever changes which record a sign-in opens says it (`patient_id`)."""
OF_ROLES: Final = "security.role."
"""How the actions begin whose entries say what a role permits (`permissions`) or whom it is given to (`role_id`)."""
_OF_ROLES: Final = [action for action in SecurityAction if action.startswith(OF_ROLES)]
describe(
    _OF_ROLES,
    {
        Permission.SECURITY_ROLE_READ: ("name", "code", "description", "permissions", "roles", "role_id"),
        Permission.SECURITY_USER_READ: ("id", "user_id", "starts_on", "ends_on", "ended_at"),
    },
)
describe(
    [action for action in SecurityAction if action not in _OF_ROLES],
    {
        Permission.SECURITY_USER_READ: (
            *("id", "name", "email", "search_name", "status", "version", "created_at"),
            *("user_id", "device", "ip_address", "ended"),
        ),
        Permission.ORGANIZATION_SETTINGS_READ: ("words",),
        OTHERS: ("patient_id",),
    },
    reason=Permission.SECURITY_USER_READ,
)


class InviteInput(BaseModel):
    """Whom to invite, and with which role from which day on (None: today)."""

    name: NameText
    email: EmailText
    role_id: int | None = None


class UserEdit(BaseModel):
    """A user's name and address; `version` is the one that was read."""

    name: NameText
    email: EmailText
    version: int


class LinkInput(FormInput):
    """Whose own record a sign-in is to open, proven by two things: the record's number, and the birth as typed."""

    mrn: str = Field(min_length=1, max_length=20)
    birth: str = Field(min_length=1, max_length=60)


@dataclass(frozen=True)
class LinkOutcome:
    """Whether a sign-in was linked; if not, `sentence` says what to do. Commit it either way: it counts the tries."""

    ok: bool
    sentence: str = ""


class RoleInput(BaseModel):
    """A new role; copies the permissions of another when `copy_of_role_id` is given."""

    name: NameText
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    copy_of_role_id: int | None = None


class RoleEdit(BaseModel):
    """A role's description and all of its permissions; `version` is the one that was read."""

    name: NameText
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    permissions: list[Permission]
    version: int


class AdministratorInput(BaseModel):
    """The first administrator of a hospital."""

    name: NameText
    email: EmailText
    password: Annotated[str, StringConstraints(max_length=1024)]


class SignInOutcome(StrEnum):
    """How an attempt to sign in ended."""

    SIGNED_IN = "signed-in"
    NEEDS_SECOND_FACTOR = "second-factor"
    REFUSED = "refused"
    THROTTLED = "throttled"


@dataclass(frozen=True)
class Place:
    """Where a guess comes from, and what of it the person signed in from before."""

    address: str
    device: str
    knows_address: bool = False
    knows_device: bool = False


@dataclass(frozen=True)
class Attempt:
    """A guess that was counted before it is checked; compare `password_hash` outside of any transaction."""

    email: str
    ip_address: str
    user_id: int | None
    password_hash: str | None
    place: Place
    wait_seconds: int = 0
    """Nothing was counted, and nothing is to be compared."""
    others_wait_seconds: int = 0
    """What strangers did: who never signed in from there waits as long, whatever the password."""
    device_token: str | None = None


@dataclass(frozen=True)
class SignInResult:
    """`token` goes into the session cookie, `device_token` into the one by which the browser is known again.

    `ticket` (5 minutes) proves the password to the second step.
    """

    outcome: SignInOutcome
    token: str | None = None
    device_token: str | None = None
    ticket: str | None = None
    wait_seconds: int = 0
    must_enrol: bool = False


@dataclass(frozen=True)
class TotpEnrolment:
    """What an authenticator needs: the secret in Base32, and the address behind the QR code (as an SVG data URI)."""

    secret: str
    address: str
    qr_svg: str


@dataclass(frozen=True)
class InvitationMade:
    """The invited user, and the token to send them: shown once, stored only as a hash."""

    user_id: int
    token: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class UserRow:
    """A user in the list, with the roles they hold today."""

    id: int
    name: str
    email: str
    status: UserStatus
    roles: tuple[str, ...]
    last_seen_at: dt.datetime | None
    has_second_factor: bool


class RoleHeldRow(TypedDict):
    """A role of a user, with its days."""

    id: str
    role_id: str
    name: str
    starts_on: str
    ends_on: str
    is_current: bool


@dataclass(frozen=True)
class UserDetail:
    """Everything an administrator sees of a user."""

    id: int
    name: str
    email: str
    status: UserStatus
    patient_id: int | None
    has_second_factor: bool
    created_at: str
    last_seen: str
    version: int
    roles: list[RoleHeldRow] = field(default_factory=list)


class SessionRow(TypedDict):
    """A live sign-in: where and since when; nothing that could open it."""

    id: str
    started_at: str
    last_seen_at: str
    ip_address: str
    device: str
    is_current: bool
    is_locked: bool


@dataclass(frozen=True)
class RoleSpell:
    """A role somebody holds or held: from a day of the hospital's calendar to one included, or ended at an instant."""

    role: str
    starts_on: dt.date
    ends_on: dt.date | None = None
    ended_at: dt.datetime | None = None

    def is_held(self, at: dt.datetime, day: dt.date) -> bool:
        """Whether it was held at the instant `at`, which lies on the hospital's `day`."""
        if self.ended_at is not None and self.ended_at <= at:
            return False
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


class RoleRow(TypedDict):
    """A role in the list."""

    id: str
    code: str
    name: str
    description: str
    is_builtin: bool
    users: str
    permissions: str
    version: str


class MatrixRow(TypedDict):
    """One permission across all roles; `held` follows the order of the matrix's roles."""

    permission: str
    sentence: str
    domain: str
    held: list[bool]


@dataclass(frozen=True)
class RoleMatrix:
    """Which role allows what."""

    roles: list[RoleRow]
    rows: list[MatrixRow]


@dataclass(frozen=True)
class AccessExplanation:
    """Why somebody may or may not do something, in sentences."""

    allowed: bool
    permission: str
    permission_sentence: str
    sentence: str
    roles_giving: list[str]
    reasons: list[str]


class NoticeRow(TypedDict):
    """A notice behind the bell."""

    id: str
    title: str
    body: str
    link: str
    created_at: str
    is_read: bool


@dataclass(frozen=True)
class AccountRow:
    """What one sees of oneself on "My profile"."""

    user_id: int
    name: str
    email: str
    roles: tuple[str, ...]
    has_second_factor: bool
    recovery_codes_left: int
    password_changed_at: str


@dataclass(frozen=True)
class ProofResult:
    """Whether the password was right; if not, `sentence` says what to do."""

    ok: bool
    sentence: str = ""
    wait_seconds: int = 0
    session_ended: bool = False


class SavedViewInput(FormInput):
    """A list's filters, sort and columns to keep under a name; `query` is its address's part after the "?"."""

    screen: str = Field(max_length=100)
    name: str = Field(min_length=1, max_length=60)
    query: str = Field(default="", max_length=1000)


@dataclass(frozen=True)
class SavedViewRow:
    """One of a person's views of a list."""

    id: int
    name: str
    query: str
