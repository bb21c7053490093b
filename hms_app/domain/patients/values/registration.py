"""What a registration asks for, as typed, and what becomes of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, NamedTuple, Self

from babel import Locale
from pydantic import AfterValidator, BeforeValidator, Field

from hms_app.core.errors import InvalidInput
from hms_app.core.form_input import CommandInput, FormInput, FormPart
from hms_app.core.text import fold
from hms_app.domain.organization.values import PRINTABLE, Email, Line, known_countries
from hms_app.domain.patients.values.consents import ConsentDecision
from hms_app.domain.patients.values.words import (
    IDENTIFIER_LABELS,
    BirthDatePrecision,
    ContactUse,
    CoverageRank,
    MaritalStatus,
    RelationKind,
    Sex,
)

LONGEST_NAME: Final = 100


class Born(NamedTuple):
    """A date of birth and how well it is known; an estimated one stands for an age on the day it was typed."""

    date: dt.date
    precision: BirthDatePrecision


@lru_cache(maxsize=1)
def spoken_languages() -> dict[str, str]:
    """The languages a patient may speak: code (ISO 639) and English name, sorted by name."""
    names = {
        code: str(name) for code, name in Locale("en").languages.items() if len(code) <= 3 and code != "und"
    }
    return dict(sorted(names.items(), key=lambda language: fold(language[1])))


def _known_language(code: str) -> str:
    if code and code not in spoken_languages():
        raise ValueError("Choose a language of the list.")
    return code


def _known_country(code: str) -> str:
    if code and code not in known_countries():
        raise ValueError("Choose a country of the list.")
    return code


def _known_type(name: str) -> str:
    if name not in IDENTIFIER_LABELS:
        raise ValueError("Choose one of the list.")
    return name


def _share(text: object) -> object:
    """ "80" and "80 %" as 0.8."""
    figures = str(text).replace("%", "").strip().replace(",", ".")
    try:
        share = Decimal(figures) / 100
    except ArithmeticError:
        raise ValueError("Write the share as a percentage, such as 80.") from None
    if not 0 <= share <= 1:
        raise ValueError("The share lies between 0 and 100 percent.")
    return share


PersonName = Annotated[str, Field(max_length=LONGEST_NAME), PRINTABLE]


class PhonePart(FormPart):
    """A phone number as typed; the hospital's country says what it means."""

    essential: ClassVar[frozenset[str]] = frozenset({"number"})

    number: Annotated[str, Field(max_length=40), PRINTABLE]
    use: ContactUse = ContactUse.MOBILE


class RelationPart(FormPart):
    """Somebody to call, or who answers for the patient."""

    essential: ClassVar[frozenset[str]] = frozenset({"name", "phone", "relationship_name"})

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), PRINTABLE]
    kind: RelationKind = RelationKind.EMERGENCY_CONTACT
    relationship_name: Annotated[str, Field(max_length=60), PRINTABLE] = ""
    phone: Annotated[str, Field(max_length=40), PRINTABLE] = ""


class IdentifierPart(FormPart):
    """A number somebody else gave the patient."""

    essential: ClassVar[frozenset[str]] = frozenset({"value"})

    type: Annotated[str, AfterValidator(_known_type)]
    value: Annotated[str, Field(min_length=1, max_length=100), PRINTABLE]
    issuer: Annotated[str, Field(max_length=100), PRINTABLE] = ""

    @property
    def type_words(self) -> str:
        """The type inside a sentence, such as "passport"."""
        label = IDENTIFIER_LABELS[self.type]
        return label[:1].lower() + label[1:]


class CoveragePart(FormPart):
    """Who pays, for a time; `ends_on` is the last day as people say it, `share` the part the payer covers."""

    essential: ClassVar[frozenset[str]] = frozenset({"payer_id", "plan", "member_number"})

    payer_id: int
    rank: CoverageRank = CoverageRank.PRIMARY
    plan: Annotated[str, Field(max_length=100), PRINTABLE] = ""
    member_number: Annotated[str, Field(max_length=100), PRINTABLE] = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    share: Annotated[Decimal | None, BeforeValidator(_share)] = None


class IdentityInput(FormInput):
    """Who somebody is, as typed: enough to ask whether the hospital knows them already."""

    family_name: PersonName = ""
    given_names: PersonName = ""
    preferred_name: PersonName = ""
    maiden_name: PersonName = ""
    birth: Annotated[str, Field(max_length=40), PRINTABLE] = ""
    sex_at_birth: Sex = Sex.UNKNOWN
    email: Email = ""
    address_line: Line = ""
    city: Line = ""
    region: Line = ""
    postal_code: Annotated[str, Field(max_length=20), PRINTABLE] = ""
    country: Annotated[str, AfterValidator(_known_country)] = ""
    phones: dict[str, PhonePart] = Field(default_factory=dict)
    identifiers: dict[str, IdentifierPart] = Field(default_factory=dict)


def missing_identity(family_name: str, given_names: str, birth: str) -> dict[str, str]:
    """What nobody can be registered without, by the field that lacks it."""
    problems: dict[str, str] = {}
    if not family_name and not given_names:
        problems["family_name"] = "Write a family name or a given name."
    if not birth:
        problems["birth"] = "Write a date of birth. When it is not known, an age such as about 40 y will do."
    return problems


class RegistrationInput(CommandInput, IdentityInput):
    """All that is asked at registration; `duplicate_reason` says why this is nobody of those who look alike."""

    sex_at_birth: Sex
    prefix: Annotated[str, Field(max_length=30), PRINTABLE] = ""
    suffix: Annotated[str, Field(max_length=30), PRINTABLE] = ""
    gender: Sex = Sex.UNKNOWN
    marital_status: MaritalStatus = MaritalStatus.UNKNOWN
    language: Annotated[str, AfterValidator(_known_language)] = ""
    relations: dict[str, RelationPart] = Field(default_factory=dict)
    coverages: dict[str, CoveragePart] = Field(default_factory=dict)
    consent_treatment: ConsentDecision | None = None
    consent_data_processing: ConsentDecision | None = None
    duplicate_reason: Annotated[str, Field(max_length=300), PRINTABLE] = ""

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """Parse a submitted form; what is missing is named beside what cannot be read, not one after the other."""
        try:
            return super().from_form(form)
        except InvalidInput as refusal:
            typed = [str(form.get(name) or "").strip() for name in ("family_name", "given_names", "birth")]
            raise InvalidInput({**missing_identity(*typed), **refusal.problems}) from None


@dataclass(frozen=True)
class Understood:
    """What the texts mean: the birth, and each number as it is stored, by its place among phones and relations."""

    born: Born | None
    phones: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
