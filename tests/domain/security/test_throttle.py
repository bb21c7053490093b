"""Guesses are counted for the person and the place, and a stranger's never keep out whoever was here before."""

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from sqlmodel import Session, func, select

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.errors import NotSignedIn
from hms_app.domain.audit import service as audit
from hms_app.domain.security import service as security
from hms_app.domain.security.errors import WaitBeforeNextTry
from hms_app.domain.security.rules.places import place_of
from hms_app.domain.security.rules.waiting import PLACES_KEPT, WHOLE_ADDRESS
from hms_app.domain.security.tables import AppUser, KnownPlace, SignInThrottle
from hms_app.domain.security.values import SignInOutcome, SignInResult
from tests.factories.security import ADDRESS, PASSWORD, actor_of, make_user, signed_in

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ELSEWHERE = "203.0.113.77"
SIGNED_IN, REFUSED, THROTTLED = SignInOutcome.SIGNED_IN, SignInOutcome.REFUSED, SignInOutcome.THROTTLED


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The time stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def try_in(session: Session, email: str, password: str = PASSWORD, **place: Any) -> SignInResult:
    return security.sign_in(
        session, email=email, password=password, **{"ip_address": ADDRESS, "device_token": None} | place
    )


def fill(session: Session, address: str = ADDRESS, tries: int = 31) -> None:
    """A stranger at this address guesses at names that nobody has."""
    for number in range(tries):
        try_in(session, f"nobody{number}@example.org", "wrong", ip_address=address)


@pytest.mark.parametrize("known", [True, False])
def test_no_way_to_write_an_address_gives_another_guess(session: Session, known: bool) -> None:
    if known:
        make_user(session, email="irini.mills@example.org")
    forms = [
        "irini.mills@example.org",
        "IRINI.MILLS@EXAMPLE.ORG",
        "İrini.mills@example.org",
        " irini.m\u200bills@example.org\u00a0",
        "ｉrini.mills@example.org",
        "i\u0307rini.mills@example.org",
        "irini.mi\x00lls@example.org",
        "IRİNİ.MİLLS@example.org",
    ]
    outcomes = [try_in(session, form, "wrong").outcome for form in forms]
    assert outcomes == [REFUSED] * 5 + [THROTTLED] * 3


@pytest.mark.parametrize("typed", ["STRASSE@example.org", "straße@EXAMPLE.org", "ＳtrasſE@example.org"])
def test_a_person_is_found_however_the_address_is_typed(session: Session, typed: str) -> None:
    make_user(session, email="Straße@example.org")
    assert try_in(session, typed).outcome == SIGNED_IN


def test_nobody_gets_an_address_that_only_looks_like_another(connection: sa.Connection) -> None:
    with db.transaction() as session:
        make_user(session, email="straße@example.org")
        audit.record(session, Actor.system("a test"), audit.AuditAction.TRAIL_EXPORTED, AppUser)
    with pytest.raises(Exception, match="here already"), db.transaction() as session:
        make_user(session, email="STRASSE@example.org")


def test_a_strangers_guesses_at_the_same_address_keep_nobody_out_who_was_here(session: Session) -> None:
    staff = [make_user(session) for _ in range(3)]
    new = make_user(session)
    for person in staff:
        assert try_in(session, person.email).outcome == SIGNED_IN
    fill(session)
    assert [try_in(session, person.email).outcome for person in staff] == [SIGNED_IN] * 3
    assert try_in(session, new.email).outcome == THROTTLED
    assert try_in(session, "nobody@example.org", "wrong").outcome == THROTTLED


def test_letting_somebody_in_does_not_take_the_strangers_guesses_back(session: Session) -> None:
    person, new = make_user(session), make_user(session)
    try_in(session, person.email)
    fill(session, tries=35)
    for _ in range(5):
        assert try_in(session, person.email).outcome == SIGNED_IN
        assert try_in(session, new.email).outcome == THROTTLED


def test_a_guesser_cannot_tell_who_signed_in_from_here(session: Session) -> None:
    known = make_user(session)
    try_in(session, known.email)
    fill(session, tries=34)
    attempts = [
        security.begin_sign_in(session, email=email, ip_address=ADDRESS)
        for email in (known.email, "nobody@example.org", make_user(session).email)
    ]
    assert [one.wait_seconds for one in attempts] == [0, 0, 0], "each is compared with something"
    answers = [security.finish_sign_in(session, attempt=one, matches=False) for one in attempts]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0].outcome == THROTTLED


def test_a_known_browser_does_not_wait_for_guesses_at_its_own_person(session: Session) -> None:
    victim = make_user(session)
    device = try_in(session, victim.email).device_token
    assert device
    for number in range(40):
        try_in(session, victim.email, "wrong", ip_address=ADDRESS if number % 2 else f"198.51.100.{number}")
    assert try_in(session, victim.email).outcome == THROTTLED
    assert try_in(session, victim.email, device_token=device).outcome == SIGNED_IN
    assert try_in(session, victim.email, device_token=device, ip_address=ELSEWHERE).outcome == SIGNED_IN


def test_a_stolen_browser_guesses_no_faster_than_anybody(
    session: Session, clock: time_machine.Traveller
) -> None:
    victim = make_user(session)
    device = try_in(session, victim.email).device_token
    outcomes = [
        try_in(session, victim.email, "wrong", device_token=device, ip_address=f"198.51.100.{number}").outcome
        for number in range(8)
    ]
    assert outcomes == [REFUSED] * 5 + [THROTTLED] * 3
    assert try_in(session, victim.email, device_token=device).outcome == THROTTLED
    guesses = 0
    for _ in range(200):
        clock.shift(3)
        guesses += try_in(session, victim.email, "wrong", device_token=device).outcome == REFUSED
    assert guesses < 18


@pytest.mark.parametrize("device", ["forged", "", "\x00", "é" * 3000])
def test_a_browser_that_says_what_it_was_never_given_is_unknown(session: Session, device: str) -> None:
    victim = make_user(session)
    for _ in range(5):
        try_in(session, victim.email, "wrong")
    assert try_in(session, victim.email, device_token=device).outcome == THROTTLED
    given = try_in(session, victim.email, device_token=device, ip_address=ELSEWHERE).device_token
    assert given != device


def test_a_browser_is_known_for_whoever_signed_in_with_it_and_nobody_else(session: Session) -> None:
    first, second, other = make_user(session), make_user(session), make_user(session)
    device = try_in(session, first.email).device_token
    assert try_in(session, second.email, device_token=device).device_token == device
    for person in (first, second, other):
        for _ in range(5):
            try_in(session, person.email, "wrong")
    outcomes = [
        try_in(session, person.email, device_token=device).outcome for person in (first, second, other)
    ]
    assert outcomes == [SIGNED_IN, SIGNED_IN, THROTTLED]


def test_only_the_hash_of_what_a_browser_holds_is_stored(session: Session) -> None:
    user = make_user(session)
    device = try_in(session, user.email).device_token or ""
    stored = session.exec(select(KnownPlace.place).where(KnownPlace.user_id == user.id)).all()
    assert len(stored) == 2
    assert device not in " ".join(stored)


def test_a_person_has_some_places_and_old_ones_are_forgotten(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    first = try_in(session, user.email).device_token
    for number in range(PLACES_KEPT):
        clock.shift(60)
        last = try_in(session, user.email, ip_address=f"198.51.100.{number}").device_token
    of_user = select(func.count()).select_from(KnownPlace).where(KnownPlace.user_id == user.id)
    assert session.exec(of_user).one() == PLACES_KEPT
    for _ in range(5):
        try_in(session, user.email, "wrong")
    assert try_in(session, user.email, device_token=first).outcome == THROTTLED
    assert try_in(session, user.email, device_token=last).outcome == SIGNED_IN
    clock.shift(dt.timedelta(days=181))
    for _ in range(5):
        try_in(session, user.email, "wrong")
    assert try_in(session, user.email, device_token=last).outcome == THROTTLED


def test_whoever_has_a_network_of_ipv6_has_one_address(session: Session) -> None:
    for number in range(31):
        try_in(
            session, f"nobody{number}@example.org", "wrong", ip_address=f"2001:db8:0:7::{number:x}:{number:x}"
        )
    user = make_user(session)
    assert try_in(session, user.email, ip_address="2001:db8:0:7:ffff::1").outcome == THROTTLED
    assert try_in(session, user.email, ip_address="2001:db8:0:8::1").outcome == SIGNED_IN


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_an_address_stands_for_what_one_home_is_given(address: str, place: str) -> None:
    assert place_of(address) == place


def test_one_address_makes_only_so_many_comparisons(session: Session) -> None:
    person = make_user(session)
    device = try_in(session, person.email).device_token
    attempts = [
        security.begin_sign_in(session, email=f"nobody{number}@example.org", ip_address=ADDRESS)
        for number in range(WHOLE_ADDRESS.free + 20)
    ]
    assert sum(one.wait_seconds == 0 for one in attempts) == WHOLE_ADDRESS.free + 1
    assert try_in(session, person.email).outcome == THROTTLED
    assert try_in(session, person.email, device_token=device).outcome == SIGNED_IN


def test_a_spray_of_names_does_not_fill_the_table(session: Session, clock: time_machine.Traveller) -> None:
    sizes = []
    for hour in range(3):
        for number in range(60):
            address = f"198.51.{hour}.{number}"
            security.begin_sign_in(session, email=f"{hour}-{number}@example.org", ip_address=address)
        clock.shift(dt.timedelta(minutes=61))
        sizes.append(session.exec(select(func.count()).select_from(SignInThrottle)).one())
    assert max(sizes) == sizes[0] > 200
    for number in range(15):
        security.begin_sign_in(session, email=f"late{number}@example.org", ip_address=f"192.0.2.{number}")
    oldest = session.exec(select(func.min(SignInThrottle.last_failed_at))).one()
    assert oldest == NOON + dt.timedelta(minutes=3 * 61)


def test_names_sprayed_from_an_address_that_has_to_wait_leave_no_row(session: Session) -> None:
    for number in range(WHOLE_ADDRESS.free + 1):
        security.begin_sign_in(session, email=f"nobody{number}@example.org", ip_address=ADDRESS)
    rows = select(func.count()).select_from(SignInThrottle)
    before = session.exec(rows).one()
    for number in range(20):
        security.begin_sign_in(session, email=f"more{number}@example.org", ip_address=ADDRESS)
    assert session.exec(rows).one() == before


@pytest.mark.parametrize("from_known_browser", [True, False])
def test_of_fifty_guesses_at_once_none_slips_past(committing: sa.Engine, from_known_browser: bool) -> None:
    with db.transaction() as session:
        user = make_user(session)
        audit.record(session, Actor.system("a test"), audit.AuditAction.TRAIL_EXPORTED, AppUser)
        device = try_in(session, user.email).device_token if from_known_browser else None
    engine = db.make_engine(committing.url.render_as_string(hide_password=False), pool_size=50)
    db.bind(engine)
    started, waits = threading.Barrier(50), []

    def guess(number: int) -> None:
        started.wait()
        attempt = db.in_transaction(
            lambda s: security.begin_sign_in(
                s, email=user.email, ip_address=f"2001:db8::{number:x}", device_token=device
            )
        )
        waits.append(attempt.wait_seconds)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert len(waits) == 50
    assert sum(wait == 0 for wait in waits) == 5


def enrolled(session: Session, user: AppUser, clock: time_machine.Traveller) -> pyotp.TOTP:
    actor = actor_of(session, signed_in(session, user))
    secret = pyotp.TOTP(security.begin_totp(session, actor).secret)
    security.confirm_totp(session, actor, code=secret.now())
    clock.shift(60)
    return secret


def test_a_strangers_codes_do_not_keep_out_a_known_browser(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    device = try_in(session, user.email).device_token
    secret = enrolled(session, user, clock)

    def second(ticket: str | None, code: str, device_token: str | None = None) -> SignInResult:
        return security.finish_second_factor(
            session,
            ticket=ticket or "",
            code=code,
            ip_address=ADDRESS,
            user_agent="",
            device_token=device_token,
        )

    ticket = try_in(session, user.email).ticket
    for number in range(6):
        answer = second(ticket, f"{number:06}")
    assert answer.outcome == THROTTLED
    assert second(ticket, secret.now(), "forged").outcome == THROTTLED
    assert second(ticket, secret.now(), device).outcome == SIGNED_IN


def test_recovery_codes_cannot_be_guessed_in_a_row(session: Session, clock: time_machine.Traveller) -> None:
    user = make_user(session)
    enrolled(session, user, clock)
    outcomes = [try_in(session, user.email, code=f"AAAA-BBBB-CC{number:02}").outcome for number in range(6)]  # type: ignore[arg-type]
    assert outcomes == [SignInOutcome.NEEDS_SECOND_FACTOR] * 5 + [THROTTLED]


def test_the_password_is_not_guessed_where_the_second_factor_is_removed(
    session: Session, clock: time_machine.Traveller
) -> None:
    user = make_user(session)
    enrolled(session, user, clock)
    token = signed_in(session, user)
    actor, tries = actor_of(session, token), 0
    while not (answer := security.remove_totp(session, actor, password="wrong")).session_ended:
        assert not answer.ok
        clock.shift(answer.wait_seconds)
        tries += answer.wait_seconds == 0
        assert tries < 20
    with pytest.raises(NotSignedIn):
        actor_of(session, token)
    again = actor_of(session, signed_in(session, user))
    assert security.remove_totp(session, again, password=PASSWORD).ok


def test_links_and_set_up_codes_cannot_be_guessed_in_a_row(session: Session) -> None:
    here, there = Actor.nobody(ADDRESS), Actor.nobody(ELSEWHERE)
    with pytest.raises(WaitBeforeNextTry):
        for _ in range(40):
            security.count_link_guess(session, ip_address=ADDRESS)
    with pytest.raises(WaitBeforeNextTry):
        for _ in range(40):
            security.count_setup_guess(session, here)
    security.count_link_guess(session, ip_address=ELSEWHERE)
    assert security.count_setup_guess(session, there)
