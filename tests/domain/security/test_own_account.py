"""What people see of their own account and do to it: second factor, recovery codes, sessions, kept views."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pyotp
import pytest
import time_machine
from sqlmodel import Session, col, select

from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.errors import DomainError, NotFound, NotSignedIn
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.security import queries
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import NotPossibleNow
from hms_app.domain.security.queries.users import find_user_id
from hms_app.domain.security.rules.passwords import WeakPassword
from hms_app.domain.security.service.passwords import hash_password
from hms_app.domain.security.service.saved_views import MOST_VIEWS
from hms_app.domain.security.tables import AppUser, Notice, TotpDevice
from hms_app.domain.security.values import SavedViewInput, SignInOutcome
from tests.factories.security import ADDRESS, PASSWORD, actor_of, make_user, signed_in

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
SHORT = "quartz lantern"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def user(session: Session) -> AppUser:
    """Somebody with a password."""
    return make_user(session, name="Ada Okafor")


@pytest.fixture
def ada(session: Session, user: AppUser) -> Actor:
    """The same person, signed in."""
    return actor_of(session, signed_in(session, user))


def _enrol(session: Session, actor: Actor) -> list[str]:
    secret = security.begin_totp(session, actor).secret
    return security.confirm_totp(session, actor, code=pyotp.TOTP(secret).now())


def _outcome(session: Session, user: AppUser, code: str = "") -> SignInOutcome:
    return security.sign_in(
        session, email=user.email, password=PASSWORD, code=code, ip_address=ADDRESS
    ).outcome


def _devices(session: Session) -> list[TotpDevice]:
    return list(session.exec(select(TotpDevice)))


def _notices(session: Session, user: AppUser) -> list[str]:
    return list(session.exec(select(Notice.title).where(Notice.user_id == user.id).order_by(col(Notice.id))))


def test_a_second_factor_that_is_removed_is_asked_for_no_more_and_the_person_is_told(
    session: Session, user: AppUser, ada: Actor
) -> None:
    codes = _enrol(session, ada)
    assert _outcome(session, user) == SignInOutcome.NEEDS_SECOND_FACTOR
    assert security.remove_totp(session, ada, password=PASSWORD).ok
    assert audit.noted(session)[-1] == "security.second_factor.removed"
    assert _notices(session, user) == ["Your second factor was removed"]
    assert _outcome(session, user) == SignInOutcome.SIGNED_IN
    assert _devices(session) == []
    _enrol(session, ada)
    assert _outcome(session, user, code=codes[0]) == SignInOutcome.NEEDS_SECOND_FACTOR


def test_a_second_factor_is_not_removed_with_a_wrong_password(session: Session, ada: Actor) -> None:
    _enrol(session, ada)
    answer = security.remove_totp(session, ada, password="wrong")
    assert not answer.ok
    assert answer.sentence
    assert len(_devices(session)) == 1
    assert "security.second_factor.removed" not in audit.noted(session)


def test_a_second_factor_stays_while_the_password_is_only_long_enough_beside_one(session: Session) -> None:
    user = make_user(session, password_hash=hash_password(SHORT))
    actor = actor_of(session, signed_in(session, user))
    _enrol(session, actor)
    with pytest.raises(WeakPassword, match="at least 15 characters before you remove it"):
        security.remove_totp(session, actor, password=SHORT)
    assert len(_devices(session)) == 1


def test_new_recovery_codes_take_the_place_of_the_old_ones(
    session: Session, user: AppUser, ada: Actor
) -> None:
    old = _enrol(session, ada)
    new = security.regenerate_recovery_codes(session, ada)
    assert audit.noted(session)[-1] == "security.recovery_code.regenerated"
    assert (len(set(new)), set(new) & set(old)) == (10, set())
    assert queries.get_own_account(session, ada).recovery_codes_left == 10
    assert _outcome(session, user, code=old[0]) == SignInOutcome.NEEDS_SECOND_FACTOR
    assert _outcome(session, user, code=new[0]) == SignInOutcome.SIGNED_IN
    assert queries.get_own_account(session, ada).recovery_codes_left == 9


def test_recovery_codes_stand_in_for_a_second_factor_and_want_one(session: Session, ada: Actor) -> None:
    security.begin_totp(session, ada)  # Begun, but no code of it was seen yet.
    with pytest.raises(NotPossibleNow, match="Set up a second factor first"):
        security.regenerate_recovery_codes(session, ada)
    assert "security.recovery_code.regenerated" not in audit.noted(session)


def test_ones_account_says_what_protects_it(session: Session, user: AppUser, ada: Actor) -> None:
    own = queries.get_own_account(session, ada)
    assert (own.user_id, own.name, own.email) == (user.key, "Ada Okafor", user.email)
    assert (own.has_second_factor, own.recovery_codes_left, own.password_changed_at) == (False, 0, "")
    security.begin_totp(session, ada)
    assert not queries.get_own_account(session, ada).has_second_factor
    codes = security.confirm_totp(session, ada, code=_code_of(session, ada))
    security.change_password(session, ada, new_password="an oyster under seven moons")
    own = queries.get_own_account(session, ada)
    assert (own.has_second_factor, own.recovery_codes_left) == (True, len(codes))
    assert own.password_changed_at == ada.locale.moment(NOON)


def _code_of(session: Session, actor: Actor) -> str:
    """A code of a secret made anew, for the device that was only begun."""
    return pyotp.TOTP(security.begin_totp(session, actor).secret).now()


def test_the_system_itself_has_no_account(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.get_own_account(session, Actor.system("tests"))


def test_a_session_says_when_it_ends_for_good(session: Session, ada: Actor) -> None:
    end = queries.get_own_session_end(session, ada)
    assert end == NOON + dt.timedelta(hours=get_settings().session_hours)
    with pytest.raises(NotSignedIn):
        queries.get_own_session_end(session, replace(ada, session_id=404))


def _view(name: str, query: str = "q=a", screen: str = "patients") -> SavedViewInput:
    return SavedViewInput(screen=screen, name=name, query=query)


def test_a_view_is_kept_under_its_name_and_the_same_name_again_replaces_it(
    session: Session, ada: Actor
) -> None:
    first = security.save_view(session, ada, request=_view("Mine"))
    security.save_view(session, ada, request=_view("Also mine"))
    security.save_view(session, ada, request=_view("Elsewhere", screen="visits"))
    again = security.save_view(session, ada, request=_view("Mine", "q=b"))
    assert again == replace(first, query="q=b")
    shown = queries.list_saved_views(session, ada, screen="patients")
    assert [(view.name, view.query) for view in shown] == [("Also mine", "q=a"), ("Mine", "q=b")]


def test_a_view_that_is_forgotten_is_gone_and_nobody_forgets_anothers(session: Session, ada: Actor) -> None:
    kept = security.save_view(session, ada, request=_view("Mine"))
    other = replace(ada, user_id=make_user(session).key)
    assert queries.list_saved_views(session, other, screen="patients") == []
    with pytest.raises(NotFound):
        security.forget_view(session, other, view_id=kept.id)
    assert queries.list_saved_views(session, ada, screen="patients") == [kept]
    security.forget_view(session, ada, view_id=kept.id)
    assert queries.list_saved_views(session, ada, screen="patients") == []
    with pytest.raises(NotFound):
        security.forget_view(session, ada, view_id=kept.id)


def test_a_menu_of_views_stays_short_enough_to_read(session: Session, ada: Actor) -> None:
    for number in range(MOST_VIEWS):
        security.save_view(session, ada, request=_view(f"View {number}"))
    with pytest.raises(DomainError, match="Remove one first") as refused:
        security.save_view(session, ada, request=_view("One more"))
    assert refused.value.field == "name"
    assert security.save_view(session, ada, request=_view("View 0", "q=c")).query == "q=c"
    assert len(queries.list_saved_views(session, ada, screen="patients")) == MOST_VIEWS


def test_the_system_itself_keeps_no_views(session: Session) -> None:
    with pytest.raises(NotSignedIn):
        security.save_view(session, Actor.system("tests"), request=_view("Mine"))


def test_a_user_is_found_by_the_address_however_it_is_written(
    session: Session, user: AppUser, actor_with: Callable[..., Actor]
) -> None:
    reader = actor_with(Permission.SECURITY_USER_READ)
    for email in (user.email, f"  {user.email.upper()} "):
        assert find_user_id(session, reader, email=email) == user.id
    assert find_user_id(session, reader, email="nobody@example.org") is None
