import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

import numpy as np
import pypdf
import pytest
import zxingcpp

from api.errors import LabelError
from api.labels.contents import MOST_LABELS, PackLabel, pack_labels, serial_range
from api.labels.layout import EDGE_MM, FIGURE_HEIGHT_OF_EM, HEIGHT_OF_EM, LaidLabel, laid, text_width_mm
from api.labels.orders import LabelOrder, ordered_labels
from api.labels.pdf import pdf_pages
from api.labels.sheets import LabelSheet, label_sheet, label_sheets, module_bounds_mm, net_weight_height_mm
from api.labels.svg import svg_page
from tests.api.epcis_fakes import Queries
from tests.api.fakes import Events
from tests.traceability.one_life import BELLY, LOT, USE_BY, products, whole_life
from traceability.model import Product

BASE = "https://trace.example"
PIXELS_A_MM = 12
SHEETS = list(label_sheets().values())
PRODUCT = Product(
    gtin=BELLY,
    name_zh="宁乡花猪五花肉",
    name_en="Ningxiang flower pork belly",
    net_weight_kg=Decimal("0.5"),
    storage_zh="−18 ℃ 以下冷冻",
    storage_en="Keep frozen below -18 °C",
)


def labels(
    serials: Sequence[str] = ("000037",), *, product: Product = PRODUCT, lot: str = LOT, base_url: str = BASE
) -> list[PackLabel]:
    return pack_labels(
        product, lot=lot, serials=serials, base_url=base_url, use_by=USE_BY, net_weight_kg=product.net_weight_kg
    )


def packed(order: LabelOrder) -> list[PackLabel]:
    events = Events()
    events.capture(whole_life())
    return ordered_labels(order, products=products(), events=Queries(events), base_url=BASE)


def read_codes(svg: str, sheet: LabelSheet) -> list[str]:
    """What a phone reads in the picture, rastered as a printer of 300 dots an inch would."""
    height, width = (round(side * PIXELS_A_MM) for side in (sheet.page_height_mm, sheet.page_width_mm))
    picture = np.full((height, width), 255, np.uint8)
    for x, y, drawn in re.findall(r'translate\(([\d.]+) ([\d.]+)\)"><path d="([^"]*)"', svg):
        for run in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", drawn):
            left, top, length, module = map(float, run)
            left, top = left + float(x), top + float(y)
            rows = slice(round(top * PIXELS_A_MM), round((top + module) * PIXELS_A_MM))
            picture[rows, round(left * PIXELS_A_MM) : round((left + length) * PIXELS_A_MM)] = 0
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.sheet)
def test_a_phone_reads_the_link_on_every_label_of_every_sheet(sheet: LabelSheet) -> None:
    serials = serial_range("000001", min(sheet.labels, 3))
    made = svg_page([laid(label, sheet) for label in labels(serials)], sheet)
    assert sorted(read_codes(made, sheet)) == [f"{BASE}/01/{BELLY}/10/{LOT}/21/{serial}" for serial in serials]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.sheet)
def test_every_sheet_keeps_the_least_sizes_and_says_all_that_must_be_said(sheet: LabelSheet) -> None:
    found = laid(labels()[0], sheet)
    least, most = module_bounds_mm()
    assert least <= found.code.module_mm <= most
    written = "".join(text.text for text in found.texts).replace(" ", "")
    for told in ("宁乡花猪五花肉", "500 g", f"批号 {LOT}", "盒号 000037", "保质期到 2026-09-07", "12315"):
        assert told.replace(" ", "") in written
    assert "−18℃" in written
    for text in found.texts:
        assert text.em_mm * HEIGHT_OF_EM >= 1.8 - 1e-9
        right = text.x_mm + text_width_mm(text.text, text.em_mm, bold=text.bold)
        assert right <= sheet.label_width_mm - EDGE_MM + 1e-6
        assert 0 < text.y_mm < sheet.label_height_mm - EDGE_MM
    net = next(text for text in found.texts if text.text == "500 g")
    assert net.em_mm * FIGURE_HEIGHT_OF_EM >= 4 - 1e-9
    assert net_weight_height_mm(0.5) == 4


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.sheet)
def test_labels_lie_on_the_page_and_none_on_another(sheet: LabelSheet) -> None:
    corners = [sheet.corner_mm(place) for place in range(sheet.labels)]
    assert len({(round(x, 3), round(y, 3)) for x, y in corners}) == sheet.labels
    assert all(x >= -1e-9 and x + sheet.label_width_mm <= sheet.page_width_mm + 1e-9 for x, _ in corners)
    assert all(y >= -1e-9 and y + sheet.label_height_mm <= sheet.page_height_mm + 1e-9 for _, y in corners)
    assert sheet.source


def test_the_pdf_has_the_pages_it_needs_and_every_word_can_be_read_back() -> None:
    sheet = label_sheet("a4_40")
    placed = [laid(label, sheet) for label in labels(serial_range("000001", 50))]
    made = pdf_pages(placed, sheet, title="五花肉", first_place=3)
    document = pypdf.PdfReader(BytesIO(made))
    assert len(document.pages) == 2
    words = document.pages[0].extract_text()
    for told in ("宁乡花猪五花肉", "500 g", LOT, "000001", "000037", "2026-09-07", "12315"):
        assert told in words
    assert "000038" not in words
    assert "000050" in document.pages[1].extract_text()
    assert document.metadata is not None
    assert document.metadata.title == "五花肉"
    assert made == pdf_pages(placed, sheet, title="五花肉", first_place=3)


def test_a_thermal_label_is_a_page_of_its_own_size() -> None:
    sheet = label_sheet("thermal_40x30")
    made = pdf_pages([laid(label, sheet) for label in labels(["1", "2"])], sheet, title="t")
    box = pypdf.PdfReader(BytesIO(made)).pages[1].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (40, 30)


def test_a_code_too_fine_for_the_paper_is_refused_and_the_paper_that_would_do_is_named() -> None:
    long_host = "https://trace.a-very-long-name-of-a-cooperative.example/and/its/own/path/for/scans"
    label = labels(["A" * 20], lot="L" * 20, base_url=long_host)[0]
    with pytest.raises(LabelError) as refused:
        laid(label, label_sheet("a4_65"))
    assert "0.396" in refused.value.en
    assert "thermal_60x40" in refused.value.en
    assert isinstance(laid(label, label_sheet("thermal_60x40")), LaidLabel)


def test_words_that_do_not_fit_are_refused_not_cut() -> None:
    wordy = Product(
        gtin=BELLY, name_zh="花猪" * 40, name_en="x", net_weight_kg=Decimal("0.5"), storage_zh="冷藏", storage_en=""
    )
    with pytest.raises(LabelError, match="words do not fit"):
        laid(labels(product=wordy)[0], label_sheet("a4_65"))


def test_what_is_written_is_never_markup() -> None:
    hostile = Product(
        gtin=BELLY, name_zh="<b>肉&", name_en="", net_weight_kg=Decimal("0.5"), storage_zh="", storage_en=""
    )
    sheet = label_sheet("a4_24")
    assert "&lt;b&gt;肉&amp;" in svg_page([laid(labels(product=hostile)[0], sheet)], sheet)


def test_a_packed_lot_needs_its_number_only() -> None:
    found = packed(LabelOrder(gtin=BELLY, lot=LOT))
    assert len(found) == 84
    assert found[0].serial == "000001"
    assert (found[0].use_by, found[0].net_weight) == (USE_BY, "500 g")


def test_named_serials_and_a_range_before_packing_are_printed_too() -> None:
    assert [label.serial for label in packed(LabelOrder(gtin=BELLY, lot=LOT, serials=("000037",)))] == ["000037"]
    ahead = packed(LabelOrder(gtin=BELLY, lot="NEXT", first="A098", count=3, use_by=date(2027, 1, 1)))
    assert [label.serial for label in ahead] == ["A098", "A099", "A100"]
    assert ahead[0].use_by == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (LabelOrder(gtin="1", lot=LOT), "GTIN"),
        (LabelOrder(gtin="09520123456788", lot=LOT), "not registered"),
        (LabelOrder(gtin=BELLY, lot=""), "name a lot"),
        (LabelOrder(gtin=BELLY, lot="NOBODY"), "not packed yet"),
        (LabelOrder(gtin=BELLY, lot=LOT, first="98", count=5), "enough to count"),
        (LabelOrder(gtin=BELLY, lot=LOT, first="A", count=1), "enough to count"),
        (LabelOrder(gtin=BELLY, lot=LOT, first="0001", count=MOST_LABELS + 1), "at a time"),
        (LabelOrder(gtin=BELLY, lot=LOT, serials=("盒一",)), "82"),
    ],
)
def test_an_order_that_cannot_be_printed_says_why(order: LabelOrder, why: str) -> None:
    with pytest.raises(LabelError, match=why):
        packed(order)


def test_an_unknown_paper_is_refused_with_those_there_are() -> None:
    with pytest.raises(LabelError, match="a4_24"):
        label_sheet("a3")
