"""Whether somebody who is being registered is in the register already."""

from collections.abc import Sequence
from typing import Final

from hms_app.core.errors import InvalidInput
from hms_app.domain.duplicates.rules.matching import LIKELY, match_facts
from hms_app.domain.duplicates.values import LikelyDuplicate, MatchFacts
from hms_app.domain.patients.values import BirthDatePrecision, IdentityInput, Understood

SHORTEST_REASON: Final = 3


def identity_facts(request: IdentityInput, understood: Understood) -> MatchFacts:
    """What an identity as typed is compared to the register by."""
    return match_facts(
        given_names=request.given_names,
        family_name=request.family_name,
        preferred_name=request.preferred_name,
        maiden_name=request.maiden_name,
        birth_date=understood.born.date if understood.born else None,
        precision=(understood.born.precision if understood.born else BirthDatePrecision.EXACT).value,
        sex=request.sex_at_birth.value,
        phones=list(understood.phones.values()),
        emails=[request.email],
        identifiers=[(one.type, one.issuer, one.value) for one in request.identifiers.values()],
        addresses=[(request.address_line, request.city, request.postal_code)],
    )


def ensure_told_apart(likely: Sequence[LikelyDuplicate], reason: str) -> None:
    """Raise `InvalidInput` when somebody is probably registered already and nobody said why this is another."""
    probable = [found for found in likely if found.score.weight >= LIKELY]
    if probable and len(reason) < SHORTEST_REASON:
        known = probable[0].row
        born = f", born {known.birth_date}" if known.birth_date else ""
        raise InvalidInput(
            {
                "duplicate_reason": f"{known.name}{born}, number {known.mrn}, is probably the same person."
                " Open that record, or say why this is somebody else."
            }
        )
