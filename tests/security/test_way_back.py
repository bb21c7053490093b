"""Where the sign-in leads: back to a screen of this application, whatever a link says."""

import pytest

from hms_app import navigation
from hms_app.core.permissions import PUBLIC
from hms_app.navigation import LONGEST_WAY_BACK, way_back
from hms_app.state.address import of_a_screen

OTHER_SITES = (
    "https://evil.example/patients",
    "//evil.example",
    "///evil.example/patients",
    "/\\evil.example",
    "\\\\evil.example",
    "/%2F%2Fevil.example",
    "/%5Cevil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "http:patients",
    "evil.example/patients",
    "/patients@evil.example",
    "/patients/..//evil.example",
    "@evil.example",
)
NO_SCREENS = (
    "",
    "/",
    "//",
    "/auth/sign-out",
    "/exports/lists/patients",
    "/files/documents/1",
    "/_event",
    "/nowhere",
    "/patients/nowhere",
    "/patients/1/../../auth/sign-out",
    "/patients/1/nowhere",
    "/patients/%2e%2e",
    "/kit",
)
CONTROLS = (
    "/patients\r\nSet-Cookie: hms_session=x",
    "/patients\n",
    "\t/patients",
    "/patients\x00",
    "/patients\u2028",
    " /patients",
    "/patients#//evil.example",
    "/p\u0430tients",
)


@pytest.mark.parametrize("address", [*OTHER_SITES, *CONTROLS])
def test_nothing_but_a_path_of_this_site_is_a_way_back(address: str) -> None:
    assert way_back(address) == ""


@pytest.mark.parametrize("address", NO_SCREENS)
def test_what_is_no_screen_behind_the_door_is_no_way_back(address: str) -> None:
    assert way_back(address) == ""


@pytest.mark.parametrize("screen", [one for one in navigation.SCREENS if one.guard == PUBLIC])
def test_the_doors_are_no_way_back_so_that_nobody_goes_in_circles(screen: navigation.Screen) -> None:
    assert way_back(screen.route) == ""
    assert way_back(f"{screen.route}?next={screen.route}") == ""


@pytest.mark.parametrize("screen", [one for one in navigation.SCREENS if one.guard != PUBLIC])
def test_every_screen_behind_the_door_is_a_way_back(screen: navigation.Screen) -> None:
    keys = {"queue_id": 5, "department_id": 6, "appointment_id": 7}
    address = screen.address(patient_id=17, first_id=1, second_id=2, user_id=3, job_id=4, **keys)
    expected = "" if screen == navigation.HOME else address
    assert way_back(address) == expected
    assert way_back(f"{address}/" if expected else "/") == expected


@pytest.mark.parametrize(
    "query", ["q=<b>", "q=a b", "x=\r\n", "x=//evil.example", "x=\u0430", "x=" + "a" * LONGEST_WAY_BACK]
)
def test_a_query_that_no_screen_writes_is_left_out(query: str) -> None:
    assert way_back(f"/patients?{query}") in ("/patients", "")


def test_the_doors_own_query_is_no_part_of_the_way() -> None:
    assert of_a_screen({"problem": "signed-out", "next": "/patients", "sex": "female"}) == {"sex": "female"}


def test_the_filters_of_a_list_are_part_of_the_way() -> None:
    assert way_back("/patients?sex=female&sort=-name&at=eyJh.b-_c%3D") == (
        "/patients?sex=female&sort=-name&at=eyJh.b-_c%3D"
    )
