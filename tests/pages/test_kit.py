"""The component kit, looked at without a browser."""

import re
from pathlib import Path

import pytest
import reflex as rx

from hms_app import components as kit

ASSETS = Path(__file__).parents[2] / "assets"


def _props(component: rx.Component) -> str:
    return str(component.render())


def test_every_name_the_kit_offers_exists() -> None:
    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []


def test_a_field_ties_its_label_hint_and_error_to_its_control() -> None:
    drawn = _props(kit.text_field("Phone", "phone", problems={"phone": "Too few digits."}))
    assert 'htmlFor:"field-phone"' in drawn
    assert '"aria-describedby":"field-phone-note"' in drawn
    assert 'id:"field-phone-note"' in drawn
    assert '"aria-invalid":"true"' in drawn
    assert "Too few digits." in drawn


def test_the_error_stands_in_the_hints_place() -> None:
    drawn = _props(
        kit.text_field("Phone", "phone", hint="With its country code.", problems={"phone": "Too short."})
    )
    assert "Too short." in drawn
    assert "With its country code." not in drawn


@pytest.mark.parametrize(
    "control",
    [
        kit.text_field("A", "it"),
        kit.password_field("A", "it"),
        kit.date_field("A", "it"),
        kit.datetime_field("A", "it"),
        kit.time_field("A", "it"),
        kit.textarea_field("A", "it"),
        kit.file_field("A", "it"),
        kit.select_field("A", "it", [("a", "A")]),
        kit.checkbox_field("A", "it"),
        kit.switch("A", "it"),
        kit.radio_group("A", "it", [("a", "A")]),
    ],
)
def test_every_control_has_a_name(control: rx.Component) -> None:
    assert 'name:"it"' in _props(control)


def test_a_field_of_a_day_is_text_with_a_calendar_within_its_bounds() -> None:
    drawn = _props(
        kit.date_field("Day", "day", earliest="2026-01-01", latest="2026-12-31", default_value="2026-11-23")
    )
    for part in (
        'type:"text"',
        '"data-when":"date"',
        'earliest:"2026-01-01"',
        'latest:"2026-12-31"',
        "DayPicker",
    ):
        assert part in drawn
    assert "DayPicker" not in _props(kit.time_field("Time", "time"))


def test_what_a_day_is_wrong_about_stands_beside_it() -> None:
    drawn = _props(kit.datetime_field("When", "at", problems={"at": "Enter a date and a time."}))
    assert '"aria-invalid":"true"' in drawn
    assert "Enter a date and a time." in drawn


def test_a_button_does_not_submit_a_form_unless_it_is_asked_to() -> None:
    assert 'type:"button"' in _props(kit.button("Add"))
    assert 'type:"submit"' in _props(kit.submit_button("Save"))


def test_a_busy_button_cannot_be_pressed_and_says_so() -> None:
    drawn = _props(kit.button("Save", busy=True))
    assert "disabled:true" in drawn
    assert "aria-busy" in drawn


def test_an_icon_button_has_a_name() -> None:
    assert '"aria-label":"Refresh"' in _props(kit.icon_button("Refresh", "refresh-cw"))


def test_a_status_is_told_by_a_word_and_an_icon_not_by_colour_alone() -> None:
    drawn = _props(kit.badge("Missed", "danger"))
    assert "Missed" in drawn
    assert "Lucide" in drawn


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _tokens(selector: str) -> dict[str, str]:
    sheet = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    block = sheet.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


TEXT_ON_GROUND = [
    *[(text, ground) for text in ("text", "muted", "faint") for ground in ("canvas", "surface", "raised")],
    *[(tone, "surface") for tone in ("accent", "danger", "warning", "success", "info")],
    *[(tone, f"{tone}-tint") for tone in ("accent", "danger", "warning", "success", "info")],
    ("muted", "neutral-tint"),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
]


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_is_readable_on_its_ground_in_both_themes(theme: str, text: str, ground: str) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [":root", ':root[data-theme="dark"]'])
def test_controls_stand_out_from_their_ground(theme: str) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens["control-line"], tokens["surface"]) >= 3


def test_nothing_is_loaded_from_another_site() -> None:
    for name in ("tokens.css", "kit.css", "kit.js", "theme.js"):
        assert not re.search(r"https?://(?!www\.w3\.org)", (ASSETS / name).read_text(encoding="utf-8")), name
