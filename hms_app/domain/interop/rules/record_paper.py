"""A record as a PDF: the hospital's letterhead, the patient's head on each page, "page x of y"."""

from typing import TYPE_CHECKING, Final, NamedTuple

from hms_app.core.papers import A4, new_paper
from hms_app.domain.interop.rules.record_sections import Section

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN: Final = 15.0
_HEAD: Final = 24.0
_LABEL: Final = 30.0
_GREY: Final = (100, 110, 120)
_ACCENT: Final = (15, 118, 110)


class PaperHead(NamedTuple):
    """What stands around the content: the letterhead, who the patient is, and when the paper was made."""

    hospital: str
    address: str
    patient: str
    made: str


def record_pdf(head: PaperHead, sections: list[Section], left_out: tuple[str, ...]) -> bytes:
    """The record's parts one below the other; what is left out is named at the beginning."""
    paper = new_paper(head.patient)
    paper.set_top_margin(_HEAD)
    _letterhead(paper, head)
    if left_out:
        paper.set_font("Body", size=8.5)
        paper.multi_cell(
            0, 4.5, f"Left out, because whoever made this may not read it: {', '.join(left_out)}."
        )
        paper.ln(2)
    for section in sections:
        _section(paper, section)
    _heads_and_feet(paper, head)
    return bytes(paper.output())


def _letterhead(paper: "FPDF", head: PaperHead) -> None:
    paper.set_y(_HEAD)
    paper.set_font("Body", "B", 14)
    paper.multi_cell(0, 7, head.hospital, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("Body", size=8.5)
    paper.set_text_color(*_GREY)
    if head.address:
        paper.multi_cell(0, 4.5, head.address, align="L", new_x="LMARGIN", new_y="NEXT")
    paper.set_text_color(0)
    paper.ln(4)
    paper.set_font("Body", "B", 12)
    paper.multi_cell(0, 7, "Patient record", new_x="LMARGIN", new_y="NEXT")


def _section(paper: "FPDF", section: Section) -> None:
    if paper.get_y() > A4[1] - _MARGIN - 20:
        paper.add_page()
    paper.ln(3)
    paper.set_font("Body", "B", 10.5)
    paper.set_text_color(*_ACCENT)
    paper.cell(0, 6, f"{section.title}", new_x="LMARGIN", new_y="NEXT")
    paper.set_draw_color(*_ACCENT)
    paper.set_line_width(0.3)
    paper.line(_MARGIN, paper.get_y(), A4[0] - _MARGIN, paper.get_y())
    paper.ln(1.5)
    paper.set_text_color(0)
    if not section.lines:
        paper.set_font("Body", size=8.5)
        paper.cell(0, 4.5, "Nothing recorded.", new_x="LMARGIN", new_y="NEXT")
    for line in section.lines:
        _line(paper, line.label, line.text, line.detail)


def _line(paper: "FPDF", label: str, text: str, detail: str) -> None:
    if paper.get_y() > A4[1] - _MARGIN - 10:
        paper.add_page()
    top, page = paper.get_y(), paper.page_no()
    paper.set_font("Body", size=8.5)
    paper.set_text_color(*_GREY)
    paper.multi_cell(_LABEL, 4.5, label, align="L", new_x="RIGHT", new_y="TOP")
    label_end = top + 4.5
    paper.set_text_color(0)
    paper.set_xy(_MARGIN + _LABEL, top)
    paper.multi_cell(0, 4.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    if detail:
        paper.set_x(_MARGIN + _LABEL)
        paper.set_text_color(*_GREY)
        paper.set_font("Body", size=8)
        paper.multi_cell(0, 4, detail, align="L", new_x="LMARGIN", new_y="NEXT")
        paper.set_text_color(0)
    if paper.page_no() == page:
        paper.set_y(max(paper.get_y(), label_end) + 0.6)


def _heads_and_feet(paper: "FPDF", head: PaperHead) -> None:
    """Written when the number of pages is known."""
    last = paper.page_no()
    paper.set_auto_page_break(auto=False)
    paper.set_text_color(*_GREY)
    paper.set_font("Body", size=8)
    for number in range(1, last + 1):
        paper.page = number
        paper.set_xy(_MARGIN, 9)
        paper.cell(0, 5, head.patient, align="L")
        paper.set_draw_color(210, 215, 220)
        paper.line(_MARGIN, 15, A4[0] - _MARGIN, 15)
        paper.set_xy(_MARGIN, A4[1] - 11)
        paper.cell(0, 5, head.made, align="L")
        paper.set_xy(_MARGIN, A4[1] - 11)
        paper.cell(0, 5, f"Page {number} of {last}", align="R")
