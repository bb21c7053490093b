"""How likely two records are one person."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.rules import matching
from hms_app.domain.duplicates.rules.match_dates import DateLevel, compare_dates
from hms_app.domain.duplicates.rules.match_names import NameLevel, compare_names
from hms_app.domain.duplicates.values import Likeness, MatchFacts, MatchScore

JOHN: dict[str, Any] = {
    "given_names": "John",
    "family_name": "Keller",
    "birth_date": dt.date(1980, 2, 13),
    "sex": "male",
}

_texts = st.text(alphabet="abeinorsyJKMé -", max_size=12)
_facts = st.builds(
    rules.match_facts,
    given_names=_texts,
    family_name=_texts,
    preferred_name=_texts,
    maiden_name=_texts,
    birth_date=st.none() | st.dates(dt.date(1890, 1, 1), dt.date(2025, 1, 1)),
    precision=st.sampled_from(["exact", "year", "estimated"]),
    sex=st.sampled_from(["female", "male", "unknown"]),
    phones=st.lists(st.from_regex(r"\+?[0-9]{6,9}", fullmatch=True), max_size=2),
    emails=st.lists(st.sampled_from(["a@b.c", "d@e.f"]), max_size=2),
    identifiers=st.lists(
        st.tuples(
            st.sampled_from(["ssn", "passport"]), st.sampled_from(["", "US"]), st.text("012", max_size=8)
        ),
        max_size=2,
    ),
    addresses=st.lists(st.tuples(_texts, _texts, st.text("01", max_size=5)), max_size=2),
)


def compared(**others: Any) -> MatchScore:
    """John Keller against a record that differs in `others`."""
    return rules.score(rules.match_facts(**JOHN), rules.match_facts(**(JOHN | others)))


@given(_facts, _facts)
def test_likeness_is_the_same_both_ways_round(a: MatchFacts, b: MatchFacts) -> None:
    there, back = rules.score(a, b), rules.score(b, a)
    assert (there.weight, there.probability) == (back.weight, back.probability)
    assert (there.reasons, there.doubts) == (back.reasons, back.doubts)


@given(_facts, _facts)
def test_nobody_is_less_like_themselves_than_like_another(a: MatchFacts, b: MatchFacts) -> None:
    both_known = a.birth_date and b.birth_date and a.given.words and a.family.words and a.precision == "exact"
    if both_known and a.sex == b.sex and a.given != a.family:
        assert rules.score(a, a).weight >= rules.score(a, b).weight - matching.HOUSEHOLD_CAP * 2


@given(st.dates(dt.date(1890, 1, 1), dt.date(2025, 1, 1)))
def test_each_slip_of_a_date_is_taken_for_one(day: dt.date) -> None:
    slips = rules.slips_of(day)
    assert day not in slips
    levels = {compare_dates(day, slip, are_exact=(True, True)) for slip in slips}
    assert levels <= {DateLevel.SLIP, DateLevel.SWAPPED}


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("john", "john", NameLevel.SAME),
        ("anna maria", "maria anna", NameLevel.SAME),
        ("elk i", "elki", NameLevel.SAME),
        ("anna maria", "anna", NameLevel.PART),
        ("bob", "robert", NameLevel.SHORT_FORM),
        ("liz", "betty", NameLevel.SHORT_FORM),
        ("jon", "john", NameLevel.NEARLY),
        ("maeir", "maier", NameLevel.NEARLY),
        ("fitzpagrik", "fitzpatrick", NameLevel.NEARLY),
        ("j", "john", NameLevel.INITIAL),
        ("john", "mary", NameLevel.DIFFERENT),
        ("jo", "al", NameLevel.DIFFERENT),
    ],
)
def test_names_are_graded(a: str, b: str, level: NameLevel) -> None:
    assert compare_names(tuple(a.split()), tuple(b.split())) is level


def test_an_unknown_name_says_nothing() -> None:
    assert compare_names((), ("john",)) is None


@pytest.mark.parametrize(
    ("other", "level"),
    [
        (dt.date(1980, 2, 13), DateLevel.SAME),
        (dt.date(1980, 2, 18), DateLevel.SLIP),
        (dt.date(1908, 2, 13), DateLevel.SLIP),
        (dt.date(1990, 2, 18), DateLevel.TWO_SLIPS),
        (dt.date(1961, 7, 30), DateLevel.DIFFERENT),
    ],
)
def test_dates_are_graded(other: dt.date, level: DateLevel) -> None:
    assert compare_dates(dt.date(1980, 2, 13), other, are_exact=(True, True)) is level


def test_day_and_month_may_be_swapped() -> None:
    assert (
        compare_dates(dt.date(1980, 2, 3), dt.date(1980, 3, 2), are_exact=(True, True)) is DateLevel.SWAPPED
    )


@pytest.mark.parametrize(
    ("year", "level"),
    [(1980, DateLevel.SAME_YEAR_KNOWN), (1982, DateLevel.NEAR_YEAR), (1990, DateLevel.DIFFERENT)],
)
def test_a_year_alone_is_compared_as_a_year(year: int, level: DateLevel) -> None:
    assert compare_dates(dt.date(1980, 2, 3), dt.date(year, 1, 1), are_exact=(True, False)) is level


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({}, "same date of birth"),
        ({"given_names": "Jon"}, "given name nearly the same: John / Jon"),
        ({"given_names": "Keller", "family_name": "John"}, "given and family name swapped"),
        ({"given_names": "Johnny"}, "short form of the given name: John / Johnny"),
        ({"birth_date": dt.date(1980, 2, 18)}, "date of birth one digit apart: 1980-02-13 / 1980-02-18"),
        ({"family_name": "Smith", "maiden_name": "Keller"}, "same family name"),
    ],
)
def test_the_reasons_are_said_in_words(others: dict[str, Any], reason: str) -> None:
    found = compared(**others)
    if reason == "given and family name swapped":
        assert reason in found.doubts
    else:
        assert reason in found.reasons
    assert found.weight >= rules.POSSIBLE


def test_same_name_and_birth_are_likely_one_person() -> None:
    assert compared().weight >= rules.LIKELY
    assert compared().probability > 0.9


def test_a_common_name_alone_is_not() -> None:
    alone = rules.match_facts(given_names="John", family_name="Keller")
    assert rules.score(alone, alone).weight < rules.POSSIBLE


def test_an_equal_social_security_number_nearly_decides() -> None:
    ssn: dict[str, Any] = {"identifiers": [("ssn", "", "999-50-8136")]}
    a = rules.match_facts(**JOHN, **ssn)
    married = JOHN | {"family_name": "Okafor", "identifiers": [("ssn", "US", "999508136")]}
    found = rules.score(a, rules.match_facts(**married))
    assert found.weight >= rules.LIKELY
    assert "same social security number" in found.reasons


def test_numbers_of_different_issuers_say_nothing() -> None:
    here = rules.match_facts(**JOHN, identifiers=[("mrn", "North Clinic", "0012345")])
    there = rules.match_facts(**JOHN, identifiers=[("mrn", "South Clinic", "0012345")])
    assert rules.score(here, there).weight == compared().weight


FAMILY: dict[str, Any] = {
    "family_name": "Keller",
    "phones": ["+1 617 555 0147"],
    "emails": ["kellers@example.org"],
    "addresses": [("12 Mill Lane", "Salem", "01970")],
}


def test_a_family_under_one_roof_is_not_one_person() -> None:
    john = rules.match_facts(**(FAMILY | {"given_names": "John", "birth_date": dt.date(1980, 2, 13)}))
    mary = rules.match_facts(**(FAMILY | {"given_names": "Mary", "birth_date": dt.date(1984, 7, 30)}))
    assert rules.score(john, mary).weight < rules.POSSIBLE


def test_twins_are_not_likely_one_person() -> None:
    born = dt.date(2019, 2, 13)
    tom = rules.match_facts(**(FAMILY | {"given_names": "Tom", "birth_date": born, "sex": "male"}))
    ida = rules.match_facts(**(FAMILY | {"given_names": "Ida", "birth_date": born, "sex": "female"}))
    found = rules.score(tom, ida)
    assert found.weight < rules.LIKELY
    assert "may be twins" in found.doubts


def test_a_phone_is_the_same_with_and_without_its_country_code() -> None:
    here = rules.match_facts(**JOHN, phones=["+1 (617) 555-0147"])
    there = rules.match_facts(**JOHN, phones=["617-555-0147"])
    assert "same phone" in rules.score(here, there).reasons


@pytest.mark.parametrize(
    ("weight", "likeness"),
    [
        (rules.ALMOST_CERTAIN, Likeness.CERTAIN),
        (rules.LIKELY + 7, Likeness.LIKELY),  # 0.992 that it is one person: not yet a thousand to one.
        (rules.LIKELY, Likeness.LIKELY),
        (rules.LIKELY - 0.01, Likeness.POSSIBLE),
        (0, Likeness.POSSIBLE),
    ],
)
def test_a_weight_has_one_word(weight: float, likeness: Likeness) -> None:
    assert rules.likeness_of(weight) is likeness
