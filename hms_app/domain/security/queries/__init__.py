"""Reading users, roles, sessions and notices."""

from hms_app.domain.security.queries.access import explain_access
from hms_app.domain.security.queries.checks import CHECKS
from hms_app.domain.security.queries.own import (
    get_own_account,
    list_own_notices,
)
from hms_app.domain.security.queries.roles import list_roles, role_matrix, roles_of_users
from hms_app.domain.security.queries.saved_views import list_saved_views
from hms_app.domain.security.queries.sessions import get_own_session_end, list_own_sessions, list_sessions_of
from hms_app.domain.security.queries.users import find_user_id, get_user, list_users

__all__ = [
    "CHECKS",
    "explain_access",
    "find_user_id",
    "get_own_account",
    "get_own_session_end",
    "get_user",
    "list_own_notices",
    "list_own_sessions",
    "list_roles",
    "list_saved_views",
    "list_sessions_of",
    "list_users",
    "role_matrix",
    "roles_of_users",
]
