"""承诺达标合格证 over HTTP: made out for goods of the farms one may see, split, mixed, withdrawn, printed."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import Viewer
from api.archives import farm_archive
from api.certificate_desk import (
    certificates_of,
    make_out,
    own_farms,
    shown_issuer,
    sources_for,
    take_back,
    visible_certificate,
)
from api.certificates import Asked, blocks_now
from api.paper.certificate_pdf import certificate_pdf
from api.requests import ViewerOf
from api.rest.archives import keeper_for, sources_of
from api.rest.certificate_shapes import (
    AskedShape,
    CertificateShape,
    IssuerShape,
    KindShape,
    PartShape,
    UncoveredShape,
    WithdrawShape,
)
from observations.identifiers import EarTagNumber, FarmId
from traceability.archive.model import Period
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.missing import UncoveredSale, sold_animals, uncovered_sales
from traceability.compliance.model import Certificate, Issuer, Part, Used
from traceability.compliance.tables import in_force_since, kinds

certificates_router = APIRouter(prefix="/api/v1/certificates", tags=["certificates"])
Limit = Annotated[int, Query(ge=1, le=500)]
NOT_FOUND: dict[int | str, dict[str, str]] = {404: {"description": "Not there, or not granted"}}
REFUSED: dict[int | str, dict[str, str]] = {
    409: {"description": "Used up, certified already, or not to be sold now; the answer says until when and why"},
    **NOT_FOUND,
}


@certificates_router.get("/kinds", summary="For what there is a certificate, and for what not")
def goods(viewer: ViewerOf) -> list[KindShape]:  # noqa: ARG001 for those who are signed in
    """Live animals and fresh produce; packed pork and noodles are refused with their reason."""
    return [
        KindShape(
            kind=row.kind,
            allowed=row.allowed,
            unit=row.unit,
            zh=row.zh,
            en=row.en,
            reason_zh=row.reason_zh,
            reason_en=row.reason_en,
            source=row.source,
        )
        for row in kinds().values()
    ]


@certificates_router.get("/missing", summary="Sales without a certificate")
def missing(viewer: ViewerOf) -> list[UncoveredShape]:
    """Animals of your farms sold alive since 2026-02-01 that no certificate names, by day."""
    return [
        UncoveredShape(
            animal=sale.animal, farm=sale.farm, sold_on=sale.sold_on, mandatory=sale.mandatory, event_id=sale.by
        )
        for sale in missing_of(viewer)
    ]


@certificates_router.get("", summary="Certificates of your farms' goods, the newest first")
def certificates(viewer: ViewerOf, limit: Limit = 100) -> list[CertificateShape]:
    """At most `limit`."""
    return [shape_of(viewer, each) for each in certificates_of(viewer, limit=limit)]


@certificates_router.post("", summary="Make out a certificate", status_code=201, responses={**REFUSED})
def make(viewer: ViewerOf, asked: AskedShape) -> CertificateShape:
    """Refused for animals within a withdrawal period, on hold or recalled, and for more than is left of a batch."""
    return shape_of(viewer, make_out(viewer, _asked(asked), farm=asked.farm))


@certificates_router.get("/{certificate_id}", summary="One certificate", responses={**NOT_FOUND})
def one(viewer: ViewerOf, certificate_id: str) -> CertificateShape:
    """What it says, what it was made of, what was made of it, and what speaks against it now."""
    return shape_of(viewer, visible_certificate(viewer, certificate_id))


@certificates_router.get(
    "/{certificate_id}/sheet.pdf",
    summary="A certificate to print",
    responses={200: {"content": {"application/pdf": {}}, "description": "A4"}, **NOT_FOUND},
    response_class=Response,
)
def sheet(viewer: ViewerOf, certificate_id: str) -> Response:
    """On paper stands who promises, a household's name and phone too."""
    certificate = visible_certificate(viewer, certificate_id)
    farms = own_farms(viewer, certificate)
    pdf = certificate_pdf(
        certificate,
        address=certificate.address(viewer.services.public.base_url),
        timezone=farms[0].timezone,
    )
    headers = {"Content-Disposition": f'attachment; filename="certificate-{certificate.id}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@certificates_router.post("/{certificate_id}/withdraw", summary="Take a certificate back", responses={**REFUSED})
def withdraw(viewer: ViewerOf, certificate_id: str, asked: WithdrawShape) -> CertificateShape:
    """It stays readable and says so; refused while something made of it stands."""
    return shape_of(viewer, take_back(viewer, certificate_id, asked.why))


def missing_of(viewer: Viewer) -> list[UncoveredSale]:
    """Sales of the viewer's farms that no certificate covers; those that needed one first, then by day."""
    today, found = viewer.now.date(), list[UncoveredSale]()
    since = in_force_since()
    claimed = _claimed(viewer)
    for farm in viewer.farms.values() if today >= since else ():
        animals = [animal for animal in viewer.animals.values() if animal.farm == farm.id]
        period = Period(first=since, last=viewer.now.astimezone(viewer.zone(farm.id)).date())
        archive = farm_archive(sources_of(viewer), keeper_for(viewer, farm), animals, period)
        covering = viewer.services.public.certificates.covering(sold_animals(archive))

        def mandatory(day: date, household: str = farm.household) -> bool:
            return any(first <= day < last for first, last in claimed.get(household, ()))

        found.extend(uncovered_sales(archive, covering, mandatory=mandatory))
    return sorted(found, key=lambda sale: (not sale.mandatory, sale.sold_on, sale.animal))


def shape_of(viewer: Viewer, certificate: Certificate) -> CertificateShape:
    """The certificate as far as the viewer may see it."""
    book, farms = viewer.services.public.certificates, own_farms(viewer, certificate)
    used = book.used([certificate.id]).get(certificate.id, Used())
    shown = shown_issuer(viewer, certificate)
    blocks = blocks_now(certificate.things, sources_for(viewer), farms=farms, now=viewer.now)
    return CertificateShape(
        id=certificate.id,
        address=certificate.address(viewer.services.public.base_url),
        kind=certificate.kind,
        product=certificate.product,
        quantity=certificate.quantity,
        unit=certificate.goods.unit,
        left=left_of(certificate, used),
        origin=certificate.origin,
        batch=certificate.batch,
        issued_at=certificate.issued_at,
        kept_until=kept_until(certificate.issued_at.astimezone(viewer.zone(FarmId.parse(farms[0].id))).date()),
        issuer=IssuerShape(kind=shown.kind, name=shown.name, contact=shown.contact),
        basis=[*certificate.basis],
        things=[*certificate.things],
        farms=[farm.id for farm in farms],
        parts=[PartShape(certificate=part.certificate, quantity=part.quantity) for part in certificate.parts],
        successors=[*book.successors(certificate.id)],
        withdrawn="" if certificate.withdrawal is None else certificate.withdrawal.why,
        blocked=[block.line for block in blocks],
    )


def _asked(asked: AskedShape) -> Asked:
    return Asked(
        kind=asked.kind,
        product=asked.product,
        quantity=asked.quantity,
        batch=asked.batch,
        issuer=Issuer(kind=asked.issuer.kind, name=asked.issuer.name, contact=asked.issuer.contact),
        basis=tuple(asked.basis),
        animals=tuple(EarTagNumber.parse(each) for each in asked.animals),
        lot=asked.lot.strip(),
        parts=tuple(Part(certificate=part.certificate, quantity=part.quantity) for part in asked.parts),
    )


def _claimed(viewer: Viewer) -> dict[str, list[tuple[date, date]]]:
    """When each household was looked after by an enterprise, which then sells its goods."""
    registry, found = viewer.services.households, dict[str, list[tuple[date, date]]]()
    for enterprise in registry.enterprises():
        for claim in registry.claims(enterprise.id):
            found.setdefault(claim.household, []).append((claim.since.date(), claim.until.date()))
    return found
