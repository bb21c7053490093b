"""Pictures that people send are drawn anew: small, upright, and without anything that came along."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hms_app.core.pictures import PictureRefused, redrawn


def _image(kind: str, size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, format=kind, **options)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_real_image_becomes_a_small_png(kind: str) -> None:
    with Image.open(io.BytesIO(redrawn(_image(kind, (2000, 1000)), edge=512, as_format="PNG"))) as logo:
        assert (logo.format, logo.size) == ("PNG", (512, 256))


def test_what_a_camera_wrote_into_a_photo_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    drawn = redrawn(_image("JPEG", (1200, 900), exif=exif), edge=512, as_format="JPEG")
    with Image.open(io.BytesIO(drawn)) as photo:
        assert (photo.format, photo.size, dict(photo.getexif())) == ("JPEG", (512, 384), {})
    assert b"taken at home" not in drawn


def test_what_follows_the_image_in_its_file_is_not_kept() -> None:
    drawn = redrawn(_image("PNG") + b"<script>alert(1)</script>", edge=512, as_format="PNG")
    assert b"<script>" not in drawn


@given(st.binary(max_size=500))
def test_anything_else_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(PictureRefused, match="Choose"):
        redrawn(content, edge=512, as_format="PNG")


def test_other_kinds_of_images_and_huge_ones_are_refused() -> None:
    for content in (_image("GIF"), _image("TIFF"), _image("PNG", (5000, 5000)), b"x" * 2_000_001):
        with pytest.raises(PictureRefused):
            redrawn(content, edge=512, as_format="PNG")
