"""Papers to print: a PDF with fonts of our own, so that names in Latin, Greek and Cyrillic letters come out right."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fpdf import FPDF

A4: Final = (210.0, 297.0)
"""Width and height in millimetres."""
_FONTS: Final = Path(__file__).parent / "fonts"


def new_paper(
    title: str, *, size: tuple[float, float] = A4, margin: float = 15.0, language: str = "en"
) -> "FPDF":
    """An empty document of pages of `size` in millimetres, its text in the packaged font (regular and bold)."""
    from fpdf import FPDF  # Takes half a second: who prints nothing does without it.

    width, height = size
    paper = FPDF(orientation="L" if width > height else "P", unit="mm", format=(min(size), max(size)))
    paper.set_margin(margin)
    paper.set_auto_page_break(auto=height == A4[1], margin=margin)
    for style, file in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        paper.add_font("Body", style, _FONTS / file)
    paper.set_font("Body", size=9)
    paper.set_title(title)
    paper.set_lang(language)
    paper.add_page()
    return paper
