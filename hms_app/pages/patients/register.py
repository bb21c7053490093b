"""The registration page: the essential in one glance, the rest behind one key each."""

from typing import Any, Final

import reflex as rx

from hms_app import components as kit
from hms_app import navigation
from hms_app.domain.organization.values import known_countries
from hms_app.domain.patients.values import (
    CONTACT_USE_LABELS,
    IDENTIFIER_LABELS,
    MARITAL_LABELS,
    RELATION_LABELS,
    SEX_LABELS,
    spoken_languages,
)
from hms_app.pages.frame import frame
from hms_app.pages.guard import page_for
from hms_app.pages.patients.registered import registered
from hms_app.state.patients.register import RegisterState as S

FORM_ID: Final = "register-form"
LIKELY_ID: Final = "looks-alike"
TYPED: Final[rx.Var[dict[str, str]]] = rx.Var(f"window.hmsTyped('{FORM_ID}')", _var_type=dict[str, str])
"""Everything that stands in the form now; read by the browser when it sends the event."""
LOOKS: Final = {"on_change": S.look(TYPED).debounce(300)}
ORDINALS: Final = ("", "Second ", "Third ")
DECISIONS: Final = [("given", "Given"), ("refused", "Refused")]
MARITAL: Final = [(value, label) for value, label in MARITAL_LABELS.items() if label]


@page_for(navigation.PATIENT_REGISTER, on_load=[S.load])
def register_page() -> rx.Component:
    """Who somebody is, whether the hospital knows them already, and their new record number."""
    return frame(
        navigation.PATIENT_REGISTER,
        kit.page_header(
            "Register patient", "Name, birth and sex are enough. Everything else can be added now or later."
        ),
        rx.cond(
            S.is_loading,
            kit.narrow(kit.skeleton_card(6)),
            rx.cond(S.done["id"] != "", registered(), _form()),
        ),
    )


def _form() -> rx.Component:
    return kit.form(
        kit.command_key(S.command_key),
        _identity(),
        _likely(),
        rx.el.section(
            rx.el.h2("More, when it is at hand", class_name="k-section-title"),
            rx.el.div(
                _more_names(),
                _person(),
                _address(),
                _relations(),
                _identifiers(),
                rx.cond(S.payers.length() > 0, _coverages(), rx.fragment()),
                _photo(),
                _consents(),
                class_name="k-stack-small",
            ),
            class_name="k-form-section",
        ),
        kit.form_actions(
            kit.submit_button("Register patient", busy=S.is_saving),
            kit.link_button("Cancel", navigation.PATIENT_LIST.route, variant="ghost"),
            rx.cond(S.likely.length() > 0, _to_likely(), rx.fragment()),
        ),
        on_submit=S.submit,
        problem=S.problem,
        id=FORM_ID,
        key=S.command_key,
        data_beside="",
    )


def _identity() -> rx.Component:
    return rx.el.section(
        kit.form_row(
            _text(
                "Family name", "family_name", auto_focus=True, auto_complete="off", max_length=100, **LOOKS
            ),
            _text("Given names", "given_names", auto_complete="off", max_length=100, **LOOKS),
        ),
        _text(
            "Date of birth, year or age",
            "birth",
            hint=rx.cond(S.birth_words, S.birth_words, "Such as 3 Feb 1980, 1980, 42 y or 7 months."),
            auto_complete="off",
            max_length=40,
            **LOOKS,
        ),
        kit.radio_group(
            "Sex at birth",
            "sex_at_birth",
            list(SEX_LABELS.items()),
            problems=S.problems,
            inline=True,
            **LOOKS,
        ),
        _phone(1),
        class_name="k-form-section",
        aria_label="Who it is",
    )


def _phone(place: int) -> rx.Component:
    words = S.phone_words[str(place)]
    further = [kit.disclosure("Add another phone", _phone(place + 1))] if place < len(ORDINALS) else []
    return rx.el.div(
        kit.form_row(
            _text(
                _nth(place, "phone"),
                f"phones_{place}_number",
                type="tel",
                optional=True,
                auto_complete="off",
                max_length=40,
                hint=rx.cond(words, f"Read as {words}", "With its country code when it is from abroad."),
                **LOOKS,
            ),
            _select(_kind(place, "phone"), f"phones_{place}_use", list(CONTACT_USE_LABELS.items())),
        ),
        *further,
        class_name="k-stack-small",
    )


def _likely() -> rx.Component:
    """Beside the form, or below the essential fields where there is no room."""
    return rx.el.aside(
        rx.cond(
            S.likely.length() > 0,
            rx.el.div(
                rx.el.h2("Already registered?", class_name="k-section-title"),
                rx.el.ul(rx.foreach(S.likely, _likely_one), class_name="k-stack-small"),
                rx.cond(
                    S.wants_reason | (S.problems["duplicate_reason"] != ""),
                    _text(
                        "Why is this somebody else?",
                        "duplicate_reason",
                        hint="Such as: twin sister, another passport. It is recorded.",
                        auto_complete="off",
                        max_length=300,
                    ),
                    rx.fragment(),
                ),
                class_name="k-likely",
            ),
            rx.fragment(),
        ),
        aria_label="Patients who look alike",
        aria_live="polite",
        id=LIKELY_ID,
        class_name="k-beside",
    )


def _to_likely() -> rx.Component:
    """Says at the foot that somebody looks alike, where the list itself is out of sight."""
    return rx.el.button(
        "Known already?", type="button", class_name="k-link k-to-beside", on_click=rx.scroll_to(LIKELY_ID)
    )


def _likely_one(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.a(one["name"], href=one["href"], target="_blank", class_name="k-link k-grow"),
            kit.badge(one["strength"], one["tone"]),
            class_name="k-row",
        ),
        rx.el.p(one["detail"], class_name="text-[13px] text-(--muted)"),
        rx.el.p(one["mrn"], class_name="k-mono text-[13px] text-(--muted)"),
        rx.el.ul(
            rx.foreach(one["reasons"].to(list[str]), lambda reason: rx.el.li(reason, key=reason)),
            class_name="k-reasons",
        ),
        kit.row(
            kit.link_button("Use this record", one["href"], size="small", icon="arrow-right"),
            kit.link_button(
                "New tab",
                one["href"],
                size="small",
                variant="ghost",
                icon="external-link",
                external=True,
                target="_blank",
                aria_label=f"Look at {one['name']} in a new tab",
            ),
        ),
        class_name="k-likely-one",
        key=one["id"],
    )


def _more_names() -> rx.Component:
    return kit.disclosure(
        "Add title, preferred or maiden name",
        kit.form_row(
            _optional("Title", "prefix", max_length=30, placeholder="Dr"),
            _optional("Suffix", "suffix", max_length=30, placeholder="Jr"),
        ),
        kit.form_row(
            _optional("Preferred name", "preferred_name", max_length=100, **LOOKS),
            _optional("Maiden name", "maiden_name", max_length=100, **LOOKS),
        ),
    )


def _person() -> rx.Component:
    return kit.disclosure(
        "Add gender, marital status or language",
        kit.form_row(
            _select("Gender", "gender", list(SEX_LABELS.items()), placeholder="Not asked"),
            _select("Marital status", "marital_status", MARITAL, placeholder="Not asked"),
        ),
        _select("Language", "language", list(spoken_languages().items()), placeholder="Not asked"),
    )


def _address() -> rx.Component:
    return kit.disclosure(
        "Add address or e-mail",
        _optional("Street and number", "address_line", max_length=200, **LOOKS),
        kit.form_row(
            _optional("Postal code", "postal_code", max_length=20, **LOOKS),
            _optional("Town", "city", max_length=200, **LOOKS),
        ),
        kit.form_row(
            _optional("State or region", "region", max_length=200),
            _select(
                "Country",
                "country",
                list(known_countries().items()),
                placeholder="Not given",
                default_value=S.country,
            ),
        ),
        _optional("E-mail address", "email", type="email", max_length=254, **LOOKS),
    )


def _relations(place: int = 1) -> rx.Component:
    further = [_relations(place + 1)] if place < len(ORDINALS) else []
    return kit.disclosure(
        "Add another contact" if place > 1 else "Add emergency contact or guarantor",
        kit.form_row(
            _optional(_nth(place, "contact's name"), f"relations_{place}_name", max_length=100),
            _select(_kind(place, "contact"), f"relations_{place}_kind", list(RELATION_LABELS.items())),
        ),
        kit.form_row(
            _optional(
                _nth(place, "contact's relation"),
                f"relations_{place}_relationship_name",
                max_length=60,
                placeholder="Wife, father, neighbour",
            ),
            _optional(_nth(place, "contact's phone"), f"relations_{place}_phone", type="tel", max_length=40),
        ),
        *further,
    )


def _identifiers(place: int = 1) -> rx.Component:
    further = [_identifiers(place + 1)] if place < len(ORDINALS) else []
    return kit.disclosure(
        "Add another identifier" if place > 1 else "Add identity card, passport or other number",
        kit.form_row(
            _select(
                _nth(place, "identifier's type"),
                f"identifiers_{place}_type",
                list(IDENTIFIER_LABELS.items()),
                placeholder="Choose",
            ),
            _optional(_nth(place, "identifier"), f"identifiers_{place}_value", max_length=100, **LOOKS),
        ),
        _optional(
            _nth(place, "identifier's issuer"),
            f"identifiers_{place}_issuer",
            max_length=100,
            placeholder="Country, authority or hospital",
        ),
        *further,
    )


def _coverages(place: int = 1) -> rx.Component:
    further = [_coverages(place + 1)] if place < 2 else []
    ranks = [("primary", "First"), ("secondary", "After another")]
    return kit.disclosure(
        "Add another coverage" if place > 1 else "Add insurance or other coverage",
        kit.form_row(
            _select(_nth(place, "payer"), f"coverages_{place}_payer_id", S.payers, placeholder="Choose"),
            _select(
                _nth(place, "coverage pays"), f"coverages_{place}_rank", ranks if place == 1 else ranks[::-1]
            ),
        ),
        kit.form_row(
            _optional(_nth(place, "plan"), f"coverages_{place}_plan", max_length=100),
            _optional(_nth(place, "member number"), f"coverages_{place}_member_number", max_length=100),
        ),
        kit.form_row(
            _optional(_nth(place, "coverage's first day"), f"coverages_{place}_starts_on", kit.date_field),
            _optional(_nth(place, "coverage's last day"), f"coverages_{place}_ends_on", kit.date_field),
        ),
        _optional(
            _nth(place, "payer's share"),
            f"coverages_{place}_share",
            suffix="%",
            max_length=8,
            input_mode="decimal",
        ),
        *further,
    )


def _photo() -> rx.Component:
    return kit.disclosure(
        "Add photo", kit.photo_field("Photo", "photo", to="/files/pictures/registration", problems=S.problems)
    )


def _consents() -> rx.Component:
    return kit.disclosure(
        "Record consent",
        kit.form_row(
            _select("Consent to treatment", "consent_treatment", DECISIONS, placeholder="Not asked"),
            _select(
                "Consent to keeping and using data",
                "consent_data_processing",
                DECISIONS,
                placeholder="Not asked",
            ),
        ),
    )


def _nth(place: int, thing: str) -> str:
    words = f"{ORDINALS[place - 1]}{thing}"
    return words[:1].upper() + words[1:]


def _kind(place: int, thing: str) -> str:
    return f"Kind of {ORDINALS[place - 1].lower()}{thing}"


def _text(label: str, name: str, **props: Any) -> rx.Component:
    return kit.text_field(label, name, problems=S.problems, **props)


def _optional(label: str, name: str, kind: Any = kit.text_field, **props: Any) -> rx.Component:
    props.setdefault("auto_complete", "off")
    return kind(label, name, problems=S.problems, optional=True, mark=False, **props)


def _select(label: str, name: str, options: Any, **props: Any) -> rx.Component:
    return kit.select_field(label, name, options, problems=S.problems, optional=True, mark=False, **props)
