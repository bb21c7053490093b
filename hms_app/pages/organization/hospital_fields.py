"""The fields of the hospital's settings, the same on the set-up page and in the settings."""

from typing import Any

import reflex as rx
from babel.core import get_global
from babel.numbers import get_currency_name

from hms_app import components as kit
from hms_app.components.kinds import Child
from hms_app.domain.organization.values import LANGUAGES, known_countries, known_zones, language_name
from hms_app.pages.organization.address_fields import address_fields

IN_USE = sorted(
    {
        code
        for currencies in get_global("territory_currencies").values()
        for code, _start, end, is_tender in currencies
        if end is None and is_tender
    }
)
CURRENCIES = [(code, f"{code} · {get_currency_name(code, locale='en')}") for code in IN_USE]
COUNTRIES = list(known_countries().items())
ZONES = [(zone, zone.replace("_", " ")) for zone in known_zones()]
DATE_LANGUAGES = [(language, language_name(language)) for language in LANGUAGES]


def name_field(problems: Any, value: Any) -> rx.Component:
    """What the hospital is called; `value(name)` gives a field's present value."""
    return kit.text_field(
        "Name of the hospital",
        "name",
        problems=problems,
        default_value=value("name"),
        max_length=120,
        auto_complete="organization",
    )


def logo_field(problems: Any, present: Any) -> rx.Component:
    """An image to choose, sent when it is chosen; the form names it under `logo`."""
    picker = rx.el.div(
        rx.el.img(
            src=present,
            alt="The logo",
            id="logo-data-shown",
            hidden=rx.Var.create(present) == "",
            class_name="h-12 w-12 rounded-lg border border-(--line) object-contain bg-(--surface)",
        ),
        *kit.picture_input("logo", to="/files/pictures/logo", drawn_as="image/png", accept=kit.TAKEN),
        class_name="flex items-center gap-3",
    )
    return kit.field(
        "Logo",
        picker,
        id="field-logo",
        hint="PNG, JPEG or WebP. It stands above the menu and on printed papers.",
        problem=problems["logo"],
        optional=True,
    )


def place_fields(problems: Any, value: Any) -> list[Child]:
    """Address, phone and e-mail."""

    def reached_by(label: str, name: str, kind: Any, longest: int) -> rx.Component:
        return kit.text_field(
            label,
            name,
            type=kind,
            problems=problems,
            default_value=value(name),
            optional=True,
            max_length=longest,
            auto_complete=kind,
        )

    country = kit.select_field(
        "Country",
        "country",
        COUNTRIES,
        placeholder="As the time zone's",
        problems=problems,
        default_value=value("country"),
        optional=True,
        auto_complete="country",
        hint="Phone numbers without a country code are read as this country's.",
    )
    return [
        *address_fields(problems, value, country=country),
        kit.form_row(
            reached_by("Phone", "phone", "tel", 40), reached_by("E-mail address", "email", "email", 254)
        ),
    ]


def writing_fields(problems: Any, value: Any) -> list[Child]:
    """Currency, time zone and the language of dates."""
    return [
        kit.form_row(
            kit.select_field(
                "Currency",
                "currency",
                CURRENCIES,
                placeholder="Choose",
                problems=problems,
                default_value=value("currency"),
            ),
            kit.select_field(
                "Language of dates and numbers",
                "language",
                DATE_LANGUAGES,
                problems=problems,
                default_value=value("language"),
            ),
        ),
        kit.select_field(
            "Time zone",
            "zone_name",
            ZONES,
            placeholder="Choose",
            problems=problems,
            default_value=value("zone_name"),
            hint="Every time on every screen is this zone's.",
        ),
    ]
