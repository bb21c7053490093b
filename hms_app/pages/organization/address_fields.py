"""The lines of an address, the same in every form that asks for one."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from hms_app import components as kit
from hms_app.components.kinds import Child


def address_fields(
    problems: Any, value: Callable[[str], Any], *, country: rx.Component | None = None
) -> list[Child]:
    """Street, town and region; `value(name)` gives a field's present value, `country` stands beside the region."""

    def line(label: str, name: str, complete: str) -> rx.Component:
        return kit.text_field(
            label,
            name,
            problems=problems,
            default_value=value(name),
            optional=True,
            max_length=200,
            auto_complete=complete,
        )

    region = line("State or region", "region", "address-level1")
    return [
        line("Street and number", "address_line", "street-address"),
        kit.form_row(
            line("Postal code", "postal_code", "postal-code"), line("Town", "city", "address-level2")
        ),
        region if country is None else kit.form_row(region, country),
    ]
