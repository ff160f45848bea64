"""The list of certificates: its rows, what is looked for in them, and what goes into a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.access import Viewer
from api.certificate_desk import certificates_of, own_farms, shown_issuer
from api.console.tables import Column, Table
from api.console.words import Words, counting_order
from observations.errors import IdentifierError
from observations.identifiers import EarTagNumber
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.model import Certificate, Issuer, Used

NEWEST = 1000
"""So many are looked through; an older one is found by its number or an ear tag in it."""
UNITS = {"HEA": Words(zh="头", en="head"), "KGM": Words(zh="公斤", en="kg")}
STATES = {
    "stands": ("good", Words(zh="有效", en="Stands")),
    "partly": ("good", Words(zh="有效，分出一部分", en="Stands, partly passed on")),
    "gone": ("unknown", Words(zh="分完了", en="All passed on")),
    "withdrawn": ("act", Words(zh="已作废", en="Withdrawn")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One certificate in the list; issuer: as far as the viewer may know. kept_until: the farm's local day."""

    certificate: Certificate
    left: Decimal
    issuer: Issuer
    labels: tuple[str, ...]
    kept_until: date

    @property
    def unit(self) -> Words:
        """Of its quantity."""
        return UNITS[self.certificate.goods.unit]

    @property
    def state(self) -> str:
        """A key of STATES."""
        if self.certificate.withdrawal is not None:
            return "withdrawn"
        if not self.left:
            return "gone"
        return "stands" if self.left == self.certificate.quantity else "partly"

    @property
    def tags(self) -> tuple[str, ...]:
        """The ear tags in it."""
        return tuple(thing.rpartition("/")[2][-15:] for thing in self.certificate.things if "/8004/" in thing)

    def holds_text(self, text: str) -> bool:
        """Whether one of its texts holds this, in any case."""
        each = self.certificate
        texts = (
            each.id, each.product, each.batch, each.origin, each.goods.zh, each.goods.en, self.issuer.name,
            *self.labels, *each.farms, *self.tags, *each.things,
        )  # fmt: skip
        return any(text in told.casefold() for told in texts)


CERTIFICATES: Table[CertificateRow] = Table(
    name="certificates",
    columns=(
        Column(
            key="number",
            zh="编号",
            en="Number",
            order=lambda row: row.certificate.id,
            export=(("number", lambda row: row.certificate.id),),
        ),
        Column(
            key="goods",
            zh="货",
            en="Goods",
            order=lambda row: (row.certificate.kind, row.certificate.product),
            export=(
                ("kind", lambda row: row.certificate.kind),
                ("product", lambda row: row.certificate.product),
                ("batch", lambda row: row.certificate.batch),
            ),
        ),
        Column(
            key="quantity",
            zh="数量",
            en="Quantity",
            order=lambda row: row.certificate.quantity,
            numeric=True,
            export=(
                ("quantity", lambda row: f"{row.certificate.quantity:f}"),
                ("left", lambda row: f"{row.left:f}"),
                ("unit", lambda row: row.certificate.goods.unit),
            ),
        ),
        Column(
            key="of",
            zh="谁家的",
            en="Whose",
            order=lambda row: counting_order(*row.labels),
            export=(
                ("farms", lambda row: " ".join(row.certificate.farms)),
                ("origin", lambda row: row.certificate.origin),
                ("issuer", lambda row: row.issuer.name),
            ),
        ),
        Column(
            key="issued",
            zh="开具",
            en="Issued",
            order=lambda row: row.certificate.issued_at,
            export=(
                ("issued_utc", lambda row: row.certificate.issued_at.isoformat()),
                ("keep_until", lambda row: row.kept_until.isoformat()),
            ),
        ),
        Column(
            key="state",
            zh="状态",
            en="State",
            order=lambda row: [*STATES].index(row.state),
            export=(("state", lambda row: row.state),),
        ),
        Column(key="paper", zh="看、打印", en="See, print"),
    ),
)


def certificate_rows(viewer: Viewer, *, text: str = "", state: str = "") -> list[CertificateRow]:
    """Those that hold the text and are in that state ("" for all), the newest first."""
    wanted = text.strip().casefold()
    found = {each.id: each for each in certificates_of(viewer, limit=NEWEST)}
    found.update({each.id: each for each in _named(viewer, text.strip())})
    used = viewer.services.public.certificates.used([*found])
    rows = [row_of(viewer, each, used.get(each.id, Used())) for each in found.values()]
    return [row for row in rows if (not wanted or row.holds_text(wanted)) and state in {"", row.state}]


def row_of(viewer: Viewer, certificate: Certificate, used: Used) -> CertificateRow:
    """The certificate as the viewer may see it."""
    farms = own_farms(viewer, certificate)
    issued_on = certificate.issued_at.astimezone(viewer.zone(farms[0].id)).date()
    return CertificateRow(
        certificate=certificate,
        left=left_of(certificate, used),
        issuer=shown_issuer(viewer, certificate),
        labels=tuple(viewer.label(farm.id) for farm in farms),
        kept_until=kept_until(issued_on),
    )


def _named(viewer: Viewer, text: str) -> Iterator[Certificate]:
    """The one of that number, and the one that holds the animal of that ear tag now, however old."""
    book = viewer.services.public.certificates
    names = [text] if text else []
    try:
        tag = EarTagNumber.parse(text)
    except IdentifierError:
        tag = None
    if tag is not None:
        uri = viewer.services.keys.keyring(animals=[tag]).animal(tag).uri
        names += book.covering([uri]).get(uri, [])
    for name in names:
        certificate = book.find(name)
        if certificate is not None and own_farms(viewer, certificate):
            yield certificate
