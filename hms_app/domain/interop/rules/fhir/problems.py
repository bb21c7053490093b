"""Conditions and allergies: what a patient has, may not meet, or is said not to have."""

from collections.abc import Iterator
from json import dumps
from typing import Final

from hms_app.domain.clinical.values import (
    NO_KNOWN_ALLERGY,
    SNOMED,
    AllergyCategory,
    AllergyKind,
    CourseStatus,
    Criticality,
    Severity,
)
from hms_app.domain.clinical.values.statuses import COURSE_TOLD, VERIFICATION_LABELS, told_of
from hms_app.domain.interop.rules.fhir.clinical import of_encounter
from hms_app.domain.interop.rules.fhir.codes import (
    Coded,
    codes_of,
    concept,
    needed_concept,
    read_concept,
)
from hms_app.domain.interop.rules.fhir.elements import (
    Json,
    Moment,
    flag,
    part,
    parts,
    prose,
    text,
    texts,
    word,
)
from hms_app.domain.interop.rules.fhir.reading import Reading, coded, dated
from hms_app.domain.interop.rules.fhir.remarks import remarks, stages, told, words_of
from hms_app.domain.interop.rules.fhir.specs import (
    CODED,
    COURSE,
    ENCOUNTER,
    OF_ENCOUNTER,
    PATIENT_OF,
    RECORDED,
    UNRESOLVED,
    ResourceSpec,
)
from hms_app.domain.interop.rules.fields import Rejected
from hms_app.domain.interop.rules.specs import Values

IPS_ABSENT: Final = {
    "no-known-allergies": (NO_KNOWN_ALLERGY, "No known allergy"),
    "no-known-medication-allergies": ("409137002", "No known drug allergy"),
    "no-known-food-allergies": ("429625007", "No known food allergy"),
    "no-known-environmental-allergies": ("428607008", "No known environmental allergy"),
}
"""The International Patient Summary's statements that no allergy is known, as they are recorded here."""
_NO_ALLERGY_INFORMATION: Final = "no-allergy-info"
_KINDS: Final = {kind.value: kind.value for kind in AllergyKind}
_CATEGORIES: Final = {
    **{known.value: known.value for known in AllergyCategory},
    "biologic": AllergyCategory.MEDICATION.value,
}
_CRITICALITIES: Final = {known.value: known.value for known in Criticality}
_SEVERITIES: Final = {known.value: known.value for known in Severity}
_ABATED: Final = ("abatementDateTime", "abatementPeriod")
_ALSO_ABATED: Final = ("abatementAge", "abatementRange", "abatementString")


def read_condition(reading: Reading) -> Values:
    """A diagnosis or problem."""
    resource = reading.resource
    return {
        **coded(needed_concept(resource, "code")),
        **dated(
            reading.happened("onsetDateTime", "onsetPeriod", "recordedDate"),
            _abated(reading) or reading.ended("onsetPeriod"),
        ),
        **_course(reading, is_over=_is_over(reading)),
        "note": reading.note(
            *remarks(resource, "severity", "bodySite"),
            *stages(resource),
            *_evidence(resource),
            *told(resource, "onset", "abatement"),
        ),
        **of_encounter(reading),
    }


def read_allergy(reading: Reading) -> Values:
    """Something a patient must not meet; or the statement that no such thing is known."""
    resource = reading.resource
    categories = texts(resource, "category")
    return {
        **coded(_substance(resource)),
        **dated(
            reading.happened("onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence"),
            reading.ended("onsetPeriod"),
        ),
        "note": reading.note(
            *_further_categories(categories),
            *remarks(resource, "lastOccurrence"),
            *told(resource, "onset"),
            *_told_of_reactions(resource),
        ),
        "criticality": word(resource, "criticality", _CRITICALITIES, "") or None,
        **_course(reading, is_over=False),
        "kind": word(resource, "type", _KINDS, AllergyKind.ALLERGY.value),
        "category": _CATEGORIES.get(categories[0], "other") if categories else AllergyCategory.OTHER.value,
        "reactions": dumps([one for reaction in parts(resource, "reaction") for one in _reactions(reaction)]),
        **of_encounter(reading, "patient"),
    }


def _abated(reading: Reading) -> Moment | None:
    return next((one for name in _ABATED if (one := reading.started(name))), None)


def _is_over(reading: Reading) -> bool:
    """Whether a condition has an end of any kind."""
    resource = reading.resource
    if _abated(reading) or any(resource.get(name) is not None for name in _ALSO_ABATED):
        return True
    return bool(flag(resource, "abatementBoolean"))


def _course(reading: Reading, *, is_over: bool) -> Values:
    """The life cycle of a condition or an allergy, from its clinical status, its verification and its end."""
    resource = reading.resource
    verified = codes_of([part(resource, "verificationStatus")])
    sure = next((code for code in verified if code in VERIFICATION_LABELS), "")
    codes = codes_of([part(resource, "clinicalStatus")]) or _as_words(part(resource, "clinicalStatus"))
    clinical = codes[0] if codes else "resolved" if is_over else "active"
    status = word({"clinicalStatus": clinical}, "clinicalStatus", COURSE_TOLD)
    if "entered-in-error" in verified:
        status = CourseStatus.ENTERED_IN_ERROR.value
    elif status == CourseStatus.ACTIVE and is_over:
        reading.remarks.append(f"kept as resolved: it has an end, and says that it is {clinical}")
        status, clinical = CourseStatus.ENDED.value, "resolved"
    elif sure == "refuted":
        status, clinical = CourseStatus.ENDED.value, "inactive" if clinical == "active" else clinical
    return {
        "status": status,
        "status_told": told_of(COURSE_TOLD, clinical) if status != CourseStatus.ENTERED_IN_ERROR else "",
        "verification": sure,
    }


def _as_words(concept: Json) -> list[str]:
    words = text(concept, "text").lower()
    return [words] if words in COURSE_TOLD else []


def _evidence(resource: Json) -> Iterator[str]:
    said = [words_of(one, "code") or words_of(one, "detail") for one in parts(resource, "evidence")]
    if any(said):
        yield f"Evidence: {', '.join(one for one in said if one)}"


def _further_categories(categories: list[str]) -> Iterator[str]:
    if len(categories) > 1:
        yield f"Category: {', '.join(categories)}"
    elif categories and categories[0] not in {known.value for known in AllergyCategory}:
        yield f"Category: {categories[0]}"


def _substance(resource: Json) -> Coded:
    """What the patient is allergic to: the allergy's own code, or the substance of a reaction."""
    found = concept(resource, "code")
    absent = next(
        (IPS_ABSENT[code] for code in codes_of([part(resource, "code")]) if code in IPS_ABSENT), None
    )
    if absent is not None:
        return Coded(absent[0], SNOMED, absent[1])
    if found.code == _NO_ALLERGY_INFORMATION:
        raise Rejected("it says that nothing is known about allergies")
    if found.display:
        return found
    substances = (concept(one, "substance") for one in parts(resource, "reaction"))
    named = next((one for one in substances if one.display), None)
    if named is None:
        raise Rejected("code is missing")
    return named


def _told_of_reactions(resource: Json) -> Iterator[str]:
    """What is said of reactions beside their names: how each went, when, by which way, to what."""
    for reaction in parts(resource, "reaction"):
        name = ", ".join(
            filter(None, (read_concept(one).display for one in parts(reaction, "manifestation")))
        )
        said = (
            prose(reaction, "description"),
            *(prose(one, "text") for one in parts(reaction, "note")),
            _titled("to", words_of(reaction, "substance") if resource.get("code") else ""),
            _titled("on", text(reaction, "onset", limit=40)),
            _titled("by", words_of(reaction, "exposureRoute")),
        )
        words = "; ".join(filter(None, said))
        if words:
            yield f"Reaction{f' ({name})' if name else ''}: {words}"


def _titled(title: str, words: str) -> str:
    return f"{title} {words}" if words else ""


def _reactions(reaction: Json) -> list[dict[str, str | None]]:
    severity = text(reaction, "severity")
    shown = [read_concept(one) for one in parts(reaction, "manifestation")]
    return [
        {
            "code": one.code,
            "system": one.system,
            "display": one.display,
            "severity": _SEVERITIES.get(severity),
        }
        for one in shown
        if one.display
    ]


CONDITIONS: Final = ResourceSpec(
    stem="Condition",
    table="condition",
    data=(*COURSE, *CODED, "verification", "note", *RECORDED),
    references=OF_ENCOUNTER,
    extra=UNRESOLVED,
    stays_with_patient=True,
    read=read_condition,
    kept=RECORDED,
)
ALLERGIES: Final = ResourceSpec(
    stem="AllergyIntolerance",
    table="allergy_intolerance",
    data=(*COURSE, *CODED, "kind", "category", "criticality", "verification", "note", *RECORDED),
    references=(PATIENT_OF, ENCOUNTER),
    extra=("reactions", *UNRESOLVED),
    stays_with_patient=True,
    read=read_allergy,
    kept=RECORDED,
)
