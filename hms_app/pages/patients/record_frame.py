"""What every page of a patient's record shares: banner, tabs, and the states while it loads or is refused."""

from typing import Any, Final

import reflex as rx
from reflex_base.vars import VarData

from hms_app import components as kit
from hms_app import navigation
from hms_app.components.kinds import Child
from hms_app.navigation import Screen
from hms_app.pages.frame import frame
from hms_app.pages.patients.record_actions import record_actions, record_dialogs
from hms_app.pages.patients.record_places import href_of, may
from hms_app.state.live import THIS_RECORD, Live
from hms_app.state.patients.head import PatientHeadState as Head
from hms_app.state.patients.merged import MergedRecordState as Merged

IN_ADDRESS: rx.Var[str] = rx.Var(
    "hmsRoute.patient_id",
    _var_type=str,
    _var_data=VarData(hooks={"const hmsRoute = useParams()": None}, imports={"react-router": ["useParams"]}),
)
"""The patient the address names: content of another one is not shown, not even for a moment."""


TABS: Final[tuple[tuple[Screen, str], ...]] = (
    (navigation.PATIENT_RECORD, "Overview"),
    (navigation.PATIENT_APPOINTMENTS, "Appointments"),
    (navigation.PATIENT_TIMELINE, "Timeline"),
    (navigation.PATIENT_VITALS, "Vital signs"),
    (navigation.PATIENT_HISTORY, "History"),
    (navigation.PATIENT_VISITS, "Visits"),
    (navigation.PATIENT_DOCUMENTS, "Documents"),
    (navigation.PATIENT_CONTACTS, "Contacts and coverage"),
    (navigation.PATIENT_IDENTIFIERS, "Identifiers and consents"),
    (navigation.PATIENT_CHANGES, "Changes"),
    (navigation.PATIENT_ACCESS, "Access log"),
)
"""The pages of a record; each is shown to whoever holds its screen's permission."""


def record_frame(screen: Screen, *content: Child, state: Any, has_tabs: bool = True) -> rx.Component:
    """A page of one patient's record: banner and tabs, then `content` once this patient's is there.

    `state` is the page's RecordScreenState, with a `load` handler. A page without tabs is one to finish or leave.
    """
    return frame(
        screen,
        rx.cond(
            state.problem != "",
            kit.error_state(
                state.problem,
                on_retry=state.load,
                title="This record cannot be shown",
                way_out=kit.link_button(
                    "Open the patient list", navigation.PATIENT_LIST.route, variant="ghost"
                ),
            ),
            rx.cond(
                Head.shown_for == IN_ADDRESS,
                rx.el.div(
                    banner_of(Head.banner, Head.allergies, record_actions() if has_tabs else None),
                    rx.el.div(
                        rx.cond(Merged.note_for == IN_ADDRESS, kit.callout(Merged.note), rx.fragment()),
                        _tabs(screen) if has_tabs else rx.fragment(),
                        rx.cond(
                            state.shown_for == IN_ADDRESS,
                            rx.el.div(*content, class_name="flex flex-col gap-4"),
                            waiting(),
                        ),
                        class_name="flex flex-col gap-4",
                    ),
                    record_dialogs() if has_tabs else rx.fragment(),
                    key=Head.shown_for,
                ),
                rx.el.div(kit.skeleton("block", height="92px"), waiting(), class_name="flex flex-col gap-4"),
            ),
        ),
    )


def waiting() -> rx.Component:
    """Cards that are still to come."""
    return kit.grid(*[kit.skeleton_card() for _ in range(6)], columns=3)


def banner_of(banner: Any, allergies: Any, actions: Child | None = None) -> rx.Component:
    """Who this is, from a BannerView and the words of the allergies."""
    return kit.patient_banner(
        name=banner["name"],
        initials=banner["initials"],
        photo=banner["photo"],
        age=banner["age"],
        birth_date=banner["birth_date"],
        sex=banner["sex"],
        number=banner["number"],
        allergies=allergies,
        badges=[
            _when(banner["no_allergies"], kit.badge(banner["no_allergies"], "neutral", plain=True)),
            _when(banner["deceased"], kit.badge(banner["deceased"], "neutral", icon="calendar-x-2")),
            _when(banner["restricted"], kit.badge(banner["restricted"], "warning", icon="lock")),
            _status_badge(banner),
        ],
        actions=actions,
    )


def _status_badge(banner: Any) -> rx.Component:
    """What the record is unless it is in use; the reason stands behind it for all to read."""
    text = rx.cond(
        banner["status_reason"], f"{banner['status']}: {banner['status_reason']}", banner["status"]
    )
    return rx.match(
        banner["status_code"],
        ("inactive", kit.badge(text, "warning", icon="circle-minus")),
        ("entered_in_error", kit.badge(text, "danger", icon="octagon-alert")),
        ("merged", kit.badge(text, "neutral", icon="merge")),
        rx.fragment(),
    )


def _when(text: Any, part: rx.Component) -> rx.Component:
    return rx.cond(text, part, rx.fragment())


def _tabs(screen: Screen) -> rx.Component:
    return rx.el.nav(
        *[
            rx.cond(
                may(place.guard),
                kit.link(
                    title,
                    href=href_of(place),
                    class_name="k-tab",
                    aria_current="page" if place == screen else "false",
                ),
                rx.fragment(),
            )
            for place, title in TABS
        ],
        aria_label="Patient record",
        class_name="k-tabs",
    )


def of_record(refresh: Any) -> Live:
    """What a page of a record follows: whatever is said of its patient."""
    return Live(refresh, THIS_RECORD)
