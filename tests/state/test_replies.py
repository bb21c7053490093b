"""What handlers send besides their state arrives as it was written, whatever people have typed into it."""

import json
import re
from urllib.parse import unquote

import pytest
import reflex as rx
from reflex_base.event import Event

from hms_app import navigation
from hms_app.state.replies import call, go, refuse, say
from tests.hostile import TAGS


def the_text(event: Event) -> str:
    """The text that the script of an event holds, as the browser reads it."""
    code = str(event.payload.get("function") or event.payload["javascript_code"])
    literal = re.search(r'\(("(?:[^"\\]|\\.)*")(?:, \{.*\})?\)', code)
    assert literal, code
    return str(json.loads(literal.group(1)))


def sent(event: Event) -> Event:
    """An event after the framework prepared it for the browser."""
    (prepared,) = Event.from_event_type([event])  # type: ignore[list-item]
    return prepared


@pytest.mark.parametrize("text", TAGS)
def test_a_message_says_what_was_typed(text: str) -> None:
    for reply in (
        say(f"{text} was saved."),
        refuse(f"{text} was saved."),
        say(f"{text} was saved.", once="x"),
    ):
        assert the_text(sent(reply)) == f"{text} was saved."


def test_a_tag_that_two_fields_make_together_is_two_texts() -> None:
    opening, closing = "<reflex.Var>x", "</reflex.Var>"
    assert the_text(sent(say(f"{opening}{closing}"))) == opening + closing


@pytest.mark.parametrize("text", TAGS)
def test_a_function_of_the_page_is_given_what_was_typed(text: str) -> None:
    assert the_text(sent(call("(there) => window.location.assign(there)", text))) == text


@pytest.mark.parametrize("text", [*TAGS, "a\nb", "\ud800", "//evil.example/a"])
def test_an_address_leads_into_this_application_and_holds_no_tag(text: str) -> None:
    path = sent(go(f"/patients?q={text}")).payload["path"]
    assert "<" not in path
    assert unquote(path) == f"/patients?q={text}".replace("\ud800", "?")
    assert not sent(go(text)).payload["path"].startswith("//")


def test_an_address_that_is_put_together_already_stays_as_it_is() -> None:
    address = "/patients?q=M%C3%BCller+%26+S%C3%B6hne&at=eyJ~a-b_c.d=&kinds=a,b#top"
    assert go(address).payload["path"] == address


def test_the_way_to_a_screen_names_its_record() -> None:
    assert go(navigation.PATIENT_EDIT, patient_id=17).payload["path"] == "/patients/17/edit"


def test_the_replies_are_the_events_that_reflex_makes_of_harmless_texts() -> None:
    made = Event.from_event_type(
        [
            rx.toast.success('Ada "Q" was saved.'),
            rx.toast.info("Noted."),
            rx.toast.error("Not possible."),
            rx.redirect("/patients?at=1", replace=True),
            rx.redirect("/patients"),
            rx.call_script('(window.hms)("a")'),
        ]
    )
    assert made == [
        say('Ada "Q" was saved.'),
        say("Noted.", tone="info"),
        refuse("Not possible."),
        go("/patients?at=1", replace=True),
        go("/patients"),
        call("window.hms", "a"),
    ]
