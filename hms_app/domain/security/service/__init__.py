"""Everything that changes who may come in and what they may do; `resolve_actor` says who is behind a request."""

from hms_app.domain.security.queries import list_own_notices, list_own_sessions
from hms_app.domain.security.service.account import (
    begin_totp,
    change_password,
    confirm_totp,
    regenerate_recovery_codes,
    remove_totp,
)
from hms_app.domain.security.service.notices import mark_notices_read, notify
from hms_app.domain.security.service.passwords import password_matches
from hms_app.domain.security.service.roles import edit_role, make_role, seed_roles
from hms_app.domain.security.service.saved_views import forget_view, save_view
from hms_app.domain.security.service.sealing import typed_text_key
from hms_app.domain.security.service.sessions import (
    actor_behind,
    is_session_open,
    lock_session,
    reauthenticate,
    resolve_actor,
    revoke_own_session,
    revoke_session_of,
    revoke_sessions_of,
    sign_out,
    sign_out_everywhere,
    touch_session,
    unlock,
)
from hms_app.domain.security.service.set_up import (
    add_clinic_words,
    count_setup_guess,
    has_administrator,
    issue_setup_code,
    make_first_administrator,
    redeem_setup_code,
)
from hms_app.domain.security.service.sign_in import (
    begin_sign_in,
    finish_second_factor,
    finish_sign_in,
    sign_in,
)
from hms_app.domain.security.service.users import (
    accept_invitation,
    assign_role,
    count_link_guess,
    disable_user,
    edit_user,
    enable_user,
    end_role,
    invite_again,
    invite_user,
)

__all__ = [
    "accept_invitation",
    "actor_behind",
    "add_clinic_words",
    "assign_role",
    "begin_sign_in",
    "begin_totp",
    "change_password",
    "confirm_totp",
    "count_link_guess",
    "count_setup_guess",
    "disable_user",
    "edit_role",
    "edit_user",
    "enable_user",
    "end_role",
    "finish_second_factor",
    "finish_sign_in",
    "forget_view",
    "has_administrator",
    "invite_again",
    "invite_user",
    "is_session_open",
    "issue_setup_code",
    "list_own_notices",
    "list_own_sessions",
    "lock_session",
    "make_first_administrator",
    "make_role",
    "mark_notices_read",
    "notify",
    "password_matches",
    "reauthenticate",
    "redeem_setup_code",
    "regenerate_recovery_codes",
    "remove_totp",
    "resolve_actor",
    "revoke_own_session",
    "revoke_session_of",
    "revoke_sessions_of",
    "save_view",
    "seed_roles",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "touch_session",
    "typed_text_key",
    "unlock",
]
