"""People at the desk, who exist as users."""

from collections.abc import Callable

import pytest
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from tests.factories.security import make_user


@pytest.fixture
def person_with(session: Session) -> Callable[..., Actor]:
    """Make an actor who exists as a user, holds just these permissions and works in Berlin."""

    def make(*permissions: Permission) -> Actor:
        user = make_user(session)
        locale = HospitalLocale(zone_name="Europe/Berlin", currency="EUR", country="DE")
        return Actor(user.key, user.name, frozenset(permissions), session_id=1, locale=locale)

    return make


@pytest.fixture
def desk(person_with: Callable[..., Actor]) -> Actor:
    """Somebody who may correct everything about patients, but sees no restricted record."""
    patients = {permission for permission in Permission if permission.startswith("patients:")}
    return person_with(
        *patients - {Permission.PATIENTS_RESTRICTED_READ, Permission.PATIENTS_RESTRICTED_EDIT},
        Permission.ORGANIZATION_PAYER_READ,
    )
