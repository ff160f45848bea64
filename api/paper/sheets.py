"""Sheets of paper: styles, tables that break over pages, and a foot with who, when and which page of how many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import black, grey
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

FONT = "STSong-Light"
"""Adobe's Simplified Chinese; every reader of PDF has it or a stand-in, so none is embedded."""
MARGIN = 12 * mm
FOOT_MM = 12
FRAME_PADDING = 6
"""Points that reportlab leaves within its frames."""
LONGEST_CELL = 900
"""Characters; a row may not be taller than a page. The whole text is in the CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What stands on every page. title: of the file and the head. printed_by: who, "" where nobody is named."""

    title: str
    subject: str
    printed_by: str
    printed_at: datetime
    timezone: str
    simulated: bool

    @property
    def foot(self) -> str:
        """Who printed it and when, in the farm's local time."""
        at = self.printed_at.astimezone(ZoneInfo(self.timezone))
        by = f"打印人 Printed by: {self.printed_by}" if self.printed_by else ""
        mark = "演示数据 Simulated data" if self.simulated else ""
        return "    ".join(part for part in (mark, by, f"{at:%Y-%m-%d %H:%M}") if part)


@cache
def style(size: float = 9, *, leading: float = 0, centred: bool = False, space_before: float = 0) -> ParagraphStyle:
    """A style of that size, points; lines break between any two Chinese characters."""
    _register()
    return ParagraphStyle(
        name=f"{size}-{leading}-{centred}-{space_before}",
        fontName=FONT,
        fontSize=size,
        leading=leading or size * 1.35,
        wordWrap="CJK",
        spaceBefore=space_before,
        alignment=TA_CENTER if centred else 0,
    )


def paragraph(text: str, size: float = 9, *, centred: bool = False, space_before: float = 0) -> Paragraph:
    """The text as it is: nothing in it is markup, and too long a one is cut where the CSV has it whole."""
    shown = text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
    clean = "".join(max(each, " ") for each in shown)
    return Paragraph(escape(clean), style(size, centred=centred, space_before=space_before))


def table(rows: Sequence[Sequence[str]], *, widths_mm: Sequence[float], size: float = 8.5) -> LongTable:
    """A ruled table whose first row is repeated on each page."""
    cells = [[paragraph(cell, size) for cell in row] for row in rows]
    ruled = LongTable(cells, colWidths=[width * mm for width in widths_mm], repeatRows=1, hAlign="LEFT")
    ruled.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, grey),
                ("LINEBELOW", (0, 0), (-1, 0), 1.2, black),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return ruled


def gap(height_mm: float) -> Spacer:
    """White between two parts."""
    return Spacer(1, height_mm * mm)


def qr_drawing(address: str, *, side_mm: float) -> Drawing:
    """A QR code of the address with its quiet zone, error correction M, that wide."""
    side = side_mm * mm
    code = QrCodeWidget(address, barLevel="M", barBorder=4, barWidth=side, barHeight=side)
    drawing = Drawing(side, side)
    drawing.add(code)
    return drawing


def pdf_of(story: Iterable[Flowable], imprint: Imprint) -> bytes:
    """The pages as one PDF, the same bytes for the same content."""
    _register()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN + FOOT_MM * mm,
        title=imprint.title,
        subject=imprint.subject,
        author="tiantou 田头",
        lang="zh-CN",
        invariant=1,
    )

    def canvas(*args: Any, **options: Any) -> "_Counted":  # noqa: ANN401 reportlab's own
        return _Counted(*args, imprint=imprint, **options)

    document.build([*story], canvasmaker=canvas)
    return out.getvalue()


class _Counted(Canvas):
    """A canvas that draws each foot at the end, when the number of pages is known."""

    def __init__(self, *args: Any, imprint: Imprint, **options: Any) -> None:  # noqa: ANN401 reportlab's own
        super().__init__(*args, **options)
        self._imprint = imprint
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 reportlab's name
        """The page is kept; it is written when all are there."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # reportlab's own showPage calls it; its stubs leave it out

    def save(self) -> None:
        """Every page is written with its foot."""
        for number, state in enumerate(self._kept, start=1):
            self.__dict__.update(state)
            self._draw_foot(number, len(self._kept))
            super().showPage()
        super().save()

    def _draw_foot(self, number: int, pages: int) -> None:
        width, _ = A4
        self.setStrokeColor(grey)
        self.line(MARGIN, MARGIN + 8 * mm, width - MARGIN, MARGIN + 8 * mm)
        self.setFont(FONT, 8)
        self.drawString(MARGIN, MARGIN + 4 * mm, self._imprint.subject)
        self.drawString(MARGIN, MARGIN, self._imprint.foot)
        self.drawRightString(width - MARGIN, MARGIN, f"第 {number} 页，共 {pages} 页 · page {number} of {pages}")


@cache
def _register() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
