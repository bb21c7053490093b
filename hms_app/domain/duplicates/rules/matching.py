"""How likely two records are one person: the sum of what each field says, as Fellegi and Sunter (1969) weigh it.

For each field and each level of agreement there is `m`, how often it comes up for two records of one person, and
`u`, how often for two of different people; the level weighs log2(m / u) bits, for or against. The `m` start from what
the FEBRL data sets 2 and 3 (Christen 2008; 8,472 pairs of one person with the slips of typists) show, rounded; those
replace one name in five by another, where a registration desk does not, so plain contradictions weigh more here. The
`u` follow from how common things are: the frequencies of first and family names in the census of the United States
(1990), a birth on each day of a hundred years alike, a town of some ten thousand households. FEBRL 1 and 4 took no
part: `bench patient-match` measures on them.

Fellegi and Sunter take the fields for independent. Families are where they are not, so what a household shares
counts up to `HOUSEHOLD_CAP` only, and twins have a finding of their own.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from math import log2
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from hms_app.core.text import digits, fold
from hms_app.domain.duplicates.rules.match_dates import DateLevel, compare_dates, is_exact
from hms_app.domain.duplicates.rules.match_names import NameLevel, compare_names
from hms_app.domain.duplicates.values.matching import (
    Finding,
    Likeness,
    MatchAddress,
    MatchFacts,
    MatchIdentifier,
    MatchName,
    MatchScore,
)
from hms_app.domain.patients.values import BirthDatePrecision, Sex

PRIOR_BITS: Final = 20.0
"""Two records taken at random are one person once in a million (2 to the 20th), before anything is compared."""
LIKELY: Final = PRIOR_BITS
"""Weight from which on two records are more probably one person than two: "likely"."""
POSSIBLE: Final = PRIOR_BITS - 4
"""Weight from which on the worklist shows a pair for somebody to look at: one in seventeen is one person."""
ALMOST_CERTAIN: Final = PRIOR_BITS + 10
"""Weight from which on a thousand to one speaks for one person."""
HOUSEHOLD_CAP: Final = 13.0
"""The most that address, phone and e-mail together say for one person: a family shares them all."""
RELATIVES_CAP: Final = 5.0
"""And the most it says of two who bear one family name, but another given name or another date of birth: relatives
live under one roof, whether or not a son has his father's name."""
SWAPPED_NAMES: Final = -1.5
"""Given and family name entered the wrong way round: about every third such record (FEBRL), none by chance."""
TWINS: Final = -8.0
"""Same birth, same family name, other given name: as a rule brother and sister, where chance would be no reason."""
PHONE_TAIL: Final = 9
"""Phones are compared by so many last digits, with or without country code."""
ONLY_ONE: Final = frozenset({"ssn", "national_id"})
"""Types of identifier a person has one of: another number of these speaks against one person, whoever issued it."""
LONG_CODE: Final = 6
"""Identifiers of at least as many characters may be one slip apart and still be the same one mistyped."""


def _bits(m: float, u: float) -> float:
    return round(log2(m / u), 2)


_GIVEN: Final = {
    NameLevel.SAME: (_bits(0.66, 0.008), "same given name"),
    NameLevel.PART: (_bits(0.06, 0.004), "one given name in common: {} / {}"),
    NameLevel.SHORT_FORM: (_bits(0.02, 0.001), "short form of the given name: {} / {}"),
    NameLevel.NEARLY: (_bits(0.20, 0.006), "given name nearly the same: {} / {}"),
    NameLevel.INITIAL: (_bits(0.02, 0.05), "only an initial of the given name"),
    NameLevel.ALIKE: (_bits(0.03, 0.03), ""),
    NameLevel.DIFFERENT: (_bits(0.02, 0.90), "other given name: {} / {}"),
}
_FAMILY: Final = {
    NameLevel.SAME: (_bits(0.66, 0.001), "same family name"),
    NameLevel.PART: (_bits(0.05, 0.002), "one family name in common: {} / {}"),
    NameLevel.SHORT_FORM: (_bits(0.01, 0.002), "family name nearly the same: {} / {}"),
    NameLevel.NEARLY: (_bits(0.22, 0.003), "family name nearly the same: {} / {}"),
    NameLevel.INITIAL: (_bits(0.02, 0.05), "only an initial of the family name"),
    NameLevel.ALIKE: (_bits(0.03, 0.04), ""),
    NameLevel.DIFFERENT: (_bits(0.04, 0.90), "other family name: {} / {}"),
}
_BORN: Final = {
    DateLevel.SAME: (_bits(0.90, 1 / 36_500), "same date of birth"),
    DateLevel.SLIP: (_bits(0.04, 1 / 1_500), "date of birth one digit apart: {} / {}"),
    DateLevel.SWAPPED: (_bits(0.01, 1 / 40_000), "day and month of birth swapped: {} / {}"),
    DateLevel.SAME_YEAR_KNOWN: (_bits(0.80, 1 / 80), "same year of birth"),
    DateLevel.NEAR_YEAR: (_bits(0.15, 6 / 80), "about the same year of birth"),
    DateLevel.TWO_SLIPS: (_bits(0.005, 1 / 70), "date of birth two digits apart: {} / {}"),
    DateLevel.DIFFERENT: (_bits(0.02, 0.98), "other date of birth: {} / {}"),
}
_SAME_SEX: Final = Finding(_bits(0.98, 0.5), "same sex")
_OTHER_SEX: Final = Finding(_bits(0.02, 0.5), "other sex")
_SAME_PHONE: Final = Finding(_bits(0.50, 1 / 5_000), "same phone")
_OTHER_PHONE: Final = Finding(_bits(0.50, 0.999), "other phone")
_SAME_EMAIL: Final = Finding(_bits(0.50, 1 / 5_000), "same e-mail address")
_SAME_IDENTIFIER: Final = Finding(_bits(0.88, 1 / 100_000), "same {}")
_NEAR_IDENTIFIER: Final = Finding(_bits(0.10, 1 / 10_000), "{} one character apart")
_OTHER_IDENTIFIER: Final = Finding(_bits(0.02, 0.999), "other {}")
_SAME_LINE: Final = Finding(_bits(0.50, 1 / 1_000), "same street address")
_NEAR_LINE: Final = Finding(_bits(0.35, 1 / 500), "street address nearly the same")
_OTHER_LINE: Final = Finding(_bits(0.15, 0.99), "other street address")
_SAME_POSTAL_CODE: Final = Finding(_bits(0.77, 1 / 200), "same postal code")
_NEAR_POSTAL_CODE: Final = Finding(_bits(0.18, 1 / 40), "")
_OTHER_POSTAL_CODE: Final = Finding(_bits(0.05, 0.97), "other postal code")
_SAME_CITY: Final = Finding(_bits(0.65, 1 / 20), "same city")
_NEAR_CITY: Final = Finding(_bits(0.25, 1 / 40), "")
_OTHER_CITY: Final = Finding(_bits(0.10, 0.92), "other city")

_ALIKE_LINE: Final = 0.90
_ONE_FAMILY: Final = {_FAMILY[NameLevel.SAME][1], _FAMILY[NameLevel.NEARLY][1]}
_OTHER_GIVEN: Final = _GIVEN[NameLevel.DIFFERENT][1]
_OTHER_BIRTH: Final = {_BORN[DateLevel.DIFFERENT][1], _BORN[DateLevel.TWO_SLIPS][1]}
_SPOKEN: Final = {"ssn": "social security number", "national_id": "national identity number"}


def match_facts(
    *,
    given_names: str = "",
    family_name: str = "",
    preferred_name: str = "",
    maiden_name: str = "",
    birth_date: dt.date | None = None,
    precision: str = BirthDatePrecision.EXACT.value,
    sex: str = Sex.UNKNOWN.value,
    phones: Sequence[str] = (),
    emails: Iterable[str] = (),
    identifiers: Iterable[tuple[str, str, str]] = (),
    addresses: Iterable[tuple[str, str, str]] = (),
) -> MatchFacts:
    """What is known of a person, as it is compared.

    `identifiers` are (type, issuer, value), `addresses` (line, city, postal code).
    """
    return MatchFacts(
        given=_name(given_names),
        family=_name(family_name),
        also_given=_names(preferred_name),
        also_family=_names(maiden_name),
        birth_date=birth_date,
        precision=str(precision),
        sex=str(sex),
        phones=frozenset(
            number[-PHONE_TAIL:] for phone in phones if len(number := digits(phone)) >= LONG_CODE
        ),
        dialled=tuple(phones),
        emails=frozenset(email.strip().lower() for email in emails if email.strip()),
        identifiers=tuple(
            MatchIdentifier(kind, fold(issuer), code)
            for kind, issuer, value in identifiers
            if (code := _code(value))
        ),
        addresses=tuple(
            MatchAddress(fold(line), fold(city), _code(postal_code))
            for line, city, postal_code in addresses
            if line or city or postal_code
        ),
    )


def score(a: MatchFacts, b: MatchFacts) -> MatchScore:
    """How likely `a` and `b` are one person; the same for `b` and `a`."""
    findings = _compare_identity(a, b)
    findings += _compare_household(a, b, cap=RELATIVES_CAP if _are_relatives(findings) else HOUSEHOLD_CAP)
    weight = round(_sum(findings), 2)
    return MatchScore(
        weight, probability_of(weight), tuple(finding for finding in findings if finding.sentence)
    )


def likeness_of(weight: float) -> Likeness:
    """The word for a weight; what is too little for the worklist is still possible."""
    if weight >= ALMOST_CERTAIN:
        return Likeness.CERTAIN
    return Likeness.LIKELY if weight >= LIKELY else Likeness.POSSIBLE


def probability_of(weight: float) -> float:
    """How probable one person is at this weight, with `PRIOR_BITS` against it before anything is compared."""
    return 1 / (1 + 2 ** min(PRIOR_BITS - weight, 500))


def _compare_identity(a: MatchFacts, b: MatchFacts) -> list[Finding]:
    """What belongs to one person only."""
    findings = _compare_full_names(a, b)
    born = compare_dates(a.birth_date, b.birth_date, are_exact=(is_exact(a.precision), is_exact(b.precision)))
    if born is not None:
        weight, sentence = _BORN[born]
        findings.append(Finding(weight, sentence, (a.birth_date, b.birth_date)))
        if born is DateLevel.SAME and _are_siblings(findings):
            findings.append(Finding(TWINS, "may be twins"))
    if Sex.UNKNOWN.value not in (a.sex, b.sex):
        findings.append(_SAME_SEX if a.sex == b.sex else _OTHER_SEX)
    identifier = _compare_identifiers(a, b)
    if identifier is not None:
        findings.append(identifier)
    return findings


def _are_siblings(findings: list[Finding]) -> bool:
    sentences = {finding.sentence for finding in findings}
    return _OTHER_GIVEN in sentences and bool(sentences & _ONE_FAMILY)


def _are_relatives(findings: list[Finding]) -> bool:
    sentences = {finding.sentence for finding in findings}
    return bool(sentences & {_OTHER_GIVEN, *_OTHER_BIRTH}) and bool(sentences & _ONE_FAMILY)


def _compare_full_names(a: MatchFacts, b: MatchFacts) -> list[Finding]:
    """The names as they stand or, when that fits better, given and family name of one of them swapped."""
    straight = [
        *_best(_GIVEN, (a.given, *a.also_given), (b.given, *b.also_given)),
        *_best(_FAMILY, (a.family, *a.also_family), (b.family, *b.also_family)),
    ]
    if _sum(straight) > 0 or not _may_be_swapped(a, b):
        return straight
    return max(
        straight, _swapped(a, b), _swapped(b, a), key=lambda found: (_sum(found), list(map(str, found)))
    )


def _may_be_swapped(a: MatchFacts, b: MatchFacts) -> bool:
    levels = {compare_names(a.given.words, b.family.words), compare_names(a.family.words, b.given.words)}
    return not levels <= {None, NameLevel.DIFFERENT, NameLevel.ALIKE}


def _swapped(a: MatchFacts, b: MatchFacts) -> list[Finding]:
    crossed = [*_best(_GIVEN, (a.given,), (b.family,)), *_best(_FAMILY, (a.family,), (b.given,))]
    return [*crossed, Finding(SWAPPED_NAMES, "given and family name swapped")]


def _best(
    weights: dict[NameLevel, tuple[float, str]], a: tuple[MatchName, ...], b: tuple[MatchName, ...]
) -> list[Finding]:
    found = [
        Finding(weights[level][0], weights[level][1], (min(x.text, y.text), max(x.text, y.text)))
        for x in a
        for y in b
        if (level := compare_names(x.words, y.words)) is not None
    ]
    return [max(found)] if found else []


def _sum(findings: list[Finding]) -> float:
    return sum(finding.weight for finding in findings)


def _compare_identifiers(a: MatchFacts, b: MatchFacts) -> Finding | None:
    """The identifier of a kind both have that says most for one person."""
    found = [
        Finding(finding.weight, finding.sentence, (_spoken(x.type),) * 2)
        for x in a.identifiers
        for y in b.identifiers
        if (finding := _compare_codes(x, y)) is not None
    ]
    return max(found) if found else None


def _compare_codes(a: MatchIdentifier, b: MatchIdentifier) -> Finding | None:
    is_only_one = a.type in ONLY_ONE
    if a.type != b.type or not (is_only_one or a.issuer == b.issuer):
        return None
    if a.code == b.code:
        return _SAME_IDENTIFIER
    if min(len(a.code), len(b.code)) >= LONG_CODE and OSA.distance(a.code, b.code, score_cutoff=1) == 1:
        return _NEAR_IDENTIFIER
    return _OTHER_IDENTIFIER if is_only_one else None


def _compare_household(a: MatchFacts, b: MatchFacts, *, cap: float) -> list[Finding]:
    """What people under one roof share: counted up to a cap."""
    findings = max(
        ([*_compare_addresses(x, y)] for x in a.addresses for y in b.addresses),
        key=lambda found: (_sum(found), list(map(str, found))),
        default=[],
    )
    if a.phones and b.phones:
        findings.append(_OTHER_PHONE if a.phones.isdisjoint(b.phones) else _SAME_PHONE)
    if not a.emails.isdisjoint(b.emails):
        findings.append(_SAME_EMAIL)
    over = _sum(findings) - cap
    if over > 0:
        findings.append(Finding(-over, ""))
    return findings


def _compare_addresses(a: MatchAddress, b: MatchAddress) -> Iterable[Finding]:
    if a.line and b.line:
        yield _graded(a.line, b.line, _ALIKE_LINE, (_SAME_LINE, _NEAR_LINE, _OTHER_LINE))
    if a.postal_code and b.postal_code:
        if a.postal_code == b.postal_code:
            yield _SAME_POSTAL_CODE
        else:
            is_near = OSA.distance(a.postal_code, b.postal_code, score_cutoff=1) == 1
            yield _NEAR_POSTAL_CODE if is_near else _OTHER_POSTAL_CODE
    if a.city and b.city:
        yield _graded(a.city, b.city, _ALIKE_LINE, (_SAME_CITY, _NEAR_CITY, _OTHER_CITY))


def _graded(a: str, b: str, alike: float, levels: tuple[Finding, Finding, Finding]) -> Finding:
    if a == b:
        return levels[0]
    a, b = sorted((a, b))
    return levels[1] if JaroWinkler.similarity(a, b) >= alike else levels[2]


def _spoken(kind: str) -> str:
    return _SPOKEN.get(kind, kind.replace("_", " ").replace("-", " "))


def _name(text: str) -> MatchName:
    return MatchName(text.strip(), tuple(fold(text).split()))


def _names(text: str) -> tuple[MatchName, ...]:
    name = _name(text)
    return (name,) if name.words else ()


def _code(value: str) -> str:
    return fold(value).replace(" ", "")
