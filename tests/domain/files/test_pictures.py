"""Pictures that wait for the form that names them: drawn anew, their owner's alone, and each taken once."""

from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import Session

from hms_app.core import db
from hms_app.core.actor import Actor
from hms_app.core.permissions import Permission
from hms_app.domain.files import service
from hms_app.domain.files.errors import PictureGone, PictureRefused
from hms_app.domain.files.service.pictures import MOST_WAITING
from hms_app.domain.files.values import PictureUse
from tests.factories.files import chosen, picture

ANNA = Actor(11, "Anna", frozenset(Permission), session_id=1)
BEN = Actor(1, "Ben", frozenset(Permission), session_id=2)
PHOTO, LOGO = PictureUse.PHOTO, PictureUse.LOGO
pytestmark = pytest.mark.usefixtures("files_dir", "connection")


def on_disk(files_dir: Path) -> list[Path]:
    return [path for path in files_dir.rglob("*") if path.is_file()]


def keep(session: Session, actor: Actor, name: str) -> None:
    checked = service.claimed_picture(actor, name=name, use=PHOTO)
    service.store_file(session, Actor.system("a test"), checked=checked, name="photo.jpg")


@pytest.mark.parametrize(("use", "kind"), [(PHOTO, "JPEG"), (LOGO, "PNG")])
def test_a_picture_is_drawn_anew_as_its_use_wants_it(use: PictureUse, kind: str) -> None:
    name = chosen(ANNA, use, picture("WEBP", (1500, 750)))
    found = service.claimed_picture(ANNA, name=name, use=use)
    with Image.open(found.path) as drawn:
        assert (drawn.format, drawn.size) == (kind, (512, 256))
    assert found.size == found.path.stat().st_size
    assert found.path.stat().st_mode & 0o077 == 0


def test_nobody_else_can_name_it_nor_can_another_use() -> None:
    name = chosen(ANNA, PHOTO)
    for actor, use in ((BEN, PHOTO), (ANNA, LOGO), (Actor.nobody(), PHOTO)):
        with pytest.raises(PictureGone):
            service.claimed_picture(actor, name=name, use=use)


@pytest.mark.parametrize(
    "name", ["", "0" * 48, "../../../etc/passwd", "x" * 10_000, "\0", "*", "data:image/png;"]
)
def test_a_name_that_is_none_names_nothing(name: str) -> None:
    chosen(ANNA, PHOTO)
    with pytest.raises(PictureGone) as gone:
        service.claimed_picture(ANNA, name=name, use=PHOTO)
    assert gone.value.problems == {"photo": "This picture is no longer here. Choose it again."}


def test_it_is_kept_once_and_waits_on_when_its_form_is_refused(files_dir: Path) -> None:
    name = chosen(ANNA, PHOTO)
    with pytest.raises(RuntimeError), db.transaction() as session:
        keep(session, ANNA, name)
        raise RuntimeError
    with db.transaction() as session:
        keep(session, ANNA, name)
    with pytest.raises(PictureGone), db.transaction() as session:
        keep(session, ANNA, name)
    assert len(on_disk(files_dir)) == 1


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", picture("GIF"), picture("PNG", (4100, 4100)), b""]
)
def test_what_is_no_picture_is_refused_at_its_field_and_not_kept(files_dir: Path, content: bytes) -> None:
    with pytest.raises(PictureRefused) as refused:
        chosen(ANNA, PHOTO, content)
    assert set(refused.value.problems) == {"photo"}
    assert on_disk(files_dir) == []


def test_of_one_person_only_the_last_ones_wait(files_dir: Path) -> None:
    others = chosen(BEN, PHOTO)
    waiting = files_dir / "waiting"
    for number in range(MOST_WAITING + 5):
        (waiting / f"{ANNA.user_id}-photo-{number:048x}").write_bytes(b"x")
    name = chosen(ANNA, PHOTO)
    assert len(list(waiting.glob(f"{ANNA.user_id}-*"))) == MOST_WAITING
    assert service.claimed_picture(ANNA, name=name, use=PHOTO)
    assert service.claimed_picture(BEN, name=others, use=PHOTO)
