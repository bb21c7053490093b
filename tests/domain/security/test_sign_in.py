"""Signing in, waiting, second factors and sessions, on the real database."""

import datetime as dt
import threading
from collections.abc import Iterator

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotSignedIn, ReauthenticationNeeded, SessionLocked
from hms_app.core.permissions import Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import WrongCode
from hms_app.domain.security.rules.codes import token_hash
from hms_app.domain.security.tables import AppUser, RecoveryCode, UserRole, UserSession
from hms_app.domain.security.values import SignInOutcome, SignInResult
from tests.factories.security import ADDRESS, PASSWORD, actor_of, make_user, role_id, signed_in

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def try_in(
    session: Session, email: str, password: str = PASSWORD, code: str = "", address: str = ADDRESS
) -> SignInResult:
    return security.sign_in(session, email=email, password=password, code=code, ip_address=address)


def test_the_right_password_starts_a_session_of_which_only_the_hash_is_stored(session: Session) -> None:
    user = make_user(session, "nurse")
    result = try_in(session, user.email.upper())
    assert result.outcome == SignInOutcome.SIGNED_IN
    assert result.token
    stored = session.exec(select(UserSession).where(UserSession.user_id == user.id)).one()
    assert stored.token_hash == token_hash(result.token) != result.token
    assert "security.session.started" in audit.noted(session)
    actor = actor_of(session, result.token)
    assert actor.roles == ("Nurse",)
    assert actor.can(Permission.CLINICAL_OBSERVATION_READ)
    assert not actor.can(Permission.SECURITY_USER_READ)


def test_each_sign_in_has_a_token_of_its_own(session: Session) -> None:
    user = make_user(session)
    assert try_in(session, user.email).token != try_in(session, user.email).token


@pytest.mark.parametrize("password", ["wrong", "", "x" * 73, "😀" * 64, "a\x00b", PASSWORD + " "])
def test_a_wrong_password_is_refused_and_the_refusal_is_in_the_trail(session: Session, password: str) -> None:
    user = make_user(session)
    assert try_in(session, user.email, password).outcome == SignInOutcome.REFUSED
    assert "security.session.refused" in audit.noted(session)


def test_unknown_disabled_and_invited_people_get_the_same_answer(session: Session) -> None:
    disabled = make_user(session, status="disabled")
    invited = make_user(session, status="invited", password_hash=None)
    for email in ("nobody@example.org", disabled.email, invited.email, "a\x00b"):
        assert try_in(session, email) == SignInResult(SignInOutcome.REFUSED)


def test_guesses_wait_longer_and_longer_but_never_more_than_a_minute(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    waits = []
    for _ in range(14):
        while (result := try_in(session, user.email, "wrong")).outcome == SignInOutcome.THROTTLED:
            waits.append(result.wait_seconds)
            clock.shift(result.wait_seconds)
    assert waits == sorted(waits)
    assert waits[0] <= 2
    assert 60 <= waits[-1] <= 61


def test_while_waiting_even_the_right_password_is_not_tried(session: Session, clock: object) -> None:
    user = make_user(session)
    for _ in range(5):
        try_in(session, user.email, "wrong")
    assert try_in(session, user.email).outcome == SignInOutcome.THROTTLED


def test_guesses_from_elsewhere_do_not_lock_the_victim_out(session: Session, clock: object) -> None:
    victim = make_user(session)
    assert try_in(session, victim.email).outcome == SignInOutcome.SIGNED_IN
    for number in range(40):
        try_in(session, victim.email, "wrong", address=f"198.51.100.{number}")
    assert try_in(session, victim.email, address="198.51.100.200").outcome == SignInOutcome.THROTTLED
    assert try_in(session, victim.email).outcome == SignInOutcome.SIGNED_IN


def test_one_address_guessing_many_people_has_to_wait(session: Session, clock: object) -> None:
    outcomes = [try_in(session, f"guess{n}@example.org", "wrong").outcome for n in range(32)]
    assert outcomes[0] == SignInOutcome.REFUSED
    assert outcomes[-1] == SignInOutcome.THROTTLED


def test_success_does_not_use_up_the_address(session: Session, clock: object) -> None:
    for _ in range(40):
        user = make_user(session)
        assert try_in(session, user.email).outcome == SignInOutcome.SIGNED_IN


@pytest.mark.usefixtures("committing")
def test_guesses_sent_at_once_are_all_counted() -> None:
    email = "parallel@example.org"
    outcomes: list[int] = []

    def guess() -> None:
        attempt = db.in_transaction(
            lambda s: security.begin_sign_in(s, email=email, ip_address="203.0.113.9")
        )
        outcomes.append(attempt.wait_seconds)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 12
    assert sum(wait == 0 for wait in outcomes) <= 5


def enrolled(session: Session, user: AppUser) -> tuple[str, list[str]]:
    actor = actor_of(session, signed_in(session, user))
    enrolment = security.begin_totp(session, actor)
    codes = security.confirm_totp(session, actor, code=pyotp.TOTP(enrolment.secret).now())
    return enrolment.secret, codes


def test_a_second_factor_is_asked_for_and_each_code_works_once(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    secret, _ = enrolled(session, user)
    clock.shift(60)
    first = try_in(session, user.email)
    assert first.outcome == SignInOutcome.NEEDS_SECOND_FACTOR
    assert first.token is None
    code = pyotp.TOTP(secret).now()
    assert try_in(session, user.email, code=code).outcome == SignInOutcome.SIGNED_IN
    assert try_in(session, user.email, code=code).outcome == SignInOutcome.NEEDS_SECOND_FACTOR
    clock.shift(30)
    assert try_in(session, user.email, code=pyotp.TOTP(secret).now()).outcome == SignInOutcome.SIGNED_IN


def test_the_code_that_confirmed_the_authenticator_does_not_sign_in(session: Session, clock: object) -> None:
    user = make_user(session)
    secret, _ = enrolled(session, user)
    result = try_in(session, user.email, code=pyotp.TOTP(secret).now())
    assert result.outcome == SignInOutcome.NEEDS_SECOND_FACTOR


def test_codes_cannot_be_guessed_in_a_row(session: Session, clock: object) -> None:
    user = make_user(session)
    enrolled(session, user)
    ticket = try_in(session, user.email).ticket or ""
    outcomes = [
        security.finish_second_factor(
            session, ticket=ticket, code=f"{n:06}", ip_address=ADDRESS, user_agent=""
        ).outcome
        for n in range(6)
    ]
    assert outcomes[-1] == SignInOutcome.THROTTLED


def test_a_ticket_is_void_after_five_minutes_when_forged_or_after_a_new_password(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    secret, _ = enrolled(session, user)
    ticket = try_in(session, user.email).ticket or ""

    def finish(with_ticket: str) -> SignInOutcome:
        code = pyotp.TOTP(secret).now()
        return security.finish_second_factor(
            session, ticket=with_ticket, code=code, ip_address=ADDRESS, user_agent=""
        ).outcome

    clock.shift(301)
    assert finish(ticket) == SignInOutcome.REFUSED
    assert finish("forged") == SignInOutcome.REFUSED
    ticket = try_in(session, user.email).ticket or ""
    user.password_hash = "v1$changed"
    session.flush()
    assert finish(ticket) == SignInOutcome.REFUSED


def test_a_recovery_code_works_once_and_only_its_hash_is_stored(session: Session, clock: object) -> None:
    user = make_user(session)
    _, codes = enrolled(session, user)
    assert len(codes) == 10
    stored = session.exec(select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user.id)).all()
    assert not set(stored) & set(codes)
    assert try_in(session, user.email, code=codes[0].lower()).outcome == SignInOutcome.SIGNED_IN
    assert try_in(session, user.email, code=codes[0]).outcome == SignInOutcome.NEEDS_SECOND_FACTOR


def test_a_wrong_first_code_does_not_switch_the_second_factor_on(session: Session, clock: object) -> None:
    user = make_user(session)
    actor = actor_of(session, signed_in(session, user))
    security.begin_totp(session, actor)
    with pytest.raises(WrongCode):
        security.confirm_totp(session, actor, code="000000")
    assert try_in(session, user.email).outcome == SignInOutcome.SIGNED_IN


def test_a_session_locks_after_the_idle_time_and_its_password_unlocks_it(
    session: Session, clock: time_machine.Traveller
) -> None:
    token = signed_in(session, make_user(session, "nurse"))
    clock.shift(15 * 60)
    with pytest.raises(SessionLocked):
        actor_of(session, token)
    wrong = security.unlock(session, session_token=token, password="wrong", ip_address=ADDRESS)
    assert not wrong.ok
    with pytest.raises(SessionLocked):
        actor_of(session, token)
    assert security.unlock(session, session_token=token, password=PASSWORD, ip_address=ADDRESS).ok
    assert actor_of(session, token).name


def test_only_activity_puts_off_the_lock(session: Session, clock: time_machine.Traveller) -> None:
    token = signed_in(session, make_user(session))
    clock.shift(14 * 60)
    actor = actor_of(session, token)
    clock.shift(59)
    actor_of(session, token)
    assert actor.session_id
    security.touch_session(session, actor)
    clock.shift(14 * 60)
    actor_of(session, token)
    clock.shift(60)
    with pytest.raises(SessionLocked):
        actor_of(session, token)
    security.touch_session(session, actor)
    with pytest.raises(SessionLocked):
        actor_of(session, token)


def test_a_session_ends_for_good_after_twelve_hours(session: Session, clock: time_machine.Traveller) -> None:
    token = signed_in(session, make_user(session))
    actor = actor_of(session, token)
    for _ in range(12 * 6):
        clock.shift(10 * 60)
        security.touch_session(session, actor)
    with pytest.raises(NotSignedIn):
        actor_of(session, token)
    assert security.unlock(session, session_token=token, password=PASSWORD, ip_address=ADDRESS).session_ended


def test_ten_wrong_passwords_at_the_lock_end_the_session(
    session: Session, clock: time_machine.Traveller
) -> None:
    token = signed_in(session, make_user(session))
    tries = 0
    result = security.unlock(session, session_token=token, password="wrong", ip_address=ADDRESS)
    while not result.session_ended and tries < 60:
        clock.shift(result.wait_seconds)
        result = security.unlock(session, session_token=token, password="wrong", ip_address=ADDRESS)
        tries += 1
    assert result.session_ended
    with pytest.raises(NotSignedIn):
        actor_of(session, token)


def test_dangerous_acts_want_the_password_of_the_last_minutes(
    session: Session, clock: time_machine.Traveller
) -> None:
    token = signed_in(session, make_user(session))
    clock.shift(6 * 60)
    actor = actor_of(session, token)
    with pytest.raises(ReauthenticationNeeded):
        security.begin_totp(session, actor)
    assert security.reauthenticate(session, session_token=token, password=PASSWORD, ip_address=ADDRESS).ok
    assert security.begin_totp(session, actor_of(session, token)).secret


@pytest.mark.parametrize("token", [None, "", "forged", "\x00", "é" * 3000])
def test_a_token_that_is_no_token_is_nobody(session: Session, token: str | None) -> None:
    with pytest.raises(NotSignedIn):
        security.resolve_actor(session, session_token=token, ip_address=ADDRESS)


def test_a_right_that_was_taken_away_bites_at_once(session: Session) -> None:
    user = make_user(session, "nurse")
    token = signed_in(session, user)
    assert actor_of(session, token).can(Permission.CLINICAL_ALLERGY_READ)
    held = session.exec(select(UserRole).where(UserRole.user_id == user.id)).one()
    security.end_role(session, Actor.system("a test"), user_role_id=held.key)
    assert actor_of(session, token).permissions == frozenset()


def test_a_disabled_user_is_out_at_once(session: Session) -> None:
    user = make_user(session, "nurse")
    token = signed_in(session, user)
    security.disable_user(session, Actor.system("a test"), user_id=user.key, reason="left")
    with pytest.raises(NotSignedIn):
        actor_of(session, token)


def test_a_role_counts_from_its_first_to_its_last_day(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session, "cashier", starts_on=dt.date(2026, 11, 24))
    security.assign_role(
        session,
        Actor.system("a test"),
        user_id=user.key,
        role_id=role_id(session, "nurse"),
        starts_on=dt.date(2026, 11, 23),
        ends_on=dt.date(2026, 11, 23),
    )
    session.flush()
    token = signed_in(session, user)
    assert actor_of(session, token).roles == ("Nurse",)
    clock.move_to(dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC))
    assert actor_of(session, signed_in(session, user)).roles == ("Cashier",)


def test_signing_out_ends_the_session_and_everywhere_ends_all(session: Session) -> None:
    user = make_user(session)
    tokens = [signed_in(session, user) for _ in range(3)]
    security.sign_out(session, session_token=tokens[0], ip_address=ADDRESS)
    with pytest.raises(NotSignedIn):
        actor_of(session, tokens[0])
    assert security.sign_out_everywhere(session, actor_of(session, tokens[1])) == 2
    for token in tokens:
        with pytest.raises(NotSignedIn):
            actor_of(session, token)


def test_nobody_ends_anothers_session_by_its_number(session: Session) -> None:
    mine, theirs = make_user(session), make_user(session)
    actor, other = actor_of(session, signed_in(session, mine)), actor_of(session, signed_in(session, theirs))
    with pytest.raises(Exception, match="no such session"):
        security.revoke_own_session(session, actor, session_id=other.session_id or 0)
    ids = [row["id"] for row in security.list_own_sessions(session, actor)]
    assert ids == [str(actor.session_id)]


def test_a_new_password_ends_the_other_sessions(session: Session) -> None:
    user = make_user(session)
    here, there = signed_in(session, user), signed_in(session, user)
    security.change_password(session, actor_of(session, here), new_password="seven copper kettles by the sea")
    session.flush()
    assert actor_of(session, here).name == user.name
    with pytest.raises(NotSignedIn):
        actor_of(session, there)
    assert try_in(session, user.email).outcome == SignInOutcome.REFUSED
    assert try_in(session, user.email, "seven copper kettles by the sea").outcome == SignInOutcome.SIGNED_IN


def test_resolving_who_acts_is_one_statement(session: Session) -> None:
    token = signed_in(session, make_user(session, "nurse"))
    session.flush()
    statements: list[str] = []

    def seen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    connection = session.connection()
    sa.event.listen(connection, "before_cursor_execute", seen)
    actor_of(session, token)
    sa.event.remove(connection, "before_cursor_execute", seen)
    assert len(statements) == 1
