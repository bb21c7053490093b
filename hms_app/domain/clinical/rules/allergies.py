"""Whether a medicine holds something that a patient is allergic to."""

from collections.abc import Iterable
from typing import Final

from hms_app.core.text import fold
from hms_app.domain.clinical.rules.words import plain_display
from hms_app.domain.clinical.values import Term

SHORTEST_WORD: Final = 4
"""Shorter words are units and prepositions rather than substances."""
SHORTEST_STEM: Final = 5
"""How long the beginning must be that two words share, as in "sulfa" and "sulfamethoxazole"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AROUND: Final = _words(
    # What surrounds the substance in an allergy.
    "allergy allergic allergen allergens intolerance hypersensitivity reaction substance product products known"
    " suspected history with from other drug drugs medication medications medicine containing preparation adverse"
    " finding disorder agent agents compound"
    # What surrounds it in a medicine: forms, ways and times.
    " tablet tablets capsule capsules caplet oral topical solution suspension injection injectable injector"
    " infusion inhalation inhaler inhalant nasal ophthalmic otic rectal vaginal transdermal dermal sublingual"
    " chewable disintegrating effervescent extended delayed release modified immediate coated enteric film patch"
    " system spray cream ointment lotion drops syrup powder granules liquid prefilled syringe pack metered dose"
    " actuat hour hours unit units milligram microgram gram daily strength pill implant suppository"
)
_OF_SALTS: Final = _words(
    "hydrochloride hydrobromide chloride bromide sodium potassium calcium magnesium sulfate sulphate phosphate"
    " acetate citrate tartrate maleate fumarate succinate mesylate besylate tosylate nitrate carbonate bicarbonate"
    " lactate gluconate stearate palmitate oxide hydroxide acid monohydrate dihydrate trihydrate anhydrous"
    " disodium dipotassium"
)
"""The other half of a salt: morphine sulfate is morphine. It counts only where nothing else is named."""


def allergies_to(medicine: Term, allergies: Iterable[Term]) -> list[str]:
    """The recorded allergies that a medicine meets, as they read: by the same code, or by a word of the substance.

    Words are compared without accents and case, and by how they begin. Not known here: that two names mean one
    substance (aspirin, acetylsalicylic acid), and what belongs to a class (amoxicillin is a penicillin).
    """
    words = _substances(medicine)
    met = (one for one in allergies if _is_same_code(medicine, one) or _share_a_word(words, _substances(one)))
    return list(dict.fromkeys(plain_display(one.display) for one in met))


def allergy_warning(met: Iterable[str]) -> str:
    """What is said before a medicine is recorded in spite of these allergies; empty when there are none."""
    named = ", ".join(met)
    return f"Recorded allergy: {named}." if named else ""


def _is_same_code(medicine: Term, allergy: Term) -> bool:
    return bool(medicine.code) and (medicine.code_system, medicine.code) == (
        allergy.code_system,
        allergy.code,
    )


def _substances(term: Term) -> frozenset[str]:
    words = _words(fold(plain_display(term.display)))
    named = frozenset(word for word in words if len(word) >= SHORTEST_WORD and word[0].isalpha()) - _AROUND
    return named - _OF_SALTS or named


def _share_a_word(medicine: frozenset[str], allergy: frozenset[str]) -> bool:
    return any(_begin_alike(one, other) for one in medicine for other in allergy)


def _begin_alike(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter == longer or (len(shorter) >= SHORTEST_STEM and longer.startswith(shorter))
