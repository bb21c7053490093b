"""What a password must be, and how it is kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hms_app.domain.security.rules.passwords import WeakPassword, ensure_strong
from hms_app.domain.security.service import passwords
from hms_app.domain.security.service.passwords import hash_password, password_matches


def test_a_hash_names_its_scheme_and_never_holds_the_password() -> None:
    stored = hash_password("quartz lantern over the harbour")
    assert stored.startswith("v1$$2b$04$")
    assert "quartz" not in stored


def test_the_cost_outside_of_tests_is_twelve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert passwords.BCRYPT_COST == 12


@pytest.mark.parametrize("length", [72, 73, 256])
def test_every_character_of_a_long_password_counts(length: int) -> None:
    stored = hash_password("x" * (length - 1) + "y")
    assert password_matches("x" * (length - 1) + "y", stored)
    assert not password_matches("x" * (length - 1) + "z", stored)


def test_sixty_four_emoji_are_a_password() -> None:
    emoji = "".join(chr(0x1F600 + (i * 37) % 64) for i in range(64))
    ensure_strong(emoji)
    stored = hash_password(emoji)
    assert password_matches(emoji, stored)
    assert not password_matches(emoji[:-1] + "x", stored)


@pytest.mark.parametrize("bad", ["", "short words", "quartz lantern\x00over the harbour", "x" * 257])
def test_empty_short_nul_and_endless_passwords_are_refused(bad: str) -> None:
    with pytest.raises(WeakPassword):
        ensure_strong(bad)


@pytest.mark.parametrize(
    "bad",
    ["passwordpassword", "aaaaaaaaaaaaaaaaaa", "qwertyuiopasdfgh", "Password123456789", "abcabcabcabcabcabc"],
)
def test_passwords_from_the_list_and_patterns_are_refused(bad: str) -> None:
    with pytest.raises(WeakPassword):
        ensure_strong(bad)


def test_a_password_made_of_the_persons_and_the_clinics_words_is_refused() -> None:
    with pytest.raises(WeakPassword):
        ensure_strong("okafor.riverside", own_words=("Ada Okafor", "ada@riverside.example", "riverside"))


def test_eight_characters_do_beside_a_second_factor_only() -> None:
    ensure_strong("kV7#pq2x", has_second_factor=True)
    with pytest.raises(WeakPassword):
        ensure_strong("kV7#pq2x")


def test_nobodys_password_is_compared_too_and_never_matches() -> None:
    assert not password_matches("nobody", None)
    assert not password_matches("", None)


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    assert password_matches(
        "caf\u00e9 lantern over harbour", hash_password("cafe\u0301 lantern over harbour")
    )


@settings(max_examples=20, deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_any_text_matches_itself_and_not_itself_with_a_letter_more(text: str) -> None:
    stored = hash_password(text)
    assert password_matches(text, stored)
    assert not password_matches(text + "q", stored)
