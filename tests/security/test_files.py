"""Files that are not what they say, and paths that lead elsewhere."""

import asyncio
import io
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image, PngImagePlugin
from reflex_base.registry import RegistrationContext

from hms_app.core.cookies import SESSION_COOKIE
from tests.event_path import browser
from tests.security.house import House
from tests.whole_application import HOST, SAME_ORIGIN, client_of

SCRIPT: Final = b"<script>window.__xss = 1</script>"
PNG: Final = b"\x89PNG\r\n\x1a\n"
OUTSIDE: Final = "kept outside of what is served"


def _png(**options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(made, "PNG", **options)
    return made.getvalue()


def _png_that_talks() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SCRIPT.decode())
    return _png(pnginfo=text)


DISGUISED: Final = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>window.__xss = 1</script></svg>',
    "html": b"<!doctype html>" + SCRIPT,
    "html behind the first bytes of a png": PNG + SCRIPT,
    "gif that is a script": b"GIF89a/*" + b"\x01\x00" * 8 + b"*/=1;window.__xss=1//",
    "pdf": b"%PDF-1.4\n1 0 obj<</OpenAction<</JS(app.alert(1))>>>>endobj",
    "program": b"MZ" + b"\0" * 200,
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "php": b"<?php system($_GET['c']); ?>",
    "nothing": b"\0",
    "half a png": _png()[:30],
}
POLYGLOTS: Final = {
    "png with html behind it": _png() + SCRIPT,
    "png with a script in its text": _png_that_talks(),
    "png that is a zip too": _png() + b"PK\x05\x06" + b"\0" * 18 + SCRIPT,
}
FORM: Final = {"name": "Matrix", "currency": "EUR", "zone_name": "UTC", "language": "en"}


def _send_logo(application: Any, house: House, content: bytes) -> Any:
    client = client_of(application)
    client.cookies.set(SESSION_COOKIE, house.everything, domain=HOST)
    sent = {"file": ("logo.png", content, "image/png")}
    headers = {**SAME_ORIGIN, "accept": "application/json"}
    return client.post("/files/pictures/logo", files=sent, headers=headers)


def _save_logo(house: House, picture: str) -> dict[str, Any]:
    async def save() -> dict[str, Any]:
        names = RegistrationContext.get().event_handlers
        async with browser() as client:
            for handler, payload in (("load", None), ("save", {"form": {**FORM, "logo": picture}})):
                name = next(name for name in names if name.endswith(f"settings_state.{handler}"))
                await client.send(
                    name, payload, session=house.everything, tab="t", address="/hospital/settings"
                )
            assert client.failures == []
            return client.sent("settings_state")

    return asyncio.run(save())


@pytest.mark.parametrize("what", DISGUISED)
def test_a_disguised_logo_is_refused_and_nothing_is_kept(
    application: Any, house: House, files_dir: Path, what: str
) -> None:
    answer = _send_logo(application, house, DISGUISED[what])
    assert answer.status_code == 400
    assert "image" in answer.json()["problems"]["logo"]
    assert [path for path in files_dir.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("what", POLYGLOTS)
def test_of_an_image_with_something_behind_it_only_the_image_is_kept(
    application: Any, house: House, files_dir: Path, what: str
) -> None:
    sent = _send_logo(application, house, POLYGLOTS[what]).json()["picture"]
    assert "problem" not in {name for name, value in _save_logo(house, sent).items() if value}
    answer = client_of(application).get("/files/logo")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.content.startswith(PNG)
    for path in files_dir.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert b"script" not in content
        assert b"PK\x05\x06" not in content


PATHS: Final = (
    "/../outside.txt",
    "/../../outside.txt",
    "/assets/../../outside.txt",
    "/assets/../../../outside.txt",
    "//../outside.txt",
    "/./../outside.txt",
    "/..\\outside.txt",
    "/..\\..\\outside.txt",
    "/%2e%2e/outside.txt",
    "/..%2foutside.txt",
    "/%252e%252e%252foutside.txt",
    "/....//outside.txt",
    "/..;/outside.txt",
    "/assets/..%00/outside.txt",
    "/index.html\0.txt",
    "/\0",
    "/\udcff",
    "//etc/passwd",
    "/etc/passwd",
    "/C:/Windows/win.ini",
    "/C:\\Windows\\win.ini",
    "/.env",
    "/.git/config",
    "/rxconfig.py",
    "/hms_app/config.py",
    "/files/logo/../../outside.txt",
    "/files/documents/../../outside.txt",
    "/files/documents/..%2f..%2foutside.txt",
    "/files/patients/../../outside.txt/photo",
    "/exports/../../outside.txt",
    "/" + "../" * 50 + "etc/passwd",
    "/" + "a" * 5000,
    "/linked.txt",
)
"""As a server hands them on, after undoing one layer of percent-encoding, and as it may leave them."""


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_no_path_leads_out_of_what_is_served(application: Any, house: House, web: Path, path: str) -> None:
    (web / "outside.txt").write_text(OUTSIDE)
    (web / "build" / "outside.txt").write_text(OUTSIDE)
    link = web / "build" / "client" / "linked.txt"
    if not link.is_symlink():
        link.symlink_to(web / "outside.txt")
    status, body = asyncio.run(_get(application, path, house.everything))
    assert status in {200, 307, 400, 401, 403, 404}
    assert OUTSIDE.encode() not in body
    assert b"root:" not in body
    assert status != 200 or body == b"<title>Screens</title>"


async def _get(application: Any, path: str, token: str) -> tuple[int, bytes]:
    """Hand the path on as it is: clients of HTTP put such paths right before they send them."""
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    headers = [(b"host", HOST.encode()), (b"cookie", f"hms_session={token}".encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(errors="surrogateescape"),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.7", 4711),
        "server": (HOST, 443),
    }
    await application(scope, receive, send)
    start = next(message for message in said if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in said if message["type"] == "http.response.body")
    return int(start["status"]), body
