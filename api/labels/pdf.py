"""Pages of labels as PDF; Chinese in the standard font that every reader brings, so that no font file is needed."""

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby

from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from api.labels.layout import LATIN, LATIN_BOLD, LaidLabel, PlacedText, is_wide
from api.labels.sheets import LabelSheet

CHINESE = "STSong-Light"
BOLD_STROKE = 0.035
"""Line width of the outline that makes the one Chinese font bold, as a share of its em."""


def pdf_pages(labels: Sequence[LaidLabel], sheet: LabelSheet, *, title: str, first_place: int = 0) -> bytes:
    """All labels, page after page; the first page begins at that place, where a sheet was begun already."""
    registerFont(UnicodeCIDFont(CHINESE))
    made = BytesIO()
    size = (sheet.page_width_mm * mm, sheet.page_height_mm * mm)
    canvas = Canvas(made, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle(title)
    canvas.setCreator("tiantou")
    for number, label in enumerate(labels, first_place % sheet.labels):
        place = number % sheet.labels
        if number and place == 0:
            canvas.showPage()
        x, y = sheet.corner_mm(place)
        _draw(canvas, label, x, sheet.page_height_mm - y)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def _draw(canvas: Canvas, label: LaidLabel, left_mm: float, top_mm: float) -> None:
    path = canvas.beginPath()
    module = label.code.module_mm
    for x, y, length in label.code.runs():
        path.rect((left_mm + x) * mm, (top_mm - y - module) * mm, length * mm, module * mm)
    canvas.drawPath(path, stroke=0, fill=1)
    for text in label.texts:
        _write(canvas, text, left_mm, top_mm)


def _write(canvas: Canvas, text: PlacedText, left_mm: float, top_mm: float) -> None:
    em = text.em_mm * mm
    x, y = (left_mm + text.x_mm) * mm, (top_mm - text.y_mm) * mm
    line = canvas.beginText(x, y)
    canvas.setLineWidth(BOLD_STROKE * em)
    for wide, run in groupby(text.text, key=is_wide):
        words = "".join(run)
        font = CHINESE if wide else LATIN_BOLD if text.bold else LATIN
        line.setFont(font, em)
        # 2: filled and outlined, 0: filled
        line.setTextRenderMode(2 if wide and text.bold else 0)
        line.setTextOrigin(x, y)
        line.textOut(words)
        x += len(words) * em if wide else stringWidth(words, font, em)
    canvas.drawText(line)
