"""What the registration form says back while somebody types: the birth and phones in words, and who looks alike."""

from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.locale import HospitalLocale
from hms_app.core.permissions import Permission
from hms_app.core.use_case import use_case
from hms_app.domain.audit import service as audit
from hms_app.domain.duplicates import rules
from hms_app.domain.duplicates.queries.likely import find_likely_duplicates
from hms_app.domain.duplicates.values import TypedSoFar
from hms_app.domain.patients import rules as patient_rules
from hms_app.domain.patients.values import BirthDatePrecision, Born, IdentityInput


@use_case(Permission.PATIENTS_PATIENT_REGISTER)
def read_typing(session: Session, actor: Actor, *, request: IdentityInput) -> TypedSoFar:
    """How an identity that is still being typed is understood, and whom the register already holds like it.

    Whoever stays on screen was looked at.
    """
    understood = patient_rules.understand_so_far(request, actor.locale)
    likely = (
        find_likely_duplicates(session, actor, facts=rules.identity_facts(request, understood))
        if request.family_name or request.given_names or understood.phones or request.identifiers
        else []
    )
    shown = [found.row.id for found in likely]
    audit.record_list(session, actor, place="registration", shown=shown, is_typed=True)
    return TypedSoFar(
        birth_words=_in_words(understood.born, actor.locale) if understood.born else "",
        phones={
            place: patient_rules.written(number, actor.locale.country)
            for place, number in understood.phones.items()
        },
        likely=tuple(likely),
        wants_reason=any(found.score.weight >= rules.LIKELY for found in likely),
    )


def _in_words(born: Born, locale: HospitalLocale) -> str:
    """ "3 Feb 1980 · 46 years": what will be recorded."""
    age = locale.age(born.date)
    if born.precision == BirthDatePrecision.YEAR:
        return f"Only the year {born.date.year} · about {age}"
    if born.precision == BirthDatePrecision.ESTIMATED:
        return f"About {age}, estimated today · born about {locale.date(born.date)}"
    return f"{locale.date(born.date)} · {age}"
