"""No page has a fault that axe-core knows: light and dark, at a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page

from hms_app import navigation
from tests.journeys.actions import faults, open_screen, sign_in
from tests.journeys.conftest import Hospital

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
VISITOR = [navigation.SIGN_IN, navigation.SECOND_FACTOR, navigation.INVITATION, navigation.NOT_PERMITTED]
OF_ROLE = {
    "administrator": [s for s in navigation.SCREENS if s.group == navigation.ADMINISTRATION]
    + [s for s in navigation.SCREENS if s.group == navigation.HOSPITAL]
    + [navigation.MY_ACCOUNT, navigation.USER_DETAIL, navigation.IMPORT_JOB],
    "doctor": [
        navigation.HOME,
        navigation.PATIENT_LIST,
        navigation.PATIENT_RECORD,
        navigation.PATIENT_TIMELINE,
        navigation.PATIENT_VITALS,
        navigation.PATIENT_HISTORY,
        navigation.PATIENT_VISITS,
        navigation.PATIENT_DOCUMENTS,
        navigation.MY_DAY,
        navigation.MY_SCHEDULE,
        navigation.CALENDAR,
    ],
    "manager": [
        navigation.QUEUES,
        navigation.SERVICES,
        navigation.EQUIPMENT,
        navigation.SCHEDULES,
        navigation.HOLIDAYS,
    ],
    "privacy_officer": [navigation.PATIENT_CHANGES, navigation.PATIENT_ACCESS],
    "receptionist": [
        navigation.PATIENT_REGISTER,
        navigation.DUPLICATES,
        navigation.DUPLICATE_PAIR,
        navigation.PATIENT_EDIT,
        navigation.PATIENT_CONTACTS,
        navigation.PATIENT_IDENTIFIERS,
        navigation.DESK,
        navigation.BOARDS,
        navigation.QUEUE_BOARD,
        navigation.DEPARTMENT_BOARD,
        navigation.BOOKING,
        navigation.APPOINTMENT_LIST,
        navigation.APPOINTMENT,
        navigation.PATIENT_APPOINTMENTS,
    ],
    "patient": [navigation.MY_RECORD],
}


def _looks(size: dict[str, int], scheme: str) -> dict[str, object]:
    return {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}


def _walk(page: Page, hospital: Hospital, screens: list[navigation.Screen]) -> list[str]:
    found = []
    for screen in screens:
        open_screen(
            page,
            hospital,
            screen.address(
                patient_id=1,
                user_id=1,
                first_id=1,
                second_id=2,
                job_id=1,
                queue_id=1,
                department_id=1,
                appointment_id=1,
            ),
        )
        found += [f"{screen.route}: {fault}" for fault in faults(page)]
    return found


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_page_has_an_accessibility_fault(
    chromium: Browser, hospital: Hospital, size: dict[str, int], scheme: str
) -> None:
    found = []
    for role, screens in {"": VISITOR, **OF_ROLE}.items():
        context = chromium.new_context(**_looks(size, scheme))  # type: ignore[arg-type]
        page = context.new_page()
        if role:
            sign_in(page, hospital, role)
        found += _walk(page, hospital, screens)
        context.close()
    assert found == []


def test_every_screen_is_walked() -> None:
    walked = {*VISITOR, *(screen for screens in OF_ROLE.values() for screen in screens)}
    assert set(navigation.SCREENS) - walked == {navigation.SET_UP}
    assert re.fullmatch(r"/patients/1", navigation.PATIENT_RECORD.address(patient_id=1))
