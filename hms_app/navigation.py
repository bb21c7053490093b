"""Every screen: route, title, icon, guard and menu group; the whole application on one page."""

import re
from dataclasses import dataclass
from typing import Final

from hms_app.core.permissions import PUBLIC, SIGNED_IN, Guard, Permission

PATIENTS: Final = "Patients"
APPOINTMENTS: Final = "Appointments"
HOSPITAL: Final = "Hospital"
ADMINISTRATION: Final = "Administration"
MINE: Final = "My place"


@dataclass(frozen=True)
class Screen:
    """One place a person can be; `group` is its menu group, None keeps it out of the menu."""

    route: str
    title: str
    icon: str
    guard: Guard
    group: str | None = None
    parent: str | None = None
    """The route of the screen above it, for breadcrumbs."""

    def address(self, **parts: str | int) -> str:
        """The route with its `[parts]` filled in."""
        address = self.route
        for name, value in parts.items():
            address = address.replace(f"[{name}]", str(value))
        return address


SIGN_IN = Screen("/sign-in", "Sign in", "log-in", PUBLIC)
SECOND_FACTOR = Screen("/second-factor", "Second factor", "key-round", PUBLIC)
SET_UP = Screen("/set-up", "Set up your hospital", "hospital", PUBLIC)
INVITATION = Screen("/invitation", "Accept your invitation", "mail-open", PUBLIC)
NOT_PERMITTED = Screen("/not-permitted", "Not permitted", "shield-x", PUBLIC)

HOME = Screen("/", "Today", "house", SIGNED_IN, MINE)
MY_RECORD = Screen("/my-record", "My record", "heart-pulse", Permission.PORTAL_RECORD_READ, MINE)
MY_ACCOUNT = Screen("/my-account", "My profile and sessions", "user-round-cog", SIGNED_IN)

PATIENT_LIST = Screen("/patients", "Patients", "users-round", Permission.PATIENTS_PATIENT_READ, PATIENTS)
PATIENT_REGISTER = Screen(
    "/patients/register",
    "Register patient",
    "user-round-plus",
    Permission.PATIENTS_PATIENT_REGISTER,
    PATIENTS,
)
DUPLICATES = Screen(
    "/patients/duplicates",
    "Duplicates",
    "copy-check",
    Permission.PATIENTS_PATIENT_MERGE,
    PATIENTS,
)
DUPLICATE_PAIR = Screen(
    "/patients/duplicates/[first_id]/[second_id]",
    "Compare two records",
    "columns-2",
    Permission.PATIENTS_PATIENT_MERGE,
    parent="/patients/duplicates",
)
PATIENT_RECORD = Screen(
    "/patients/[patient_id]",
    "Patient record",
    "file-heart",
    Permission.PATIENTS_PATIENT_READ,
    parent="/patients",
)
PATIENT_EDIT = Screen(
    "/patients/[patient_id]/edit",
    "Correct a patient",
    "user-pen",
    Permission.PATIENTS_PATIENT_EDIT,
    parent="/patients",
)
PATIENT_TIMELINE = Screen(
    "/patients/[patient_id]/timeline",
    "Timeline",
    "activity",
    Permission.CLINICAL_ENCOUNTER_READ,
    parent="/patients",
)
PATIENT_VITALS = Screen(
    "/patients/[patient_id]/vital-signs",
    "Vital signs",
    "heart-pulse",
    Permission.CLINICAL_OBSERVATION_READ,
    parent="/patients",
)
PATIENT_HISTORY = Screen(
    "/patients/[patient_id]/history",
    "History",
    "notebook-pen",
    Permission.CLINICAL_ALLERGY_READ,
    parent="/patients",
)
PATIENT_VISITS = Screen(
    "/patients/[patient_id]/visits",
    "Visits",
    "stethoscope",
    Permission.CLINICAL_ENCOUNTER_READ,
    parent="/patients",
)
PATIENT_DOCUMENTS = Screen(
    "/patients/[patient_id]/documents",
    "Documents",
    "paperclip",
    Permission.CLINICAL_DOCUMENT_READ,
    parent="/patients",
)
PATIENT_CONTACTS = Screen(
    "/patients/[patient_id]/contacts",
    "Contacts and coverage",
    "contact-round",
    Permission.PATIENTS_CONTACT_READ,
    parent="/patients",
)
PATIENT_IDENTIFIERS = Screen(
    "/patients/[patient_id]/identifiers",
    "Identifiers and consents",
    "id-card",
    Permission.PATIENTS_IDENTIFIER_READ,
    parent="/patients",
)
PATIENT_CHANGES = Screen(
    "/patients/[patient_id]/changes",
    "Changes",
    "history",
    Permission.PATIENTS_HISTORY_READ,
    parent="/patients",
)
PATIENT_ACCESS = Screen(
    "/patients/[patient_id]/access",
    "Access log",
    "eye",
    Permission.PATIENTS_ACCESS_LOG_READ,
    parent="/patients",
)

DESK = Screen("/desk", "Desk", "concierge-bell", Permission.SCHEDULING_APPOINTMENT_CHECK_IN, APPOINTMENTS)
MY_DAY = Screen("/my-day", "My day", "list-checks", Permission.SCHEDULING_QUEUE_WORK, APPOINTMENTS)
BOARDS = Screen("/board", "Board", "monitor", Permission.SCHEDULING_QUEUE_READ, APPOINTMENTS)
QUEUE_BOARD = Screen(
    "/board/queue/[queue_id]", "Board", "monitor", Permission.SCHEDULING_QUEUE_READ, parent="/board"
)
DEPARTMENT_BOARD = Screen(
    "/board/department/[department_id]", "Board", "monitor", Permission.SCHEDULING_QUEUE_READ, parent="/board"
)
QUEUES = Screen("/queues", "Queues", "list-ordered", Permission.SCHEDULING_QUEUE_READ, APPOINTMENTS)
CALENDAR = Screen(
    "/appointments/calendar",
    "Calendar",
    "calendar-days",
    Permission.SCHEDULING_APPOINTMENT_READ,
    APPOINTMENTS,
)

BOOKING = Screen(
    "/appointments/book",
    "Book appointment",
    "calendar-plus",
    Permission.SCHEDULING_APPOINTMENT_BOOK,
    APPOINTMENTS,
)
APPOINTMENT_LIST = Screen(
    "/appointments", "Appointments", "calendar-check", Permission.SCHEDULING_APPOINTMENT_READ, APPOINTMENTS
)
APPOINTMENT = Screen(
    "/appointments/[appointment_id]",
    "Appointment",
    "calendar-check",
    Permission.SCHEDULING_APPOINTMENT_READ,
    parent="/appointments",
)
PATIENT_APPOINTMENTS = Screen(
    "/patients/[patient_id]/appointments",
    "Appointments",
    "calendar-check",
    Permission.SCHEDULING_APPOINTMENT_READ,
    parent="/patients",
)

MY_SCHEDULE = Screen(
    "/appointments/my-schedule",
    "My schedule",
    "calendar-clock",
    Permission.SCHEDULING_SCHEDULE_EDIT_OWN,
    APPOINTMENTS,
)
SCHEDULES = Screen(
    "/appointments/schedules",
    "Schedules",
    "calendar-range",
    Permission.SCHEDULING_SCHEDULE_READ,
    APPOINTMENTS,
)
HOLIDAYS = Screen(
    "/appointments/holidays",
    "Public holidays",
    "party-popper",
    Permission.SCHEDULING_SCHEDULE_EDIT,
    parent="/appointments/schedules",
)
SERVICES = Screen(
    "/appointments/services",
    "Services",
    "clipboard-list",
    Permission.SCHEDULING_SERVICE_READ,
    APPOINTMENTS,
)
EQUIPMENT = Screen(
    "/appointments/equipment",
    "Equipment",
    "wrench",
    Permission.SCHEDULING_SERVICE_READ,
    APPOINTMENTS,
)

SETTINGS = Screen(
    "/hospital/settings", "Hospital settings", "settings", Permission.ORGANIZATION_SETTINGS_READ, HOSPITAL
)
DEPARTMENTS = Screen(
    "/hospital/departments", "Departments", "building-2", Permission.ORGANIZATION_DEPARTMENT_READ, HOSPITAL
)
ROOMS = Screen("/hospital/rooms", "Rooms", "door-open", Permission.ORGANIZATION_ROOM_READ, HOSPITAL)
PRACTITIONERS = Screen(
    "/hospital/practitioners",
    "Practitioners",
    "stethoscope",
    Permission.ORGANIZATION_PRACTITIONER_READ,
    HOSPITAL,
)
PAYERS = Screen("/hospital/payers", "Payers", "landmark", Permission.ORGANIZATION_PAYER_READ, HOSPITAL)
CATALOGUE = Screen(
    "/hospital/catalogue", "Catalogue", "book-open-text", Permission.CATALOGUE_ITEM_READ, HOSPITAL
)

USERS = Screen(
    "/administration/users", "Users", "user-round-check", Permission.SECURITY_USER_READ, ADMINISTRATION
)
USER_DETAIL = Screen(
    "/administration/users/[user_id]",
    "User",
    "user-round",
    Permission.SECURITY_USER_READ,
    parent="/administration/users",
)
ROLES = Screen(
    "/administration/roles", "Roles", "shield-check", Permission.SECURITY_ROLE_READ, ADMINISTRATION
)
AUDIT_TRAIL = Screen(
    "/administration/audit", "Audit trail", "scroll-text", Permission.AUDIT_ENTRY_READ, ADMINISTRATION
)
ACCESS = Screen(
    "/administration/access",
    "Why can't I?",
    "circle-help",
    Permission.SECURITY_ACCESS_EXPLAIN,
    ADMINISTRATION,
)

IMPORTS = Screen(
    "/administration/imports", "Imports", "file-input", Permission.INTEROP_IMPORT_RUN, ADMINISTRATION
)
IMPORT_JOB = Screen(
    "/administration/imports/[job_id]",
    "Import",
    "file-input",
    Permission.INTEROP_IMPORT_RUN,
    parent="/administration/imports",
)

OPERATIONS = Screen(
    "/administration/operations", "Operations", "server-cog", Permission.JOBS_JOB_READ, ADMINISTRATION
)

KIT = Screen("/kit", "Component kit", "component", PUBLIC)
"""Development only: every part in every state."""

SCREENS: Final[tuple[Screen, ...]] = (
    SIGN_IN,
    SECOND_FACTOR,
    SET_UP,
    INVITATION,
    NOT_PERMITTED,
    HOME,
    MY_RECORD,
    MY_ACCOUNT,
    PATIENT_LIST,
    PATIENT_REGISTER,
    DUPLICATES,
    DUPLICATE_PAIR,
    PATIENT_RECORD,
    PATIENT_EDIT,
    PATIENT_TIMELINE,
    PATIENT_VITALS,
    PATIENT_HISTORY,
    PATIENT_VISITS,
    PATIENT_DOCUMENTS,
    PATIENT_CONTACTS,
    PATIENT_IDENTIFIERS,
    PATIENT_CHANGES,
    PATIENT_ACCESS,
    DESK,
    MY_DAY,
    BOARDS,
    QUEUE_BOARD,
    DEPARTMENT_BOARD,
    QUEUES,
    PATIENT_APPOINTMENTS,
    CALENDAR,
    BOOKING,
    APPOINTMENT_LIST,
    APPOINTMENT,
    MY_SCHEDULE,
    SCHEDULES,
    HOLIDAYS,
    SERVICES,
    EQUIPMENT,
    SETTINGS,
    DEPARTMENTS,
    ROOMS,
    PRACTITIONERS,
    PAYERS,
    CATALOGUE,
    USERS,
    USER_DETAIL,
    ROLES,
    AUDIT_TRAIL,
    ACCESS,
    IMPORTS,
    IMPORT_JOB,
    OPERATIONS,
)
GROUPS: Final = (MINE, APPOINTMENTS, PATIENTS, HOSPITAL, ADMINISTRATION)
"""Menu groups in the order of a hospital's day."""


def screens_for(permissions: frozenset[Permission]) -> list[Screen]:
    """The menu of somebody holding `permissions`, in menu order."""
    mine = [s for s in SCREENS if s.group and (s.guard == SIGNED_IN or s.guard in permissions)]
    return sorted(mine, key=lambda screen: GROUPS.index(screen.group or MINE))


LONGEST_WAY_BACK: Final = 1000
_ID: Final = "[0-9]{1,19}"
_QUERY: Final = re.compile(r"[A-Za-z0-9._~%&=+-]*")


def _pattern(screen: Screen) -> str:
    parts = [_ID if part.startswith("[") else re.escape(part) for part in screen.route.split("/")]
    return "/".join(parts)


_BEHIND_THE_DOOR: Final = re.compile(
    "|".join(_pattern(one) for one in SCREENS if one.guard != PUBLIC and one != HOME)
)


def way_back(address: str) -> str:
    """The part of `address` that leads to a screen behind the door, else "": where somebody goes on after signing in.

    It comes from the browser, and anybody can write a link: another site, a route, a door or a fragment leads nowhere,
    and a query that no screen writes is left out. Nor does the first page: it is where everybody goes on.
    """
    path, _, query = address.partition("?")
    path = path.removesuffix("/")
    if len(address) > LONGEST_WAY_BACK or not _BEHIND_THE_DOOR.fullmatch(path):
        return ""
    return f"{path}?{query}" if query and _QUERY.fullmatch(query) else path
