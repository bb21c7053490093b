"""The first minutes of an empty hospital: its settings and its first administrator, at once or not at all."""

from typing import Annotated, Final

from pydantic import Field
from sqlmodel import Session

from hms_app.core.actor import Actor
from hms_app.core.errors import InvalidInput
from hms_app.core.permissions import PUBLIC
from hms_app.core.use_case import use_case
from hms_app.domain.jobs.service import ask_for
from hms_app.domain.jobs.values import JobKind
from hms_app.domain.organization import service as organization
from hms_app.domain.organization.values import Email, HospitalInput, Name, PractitionerInput
from hms_app.domain.scheduling.values.clinics import ClinicKind
from hms_app.domain.security import service as security
from hms_app.domain.security.values import AdministratorInput
from hms_app.domain.workflows.start_clinic import start_clinic

LOAD_DEMO: Final = JobKind(
    "workflows.load_demo", "Loading the demo patients", work="hms_app.domain.workflows.load_demo:work_on_demo"
)


class SetUpInput(HospitalInput):
    """The hospital, the one-time code of the terminal, and who looks after it first.

    The password is not part of it: it is never trimmed, and never kept in anything that may be printed.
    """

    code: Annotated[str, Field(min_length=1, max_length=100)]
    admin_name: Name
    admin_email: Annotated[Email, Field(min_length=1)]
    wants_demo: bool = False
    clinic_kind: ClinicKind | None = None
    sees_patients: bool = False


@use_case(PUBLIC)
def set_up_hospital(session: Session, actor: Actor, *, request: SetUpInput, password: str) -> int:
    """Found the hospital and make its first administrator, whose key is returned; start its clinic if its kind is said.

    Raises WrongSetupCode, AlreadySetUp, AlreadyFounded and WeakPassword; nothing stays then.
    """
    security.redeem_setup_code(session, code=request.code)
    system = Actor.system("set-up", request.locale)
    hospital = HospitalInput.model_validate(request.model_dump(include=set(HospitalInput.model_fields)))
    organization.found_hospital(session, system, request=hospital)
    security.add_clinic_words(session, system, phrases=[request.name, request.city])
    administrator = AdministratorInput(name=request.admin_name, email=request.admin_email, password=password)
    made = security.make_first_administrator(
        session, request=administrator, ip_address=actor.ip_address, locale=system.locale
    )
    if request.sees_patients:
        _add_practitioner(session, system, request, made.user_id)
    if request.clinic_kind:
        start_clinic(session, system, kind=request.clinic_kind)
    if request.wants_demo:
        ask_for(session, made, LOAD_DEMO)
    return made.user_id or 0


def _add_practitioner(session: Session, system: Actor, request: SetUpInput, user_id: int | None) -> None:
    """The first administrator as a practitioner, whose last name is the last word of the name."""
    *given_names, family_name = request.admin_name.split()
    practitioner = PractitionerInput(
        given_names=" ".join(given_names), family_name=family_name, user_id=user_id
    )
    organization.add_practitioner(session, system, request=practitioner)


def parse_set_up(form: dict[str, object]) -> tuple[SetUpInput, str]:
    """The input and the password of a submitted form; raises `InvalidInput` naming every wrong field."""
    password, again = str(form.get("password") or ""), str(form.get("password_again") or "")
    problems: dict[str, str] = {}
    if not password:
        problems["password"] = "Fill this in."  # noqa: S105
    elif password != again:
        problems["password_again"] = "The two passwords differ. Type the same one twice."  # noqa: S105
    try:
        request = SetUpInput.from_form(form)
    except InvalidInput as refusal:
        raise InvalidInput({**refusal.problems, **problems}) from None
    if problems:
        raise InvalidInput(problems)
    return request, password
