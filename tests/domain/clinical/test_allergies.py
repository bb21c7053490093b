"""Which allergies a medicine meets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hms_app.domain.clinical.rules import allergies_to, allergy_warning
from hms_app.domain.clinical.values import Term


def _term(display: str, code: str = "", system: str = "RxNorm") -> Term:
    return Term(None, system if code else "", code, display)


@pytest.mark.parametrize(
    ("medicine", "allergy"),
    [
        ("Penicillin V Potassium 250 MG Oral Tablet", "Penicillin V"),
        ("Penicillin V Potassium 250 MG Oral Tablet", "Allergy to penicillin (finding)"),
        ("PENICILLINE 1 g", "pénicilline"),
        ("Sulfamethoxazole 800 MG / Trimethoprim 160 MG Oral Tablet", "Sulfa"),
        ("Sulfamethoxazole 800 MG / Trimethoprim 160 MG Oral Tablet", "Trimethoprim"),
        ("Aspirin 81 MG Oral Tablet", "Aspirin (substance)"),
        ("Magnesium sulfate 500 MG/ML Injection", "Magnesium sulfate"),
        ("Fish oil 1000 MG Oral Capsule", "Fish (substance)"),
    ],
)
def test_a_medicine_meets_an_allergy_that_names_its_substance(medicine: str, allergy: str) -> None:
    assert len(allergies_to(_term(medicine), [_term(allergy)])) == 1


@pytest.mark.parametrize(
    ("medicine", "allergy"),
    [
        ("Metformin 500 MG Oral Tablet", "Penicillin V"),
        ("Morphine sulfate 10 MG Oral Tablet", "Magnesium sulfate"),
        ("Diclofenac Sodium 75 MG Delayed Release Oral Tablet", "Sodium benzoate"),
        ("24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet", "Allergy to oral drug product"),
        ("Ibuprofen 200 MG Oral Tablet", "Latex (substance)"),
        ("Aspirin 81 MG Oral Tablet", ""),
    ],
)
def test_forms_doses_and_salts_meet_nothing(medicine: str, allergy: str) -> None:
    assert allergies_to(_term(medicine), [_term(allergy)]) == []


def test_one_code_is_one_substance_whatever_it_is_called() -> None:
    medicine = _term("Acetylsalicylic acid", "1191")
    assert allergies_to(medicine, [_term("Aspirin", "1191")]) == ["Aspirin"]
    assert allergies_to(medicine, [_term("Aspirin", "1191", "Another system")]) == []
    assert allergies_to(_term("Acetylsalicylic acid"), [_term("Aspirin")]) == []


def test_the_warning_names_each_allergy_once() -> None:
    met = allergies_to(_term("Penicillin G"), [_term("Penicillin (substance)"), _term("Penicillin")])
    assert allergy_warning(met) == "Recorded allergy: Penicillin."
    assert allergy_warning([]) == ""


SUBSTANCES = ("penicillin", "aspirin", "metformin", "latex", "fish")
_ASIDE = st.lists(
    st.sampled_from(("500 MG", "Oral Tablet", "sodium", "(substance)", "24 HR", "")), max_size=3
)
_named = st.tuples(st.lists(st.sampled_from(SUBSTANCES), min_size=1, max_size=2), _ASIDE)


@given(_named, _named)
def test_by_words_two_terms_meet_just_when_they_share_a_substance(
    one: tuple[list[str], list[str]], other: tuple[list[str], list[str]]
) -> None:
    first, second = (_term(" ".join((*substances, *aside))) for substances, aside in (one, other))
    shared = bool(set(one[0]) & set(other[0]))
    assert bool(allergies_to(first, [second])) == bool(allergies_to(second, [first])) == shared
