"""The first screen: greeting, quick patient search, recent patients, and what is still to set up."""

import datetime as dt
from typing import Final, TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.core import clock
from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.patients.queries import search_patients
from hms_app.domain.workflows.start_of_day import SetupProgress, get_setup_progress, list_recent_patients
from hms_app.navigation import Screen
from hms_app.runtime.proxies import unnamed_nearby, warning_of
from hms_app.state.base import ScreenState, handles
from hms_app.state.patients.rows import PatientItem, patient_item

SHORTEST_SEARCH: Final = 2
SEARCH: Final = "home search"
FOUND_AT_MOST: Final = 8
STEPS: Final[tuple[tuple[str, Screen, str, str], ...]] = (
    ("departments", navigation.DEPARTMENTS, "Add your departments", "Where people are treated."),
    ("rooms", navigation.ROOMS, "Add rooms", "Consultation rooms, wards and theatres."),
    (
        "practitioners",
        navigation.PRACTITIONERS,
        "Add practitioners",
        "Those who treat, with their specialty.",
    ),
    ("payers", navigation.PAYERS, "Add payers", "Insurers and others who pay for treatment."),
    (
        "users",
        navigation.USERS,
        "Invite your colleagues",
        "Everyone signs in for themselves, with their own role.",
    ),
)


class Place(TypedDict):
    """A screen this person may open from here."""

    title: str
    href: str
    icon: str


class SetupStep(TypedDict):
    """A part of the hospital, and whether it is there."""

    title: str
    detail: str
    href: str
    is_done: bool


class HomeView(TypedDict):
    """All that the first screen shows."""

    greeting: str
    today: str
    places: list[Place]
    finds_patients: bool
    recent: list[PatientItem]
    steps: list[SetupStep]
    warnings: list[str]


class HomeState(ScreenState, rx.State):
    """What is on the first screen of the person signed in."""

    greeting: str = ""
    today: str = ""
    places: list[Place] = []
    finds_patients: bool = False
    recent: list[PatientItem] = []
    text: str = ""
    found: list[PatientItem] = []
    steps: list[SetupStep] = []
    warnings: list[str] = []

    @handles(SIGNED_IN)
    async def load(self) -> None:
        """Greet, and show what this person may see and do."""
        self.text, self.found = "", []
        shown: HomeView | None = await self._run(_home_of)
        self.is_loading = False
        if shown is None:
            self.greeting, self.finds_patients = "", False
            self.recent, self.steps, self.places, self.warnings = [], [], [], []
            return
        self._show(shown)

    def _show(self, shown: HomeView) -> None:
        self.greeting, self.today = shown["greeting"], shown["today"]
        self.places, self.finds_patients = shown["places"], shown["finds_patients"]
        self.recent, self.steps, self.warnings = shown["recent"], shown["steps"], shown["warnings"]

    @handles(SIGNED_IN, passive=True)
    async def refresh(self) -> None:
        """Show what changed; a search stays as it is."""
        shown: HomeView | None = await self._read_shown(_home_of)
        if shown is not None:
            self._show(shown)

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def search(self, text: str) -> None:
        """Find patients while somebody types."""
        self.text = str(text).strip()
        if len(self.text) < SHORTEST_SEARCH:
            self.found = []
            return
        found = await self._run(search_patients, text=self.text, place=SEARCH, limit=FOUND_AT_MOST)
        self.found = [patient_item(row) for row in found or []]


def _home_of(session: Session, actor: Actor) -> HomeView:
    finds = actor.can(Permission.PATIENTS_PATIENT_READ)
    administers = actor.can(Permission.ORGANIZATION_SETTINGS_EDIT)
    now = actor.locale.local(clock.now())
    return {
        "greeting": greeting(now.time(), actor.name),
        "today": actor.locale.date(now.date()),
        "places": places_of(actor),
        "finds_patients": finds,
        "recent": [patient_item(row) for row in list_recent_patients(session, actor)] if finds else [],
        "steps": setup_steps(get_setup_progress(session, actor), actor) if administers else [],
        "warnings": [warning_of(peer) for peer in unnamed_nearby()] if administers else [],
    }


def greeting(time: dt.time, name: str) -> str:
    """A greeting for the hour: morning until noon, afternoon until six, then evening."""
    part = "morning" if 4 <= time.hour < 12 else "afternoon" if 12 <= time.hour < 18 else "evening"
    return f"Good {part}, {name}"


def places_of(actor: Actor) -> list[Place]:
    """The menu's screens this person may open, but for this one."""
    return [
        {"title": screen.title, "href": screen.route, "icon": screen.icon}
        for screen in navigation.screens_for(actor.permissions)
        if screen != navigation.HOME
    ]


def setup_steps(progress: SetupProgress, actor: Actor) -> list[SetupStep]:
    """What the hospital still lacks, with what is done already; empty once all is done."""
    steps: list[SetupStep] = [
        {"title": title, "detail": detail, "href": screen.route, "is_done": bool(getattr(progress, part))}
        for part, screen, title, detail in STEPS
        if screen.guard in actor.permissions
    ]
    return [] if all(step["is_done"] for step in steps) else steps
