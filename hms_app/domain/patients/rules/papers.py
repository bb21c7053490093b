"""The card and the wristband as PDF: large names, and the record number to read by eye and by scanner."""

from typing import TYPE_CHECKING, Final

import segno

from hms_app.core.papers import new_paper
from hms_app.domain.patients.values import PrintedIdentity

if TYPE_CHECKING:
    from fpdf import FPDF

CARD: Final = (85.6, 53.98)
"""ISO/IEC 7810 ID-1, in millimetres."""
WRISTBAND: Final = (254.0, 25.0)
"""An adult's band of the usual thermal printers, in millimetres."""
_CARD_MARGIN: Final = 5.0
_BAND_LEFT: Final = 60.0
"""The band's closure and the part that lies under it stay free."""
_SMALLEST: Final = 6.0


def card_pdf(identity: PrintedIdentity) -> bytes:
    """One page of the size of a bank card."""
    paper = new_paper(f"Patient card {identity.mrn}", size=CARD, margin=_CARD_MARGIN)
    width, height = CARD
    inner = width - 2 * _CARD_MARGIN
    _line(paper, _CARD_MARGIN, 4.5, inner, identity.hospital, size=7)
    paper.set_draw_color(15, 118, 110)
    paper.set_line_width(0.5)
    paper.line(_CARD_MARGIN, 9.2, width - _CARD_MARGIN, 9.2)
    code = 19.0
    text = inner - code - 3
    _line(paper, _CARD_MARGIN, 11, text, identity.family_name, size=12, bold=True)
    _line(paper, _CARD_MARGIN, 16.6, text, identity.given_names, size=11)
    _line(paper, _CARD_MARGIN, 23, text, f"Born {identity.birth_date}", size=8)
    _line(paper, _CARD_MARGIN, 27, text, identity.sex, size=8)
    _qr(paper, width - _CARD_MARGIN - code, 11, code, identity.mrn)
    _barcode(paper, _CARD_MARGIN, 35, inner, 8, identity.mrn)
    _line(paper, _CARD_MARGIN, height - 9.5, inner, _spaced(identity.mrn), size=9, bold=True, align="C")
    return bytes(paper.output())


def wristband_pdf(identity: PrintedIdentity) -> bytes:
    """One page of the size of a wristband."""
    paper = new_paper(f"Wristband {identity.mrn}", size=WRISTBAND, margin=0)
    code, top = 19.0, 3.0
    left = _BAND_LEFT + code + 4
    _qr(paper, _BAND_LEFT, top, code, identity.mrn)
    name = ", ".join(part for part in (identity.family_name.upper(), identity.given_names) if part)
    _line(paper, left, top, 95, name, size=14, bold=True)
    _line(paper, left, top + 7, 95, f"Born {identity.birth_date}  ·  {identity.sex}", size=10)
    _line(paper, left, top + 13, 95, _spaced(identity.mrn), size=11, bold=True)
    _line(paper, left + 45, top + 14, 50, identity.hospital, size=7, align="R")
    _barcode(paper, left + 100, top, 45, 14, identity.mrn)
    _line(paper, left + 100, top + 15, 45, identity.mrn, size=8, align="C")
    return bytes(paper.output())


def _line(
    paper: "FPDF",
    x: float,
    y: float,
    width: float,
    text: str,
    *,
    size: float,
    bold: bool = False,
    align: str = "L",
) -> None:
    """One line of text that gets smaller, and at last shorter, until it fits."""
    while True:
        paper.set_font("Body", "B" if bold else "", size)
        if paper.get_string_width(text) <= width or size <= _SMALLEST:
            break
        size -= 0.5
    shown = text
    while shown and paper.get_string_width(shown + "…") > width and paper.get_string_width(text) > width:
        shown = shown[:-1]
    paper.set_xy(x, y)
    paper.cell(width, size * 0.42, shown if shown == text else shown.rstrip() + "…", align=align)


def _qr(paper: "FPDF", x: float, y: float, edge: float, content: str) -> None:
    """A QR code drawn as rectangles, two modules of quiet around it included in `edge`; the paper gives more."""
    rows = [list(row) for row in segno.make_qr(content, error="m").matrix_iter(border=2)]
    module = edge / len(rows)
    paper.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                paper.rect(x + across * module, y + down * module, module, module, style="F")


def _barcode(paper: "FPDF", x: float, y: float, width: float, height: float, content: str) -> None:
    """A Code 128 over `width`, ten modules of quiet at each side included."""
    from barcode.codex import Code128

    modules = f"{'0' * 10}{Code128(content).build()[0]}{'0' * 10}"
    module = width / len(modules)
    paper.set_fill_color(0, 0, 0)
    start = 0
    while start < len(modules):
        end = start
        while end < len(modules) and modules[end] == modules[start]:
            end += 1
        if modules[start] == "1":
            paper.rect(x + start * module, y, (end - start) * module, height, style="F")
        start = end


def _spaced(mrn: str) -> str:
    """The number in groups of four, to be read aloud."""
    return " ".join(mrn[at : at + 4] for at in range(0, len(mrn), 4))
