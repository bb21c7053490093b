"""The built screens, served at the very addresses that links name."""

from pathlib import Path

from hms_app import navigation
from tests.whole_application import client_of, whole_application


def test_a_screen_is_served_where_links_lead_with_its_query_and_no_detour(tmp_path: Path) -> None:
    with whole_application(tmp_path) as made:
        built = tmp_path / "build" / "client" / "patients"
        built.mkdir()
        (built / "index.html").write_text("<title>Patients</title>")
        client = client_of(made)
        for address in (navigation.PATIENT_LIST.route, "/patients?sex=female", "/patients/"):
            answer = client.get(address)
            assert (answer.status_code, answer.text) == (200, "<title>Patients</title>"), address


def test_what_is_no_screen_is_not_found_as_before(tmp_path: Path) -> None:
    with whole_application(tmp_path) as made:
        assert client_of(made).get("/patient").status_code == 404
