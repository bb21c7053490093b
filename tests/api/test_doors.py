"""The doors over HTTP: cookies, redirects, refusals; on the real database."""

import csv
import datetime as dt
import io
from collections.abc import Iterator

import openpyxl
import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from httpx import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hms_app.api import auth, exports, lists, routing
from hms_app.config import get_settings
from hms_app.core import db
from hms_app.core.permissions import PUBLIC, SIGNED_IN, Permission
from hms_app.domain.audit import service as audit
from hms_app.domain.audit.values import AuditAction
from hms_app.domain.security import service as security
from hms_app.domain.security.service import passwords
from hms_app.domain.security.values import InviteInput
from tests.factories import security as factory
from tests.factories.patients import make_patient
from tests.factories.security import PASSWORD, actor_of, make_user, signed_in

SYSTEM = factory.Actor.system("a test")


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(passwords, "BCRYPT_COST", 4)
    factory.password_hash.cache_clear()
    yield
    factory.password_hash.cache_clear()


@pytest.fixture
def client(connection: sa.Connection) -> Iterator[TestClient]:
    application = Starlette(routes=routing.starlette_routes((auth, exports, lists)))
    with TestClient(application, base_url="https://hospital.test", follow_redirects=False) as made:
        yield made


def person(*roles: str) -> str:
    with db.transaction() as session:
        user = make_user(session, *roles)
        audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "test")
    return user.email


def person_with_second_factor() -> tuple[str, str]:
    """The e-mail address and the authenticator's secret; the code of this moment is used up."""
    with db.transaction() as session:
        user = make_user(session)
        actor = actor_of(session, signed_in(session, user))
        secret = security.begin_totp(session, actor).secret
        security.confirm_totp(session, actor, code=pyotp.TOTP(secret).now())
        return user.email, secret


def sign_in(client: TestClient, email: str, password: str = PASSWORD) -> str:
    answer = client.post("/auth/sign-in", data={"email": email, "password": password})
    assert answer.status_code == 303
    return answer.headers["location"]


def test_signing_in_sets_a_cookie_no_script_and_no_other_site_can_use(client: TestClient) -> None:
    answer = client.post("/auth/sign-in", data={"email": person("nurse"), "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("hms_session="))
    for wanted in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert wanted in cookie


def test_every_step_of_signing_in_carries_where_the_person_was_going(client: TestClient) -> None:
    going = "/patients/17/history?add=allergy"
    carried = "next=%2Fpatients%2F17%2Fhistory%3Fadd%3Dallergy"

    def step(door: str, **form: str) -> str:
        return client.post(door, data={"next": going, **form}).headers["location"]

    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False) as clock:
        email, secret = person_with_second_factor()
        clock.shift(60)
        assert step("/auth/sign-in", email="") == f"/sign-in?problem=form&{carried}"
        assert step("/auth/sign-in", email=email, password="wrong") == f"/sign-in?problem=refused&{carried}"
        assert step("/auth/second-factor", code="1") == f"/sign-in?problem=expired&{carried}"
        assert step("/auth/sign-in", email=email, password=PASSWORD) == f"/second-factor?{carried}"
        assert step("/auth/second-factor", code="000000") == f"/second-factor?problem=code&{carried}"
        assert step("/auth/second-factor", code=pyotp.TOTP(secret).now()) == going


@pytest.mark.parametrize(
    "going",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/auth/sign-out", "/patients\r\nX: y"],
)
def test_no_step_of_signing_in_leads_elsewhere(client: TestClient, going: str) -> None:
    email = person()
    for password in ("wrong", PASSWORD):
        answer = client.post("/auth/sign-in", data={"email": email, "password": password, "next": going})
        assert answer.headers["location"] in ("/sign-in?problem=refused", "/")
        assert "x" not in answer.headers


def test_whoever_must_set_up_a_second_factor_first_keeps_the_way(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "require_second_factor", True)
    form = {"email": person("administrator"), "password": PASSWORD, "next": "/administration/roles"}
    answer = client.post("/auth/sign-in", data=form)
    assert answer.headers["location"] == "/my-account?next=%2Fadministration%2Froles"


def test_a_refusal_is_a_code_and_nothing_typed_comes_back(client: TestClient) -> None:
    answer = client.post("/auth/sign-in", data={"email": "<script>@x.org", "password": "hunter2-and-more"})
    assert answer.headers["location"] == "/sign-in?problem=refused"
    assert "hms_session" not in answer.headers.get("set-cookie", "")
    assert client.post("/auth/sign-in", data={"email": ""}).headers["location"] == "/sign-in?problem=form"


def test_a_session_that_was_planted_is_not_the_one_signed_in(client: TestClient) -> None:
    email = person()
    client.cookies.set("hms_session", "planted", domain="hospital.test")
    sign_in(client, email)
    first = client.cookies.get("hms_session", domain="hospital.test")
    assert first != "planted"
    sign_in(client, email)
    with db.transaction() as session, pytest.raises(Exception, match="signed out"):
        actor_of(session, first)


def test_guessing_has_to_wait_and_the_page_says_how_long(client: TestClient) -> None:
    email = person()
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False):
        for _ in range(5):
            sign_in(client, email, "wrong")
        assert sign_in(client, email).startswith("/sign-in?problem=throttled&wait=")


def test_the_second_step_wants_the_first(client: TestClient) -> None:
    assert client.post("/auth/second-factor", data={"code": "123456"}).headers["location"].endswith("expired")
    client.cookies.set("hms_second_factor", "forged", domain="hospital.test")
    assert client.post("/auth/second-factor", data={"code": "123456"}).headers["location"].endswith("expired")


def test_the_second_factor_lets_in_after_the_password(client: TestClient) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False) as clock:
        email, secret = person_with_second_factor()
        clock.shift(60)
        assert sign_in(client, email) == "/second-factor"
        assert client.cookies.get("hms_session", domain="hospital.test") is None
        wrong = client.post("/auth/second-factor", data={"code": "000000"})
        assert wrong.headers["location"] == "/second-factor?problem=code"
        right = client.post("/auth/second-factor", data={"code": pyotp.TOTP(secret).now()})
        assert right.headers["location"] == "/"
        assert client.cookies.get("hms_session", domain="hospital.test")


def test_a_locked_session_is_unlocked_by_its_password_only(client: TestClient) -> None:
    sign_in(client, person())
    assert client.post("/auth/lock").json() == {"ok": True}
    assert client.post("/auth/sign-out-everywhere").status_code == 401
    wrong = client.post("/auth/unlock", data={"password": "wrong"})
    assert (wrong.status_code, wrong.json()["signed_out"]) == (401, False)
    assert client.post("/auth/unlock", data={"password": PASSWORD}).json() == {"ok": True}
    assert client.post("/auth/sign-out-everywhere").headers["location"] == "/sign-in?note=everywhere"


def test_unlocking_nothing_says_signed_out(client: TestClient) -> None:
    answer = client.post("/auth/unlock", data={"password": PASSWORD})
    assert (answer.status_code, answer.json()["signed_out"]) == (401, True)


def test_signing_out_ends_the_session_and_clears_the_cookie(client: TestClient) -> None:
    sign_in(client, person())
    token = client.cookies.get("hms_session", domain="hospital.test")
    answer = client.post("/auth/sign-out")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    with db.transaction() as session, pytest.raises(Exception, match="signed out"):
        actor_of(session, token)
    assert client.post("/auth/sign-out").status_code == 303


def test_a_password_changes_with_the_old_one_and_within_the_rules(client: TestClient) -> None:
    email = person()
    sign_in(client, email)

    def change(old: str, new: str) -> str:
        form = {"password": old, "new_password": new}
        return client.post("/auth/change-password", data=form).headers["location"]

    assert change("wrong", "seven copper kettles by the sea") == "/my-account?problem=wrong-password"
    assert change(PASSWORD, "short") == "/my-account?problem=weak"
    assert change(PASSWORD, "seven copper kettles by the sea") == "/my-account?note=password-changed"
    assert sign_in(client, email, PASSWORD).endswith("refused")
    assert sign_in(client, email, "seven copper kettles by the sea") == "/"


def test_an_invitation_is_accepted_once(client: TestClient) -> None:
    with db.transaction() as session:
        request = InviteInput(name="New Person", email="new@example.org")
        made = security.invite_user(session, SYSTEM, request=request)

    def accept(token: str, password: str) -> str:
        form = {"token": token, "password": password}
        return client.post("/auth/accept-invitation", data=form).headers["location"]

    assert accept(made.token, "short").endswith("problem=weak")
    assert accept("forged", PASSWORD) == "/invitation?problem=link"
    assert accept(made.token, PASSWORD) == "/sign-in?note=accepted"
    assert accept(made.token, PASSWORD) == "/invitation?problem=link"
    assert sign_in(client, "new@example.org") == "/"


def test_endless_and_strange_forms_are_not_read(client: TestClient) -> None:
    assert client.post("/auth/sign-in", data={"email": "x" * 20_000}).status_code == 413
    many = "&".join(f"f{n}=1" for n in range(60))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/auth/sign-in", content=many, headers=headers).status_code == 413
    assert client.post("/auth/sign-in", content=b"\xff\xfe", headers=headers).status_code == 413
    assert client.post("/auth/sign-in", files={"email": b"x"}).status_code == 413
    assert client.post("/auth/sign-in", json={"email": "x"}).status_code == 413


def test_doors_are_not_opened_by_a_link(client: TestClient) -> None:
    for declared in routing.ROUTES:
        if declared.path.startswith("/auth/"):
            assert client.get(declared.path).status_code == 405


@pytest.mark.parametrize("role", [None, "nurse", "cashier", "privacy_officer"])
def test_every_route_refuses_whoever_lacks_its_permission(client: TestClient, role: str | None) -> None:
    if role:
        sign_in(client, person(role))
        with db.transaction() as session:
            token = client.cookies.get("hms_session", domain="hospital.test")
            held = actor_of(session, token).permissions
    for declared in routing.ROUTES:
        if declared.guard in (PUBLIC, SIGNED_IN) or declared.module not in (auth.__name__, exports.__name__):
            continue
        answer = client.request(declared.methods[0], declared.path)
        expected = 401 if role is None else 200 if declared.guard in held else 403
        assert answer.status_code == expected, declared.path


def test_the_trail_is_downloaded_as_filtered_and_that_is_in_the_trail(client: TestClient) -> None:
    sign_in(client, person("privacy_officer"))
    with db.transaction() as session:
        audit.record_access(session, SYSTEM, patient_id=616161, what="=cmd()")
    answer = client.get("/exports/audit.csv?patient=616161")
    assert answer.headers["content-disposition"].startswith("attachment")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["patient_id"] for row in rows] == ["616161"]
    trail = client.get("/exports/audit.csv?action=audit.entry.exported").text
    assert "616161" in trail


def test_the_trail_is_not_downloaded_by_its_link_without_a_fresh_password(client: TestClient) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC), tick=False) as clock:
        sign_in(client, person("privacy_officer"))
        assert client.get("/exports/audit.csv").status_code == 200
        clock.shift(dt.timedelta(minutes=6))
        refused = client.get("/exports/audit.csv")
        assert (refused.status_code, refused.text) == (403, "Confirm your password to do this.")
        assert client.post("/auth/reauthenticate", data={"password": PASSWORD}).json() == {"ok": True}
        assert client.get("/exports/audit.csv").status_code == 200


def test_the_first_day_of_the_calendar_leaves_nothing_out(client: TestClient) -> None:
    sign_in(client, person("privacy_officer"))
    whole = set(client.get("/exports/audit.csv").text.splitlines())
    assert whole <= set(client.get("/exports/audit.csv?from=0001-01-01").text.splitlines())


@pytest.mark.parametrize("query", ["patient=1%20OR%201=1", "from=yesterday", "to=9999-12-31", "user=-1"])
def test_a_damaged_filter_is_refused_with_a_sentence(client: TestClient, query: str) -> None:
    sign_in(client, person("privacy_officer"))
    answer = client.get(f"/exports/audit.csv?{query}")
    assert answer.status_code == 400
    assert "damaged" in answer.text


def test_each_declared_route_has_a_known_guard() -> None:
    for declared in routing.ROUTES:
        assert declared.guard in {PUBLIC, SIGNED_IN} or declared.guard in set(Permission)


def exported(client: TestClient, **form: str) -> Response:
    return client.post("/exports/lists/patients", data=form)


def test_a_list_of_patients_is_downloaded_without_a_formula(client: TestClient) -> None:
    with db.transaction() as session:
        make_patient(session, family_name="=HYPERLINK(1)", given_names="", prefix="")
        make_patient(session, family_name="Berg", given_names="Ada", sex_at_birth="male")
        audit.record(session, SYSTEM, AuditAction.TRAIL_EXPORTED, "test")
    sign_in(client, person("accountant"))
    answer = exported(client, kind="csv", sex="female", columns="name.sex")
    assert answer.headers["content-disposition"].endswith('.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines == [["Name", "Sex"], ["'=HYPERLINK(1)", "Female"]]
    sheet = openpyxl.load_workbook(io.BytesIO(exported(client, kind="xlsx", q="hyperlink").content)).active
    assert sheet is not None
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=HYPERLINK(1)", "s")
    assert exported(client, kind="exe").status_code == 400


def test_a_list_of_patients_is_refused_to_who_may_not_download_it(client: TestClient) -> None:
    sign_in(client, person("receptionist"))
    answer = exported(client, kind="csv")
    assert (answer.status_code, "Berg" in answer.text) == (403, False)
