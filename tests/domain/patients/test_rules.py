"""Record numbers, names and what a search means: pure, without a database."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hms_app.domain.patients import rules
from hms_app.domain.patients.rules.search import MOST_TERMS
from hms_app.domain.patients.values import PhoneNumber, SearchKey

TODAY = dt.date(2026, 11, 23)
NUMBERS = st.integers(min_value=1, max_value=10**11)


def starts_of(text: str) -> list[set[str]]:
    return [{keys.start for keys in term.ranges} for term in rules.parse_search(text, today=TODAY)]


@given(NUMBERS)
def test_every_record_number_carries_a_check_digit_that_holds(number: int) -> None:
    assert rules.is_mrn(rules.mrn_of(number))


@given(NUMBERS, st.data())
def test_one_wrong_digit_in_a_record_number_is_always_found(number: int, data: st.DataObject) -> None:
    mrn = rules.mrn_of(number)
    place = data.draw(st.integers(0, len(mrn) - 1))
    wrong = data.draw(st.sampled_from("0123456789"))
    assume(wrong != mrn[place])
    assert not rules.is_mrn(mrn[:place] + wrong + mrn[place + 1 :])


@given(NUMBERS, NUMBERS)
def test_two_numbers_never_make_the_same_record_number(one: int, other: int) -> None:
    assert (rules.mrn_of(one) == rules.mrn_of(other)) == (one == other)


@pytest.mark.parametrize("text", ["", "1234567", "1000001x", "10000013", "１０００００１２"])
def test_what_is_no_record_number_is_told_apart(text: str) -> None:
    assert not rules.is_mrn(text)


def test_the_check_digit_is_that_of_the_standards_own_example() -> None:
    assert rules.check_digit("0794") == "5"


@pytest.mark.parametrize(
    "text",
    [
        "1980-02-03", "3.2.1980", "03.02.1980", "3/2/1980", "2/3/1980", "3 Feb 1980", "3 February 1980",
        "Feb 3, 1980", "february 3rd 1980", "19800203", "03021980", "1980/2/3", "3.2.80",
    ],
)  # fmt: skip
def test_a_date_of_birth_is_understood_in_usual_spellings(text: str) -> None:
    assert "d:1980-02-03" in starts_of(text)[0]


def test_no_two_digit_year_lies_in_the_future() -> None:
    assert starts_of("3.2.80") == [{"d:1980-02-03"}]
    assert starts_of("3.2.20") == [{"d:1920-02-03", "d:2020-02-03"}]


@pytest.mark.parametrize("text", ["+1 617 555 1234", "(617) 555-1234", "617.555.1234", "6175551234"])
def test_a_phone_is_understood_with_and_without_country_code(text: str) -> None:
    keys = {
        key.key
        for key in rules.search_keys(names=["A"], mrn="1", phones=[rules.phone_number("617-555-1234", "US")])
    }
    assert keys & starts_of(text)[0]


def test_a_phone_of_another_country_loses_its_trunk_zero() -> None:
    assert rules.phone_number("030 901820", "DE") == PhoneNumber("4930901820", "30901820")
    assert "p:30901820" in starts_of("030901820")[0]


def test_text_that_is_no_phone_number_keeps_its_digits() -> None:
    assert rules.phone_number("call 12", "US") == PhoneNumber("12", "12")


def test_accents_case_and_apostrophes_do_not_matter() -> None:
    assert rules.name_words(["José María", "O'Brien-Ngô"]) == ["jose", "maria", "ngo", "obrien"]


def test_an_umlaut_is_found_plain_and_spelled_out() -> None:
    assert rules.name_words(["Jürgen"]) == ["juergen", "jurgen"]


def test_every_two_words_and_the_birth_date_are_paired_smaller_first() -> None:
    keys = rules.search_keys(names=["Maria", "Berg"], mrn="10000012", birth_date=dt.date(1980, 2, 3))
    pairs = [key for key in keys if key.second_key]
    assert pairs == [
        SearchKey("d:1980-02-03", "n:berg"),
        SearchKey("d:1980-02-03", "n:maria"),
        SearchKey("n:berg", "n:maria"),
    ]


def test_a_birth_date_known_to_the_year_is_found_by_the_year() -> None:
    keys = rules.search_keys(names=["A"], mrn="1", birth_date=dt.date(1980, 1, 1), precision="year")
    assert SearchKey("d:1980") in keys


@given(st.text(max_size=200))
def test_whatever_is_typed_makes_a_bounded_number_of_terms(text: str) -> None:
    terms = rules.parse_search(text, today=TODAY)
    assert len(terms) <= MOST_TERMS
    assert all(keys.start < keys.end for term in terms for keys in term.ranges)


@given(st.lists(st.text(max_size=60), max_size=4), st.dates())
def test_search_keys_are_unique_and_pairs_are_ordered(names: list[str], born: dt.date) -> None:
    keys = rules.search_keys(names=names, mrn="10000012", birth_date=born, identifiers=names)
    assert len(keys) == len(set(keys))
    assert all(key.key <= key.second_key for key in keys if key.second_key)
