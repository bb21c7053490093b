"""What the frame knows: the hospital's face, this person's menu and notices, what the command palette found."""

from dataclasses import dataclass
from typing import TypedDict

import reflex as rx
from sqlmodel import Session

from hms_app import navigation
from hms_app.config import get_settings
from hms_app.core.actor import Actor
from hms_app.core.permissions import SIGNED_IN, Permission
from hms_app.domain.organization.queries import get_hospital_face
from hms_app.domain.patients.queries import search_patients
from hms_app.domain.patients.values import PatientRow
from hms_app.domain.security import service as security
from hms_app.domain.security.values import NoticeRow
from hms_app.state.base import ScreenState, handles

SHORTEST_SEARCH = 2
SEARCH = "palette"
PALETTE_PATIENTS = 6


class MenuEntry(TypedDict):
    """One place this person may go to."""

    route: str
    title: str
    icon: str


class MenuGroup(TypedDict):
    """A titled part of the side menu."""

    title: str
    entries: list[MenuEntry]


class FoundPatient(TypedDict):
    """A patient in the command palette."""

    id: str
    name: str
    detail: str
    href: str


@dataclass(frozen=True)
class Shell:
    """Everything the frame reads at once."""

    hospital_name: str
    hospital_logo: str
    menu: list[MenuGroup]
    initials: str
    searches_patients: bool
    registers_patients: bool
    checks_in: bool
    notices: list[NoticeRow]


class ShellState(ScreenState, rx.State):
    """The frame around every screen; it holds nothing of the screen itself."""

    hospital_name: str = ""
    hospital_logo: str = ""
    """The logo's address, empty without one."""
    menu: list[MenuGroup] = []
    is_demo: bool = False
    initials: str = ""
    notices: list[NoticeRow] = []
    unread: str = ""
    found_patients: list[FoundPatient] = []
    searches_patients: bool = False
    registers_patients: bool = False
    checks_in: bool = False

    @handles(SIGNED_IN, passive=True)
    async def load_shell(self) -> None:
        """Show the hospital's face, compute this person's menu and count their unread notices."""
        shell: Shell | None = await self._run(_shell_of)
        if shell is None:
            return
        self.hospital_name, self.hospital_logo = shell.hospital_name, shell.hospital_logo
        if shell.menu != self.menu:
            self.menu = shell.menu
        self.initials, self.searches_patients = shell.initials, shell.searches_patients
        self.registers_patients = shell.registers_patients
        self.checks_in = shell.checks_in
        self.is_demo = get_settings().demo
        self._show_notices(shell.notices)

    @handles(SIGNED_IN)
    async def mark_read(self) -> None:
        """The person has seen what is behind the bell."""
        if not self.unread:
            return
        await self._run(security.mark_notices_read)
        notices = await self._run(security.list_own_notices)
        if notices is not None:
            self._show_notices(notices)

    @handles(Permission.PATIENTS_PATIENT_READ, supersedes=True)
    async def find_patients(self, text: str) -> None:
        """Search patients for the command palette."""
        wanted = str(text).strip()
        if len(wanted) < SHORTEST_SEARCH:
            self.found_patients = []
            return
        found = await self._run(search_patients, text=wanted, place=SEARCH, limit=PALETTE_PATIENTS)
        self.found_patients = [_found(row) for row in found or []]

    def _show_notices(self, notices: list[NoticeRow]) -> None:
        if notices != self.notices:
            self.notices = notices
        count = sum(1 for notice in notices if not notice["is_read"])
        self.unread = "9+" if count > 9 else str(count or "")


def menu_of(actor: Actor) -> list[MenuGroup]:
    """The menu an actor may see, grouped in the order of a hospital's day; empty groups are left out."""
    groups: list[MenuGroup] = []
    for screen in navigation.screens_for(actor.permissions):
        title = str(screen.group)
        if not groups or groups[-1]["title"] != title:
            groups.append({"title": title, "entries": []})
        groups[-1]["entries"].append({"route": screen.route, "title": screen.title, "icon": screen.icon})
    return groups


def initials_of(name: str) -> str:
    """The first letters of the first and the last word of a name."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def _shell_of(session: Session, actor: Actor) -> Shell:
    name, logo = get_hospital_face(session, actor)
    return Shell(
        hospital_name=name,
        hospital_logo=logo,
        menu=menu_of(actor),
        initials=initials_of(actor.name),
        searches_patients=actor.can(Permission.PATIENTS_PATIENT_READ),
        registers_patients=actor.can(Permission.PATIENTS_PATIENT_REGISTER),
        checks_in=actor.can(Permission.SCHEDULING_APPOINTMENT_CHECK_IN),
        notices=list(security.list_own_notices(session, actor)),
    )


def _found(row: PatientRow) -> FoundPatient:
    words = (row.age, row.birth_date, row.mrn)
    return {
        "id": str(row.id),
        "name": row.name,
        "detail": " · ".join(word for word in words if word),
        "href": navigation.PATIENT_RECORD.address(patient_id=row.id),
    }
