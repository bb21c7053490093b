"""How clinical records are put into words."""

import pytest

from hms_app.domain.clinical import rules


@pytest.mark.parametrize(
    ("display", "plain"),
    [
        ("Latex (substance)", "Latex"),
        ("Wheal (finding), moderate; Wheezing (finding), mild", "Wheal, moderate; Wheezing, mild"),
        ("Fracture (closed) of wrist (disorder)", "Fracture (closed) of wrist"),
        ("Eggs (edible)", "Eggs (edible)"),
        ("", ""),
    ],
)
def test_the_tags_of_snomed_are_not_shown(display: str, plain: str) -> None:
    assert rules.plain_display(display) == plain


@pytest.mark.parametrize(
    ("typed", "query"),
    [("Diab mell", "diab:* & mell:*"), ("Ménière's", "meniere:* & s:*"), ("a_b", "a:* & b:*"), ("%&|!", "")],
)
def test_what_is_typed_becomes_a_harmless_query(typed: str, query: str) -> None:
    assert rules.search_words(typed) == query
