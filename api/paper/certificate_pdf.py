"""承诺达标合格证 on paper: large words, the promise with its ground, and a code that leads to its page."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table, TableStyle

from api.paper.sheets import Imprint, gap, paragraph, pdf_of, qr_drawing, table
from traceability.compliance.issuing import kept_until
from traceability.compliance.model import Certificate
from traceability.compliance.tables import bases, promises

NAME_ZH = "承诺达标合格证"
NAME_EN = "Certificate of promised compliance"
UNITS = {"HEA": "头 head", "KGM": "公斤 kg"}
MOST_TAGS = 60
"""More ear tags are on the certificate's page."""


def certificate_pdf(certificate: Certificate, *, address: str, timezone: str) -> bytes:
    """The certificate on one A4 sheet, or more where it names many animals; with the issuer's name and contact."""
    imprint = Imprint(
        title=f"{NAME_ZH} {certificate.id}",
        subject=f"{NAME_ZH} {certificate.id}",
        printed_by="",
        printed_at=certificate.issued_at,
        timezone=timezone,
        simulated=certificate.simulated,
    )
    return pdf_of(_story(certificate, address, ZoneInfo(timezone)), imprint)


def quantity_text(certificate: Certificate) -> str:
    """The quantity with its unit in both languages."""
    return f"{certificate.quantity:f} {UNITS[certificate.goods.unit]}"


def _story(certificate: Certificate, address: str, zone: ZoneInfo) -> Iterator[Flowable]:
    yield paragraph(NAME_ZH, 44, centred=True)
    yield paragraph(NAME_EN, 14, centred=True)
    if certificate.withdrawal is not None:
        yield gap(3)
        yield paragraph(f"已作废 Withdrawn: {certificate.withdrawal.why}", 16, centred=True)
    yield gap(6)
    yield paragraph("我承诺，对生产销售的农产品 I promise of the goods below:", 13)
    for promise in promises().values():
        yield paragraph(f"√ {promise.zh} {promise.en}", 13, space_before=3)
    grounds = "；".join(f"{bases()[basis].zh} {bases()[basis].en}" for basis in certificate.basis)
    yield paragraph(f"承诺依据 Ground: {grounds}", 13, space_before=6)
    yield gap(6)
    yield _facts_and_code(certificate, address, zone)
    yield gap(4)
    yield paragraph(
        f"查验 Look it up: {address}    保存到 keep until {kept_until(certificate.issued_at.astimezone(zone).date())}",
        9,
    )


def _facts_and_code(certificate: Certificate, address: str, zone: ZoneInfo) -> Flowable:
    facts = table(_facts(certificate, zone), widths_mm=(40, 96), size=11)
    code = [qr_drawing(address, side_mm=46), paragraph("扫码查验 Scan to check", 9, centred=True)]
    both = Table([[facts, code]], colWidths=[138 * mm, 48 * mm], hAlign="LEFT")
    both.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    return both


def _facts(certificate: Certificate, zone: ZoneInfo) -> list[list[str]]:
    issuer = certificate.issuer
    tags = [thing.rpartition("/")[2][-15:] for thing in certificate.things]
    listed = "、".join(tags[:MOST_TAGS]) + (f" …（共 {len(tags)}）" if len(tags) > MOST_TAGS else "")
    rows = [
        ["项目 Item", "内容 Content"],
        ["名称 Name", f"{certificate.product}（{certificate.goods.zh} {certificate.goods.en}）"],
        ["数量 Quantity", quantity_text(certificate)],
        ["产地 Origin", certificate.origin],
        ["开具时间 Issued", f"{certificate.issued_at.astimezone(zone):%Y-%m-%d %H:%M}"],
        ["开具者 Issuer", f"{issuer.name}（{issuer.row.zh} {issuer.row.en}）"],
        ["联系方式 Contact", issuer.contact],
    ]
    if certificate.batch:
        rows.append(["批号 Batch", certificate.batch])
    if tags:
        rows.append(["耳标、批次 Ear tags, lot", listed])
    if certificate.parts:
        parts = "；".join(f"{part.certificate}: {part.quantity:f}" for part in certificate.parts)
        rows.append(["由此分装、混装 Made of", parts])
    return rows
