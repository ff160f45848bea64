"""承诺达标合格证 over HTTP: made out for goods of the farms one may see, split, mixed, withdrawn, printed."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access import Viewer
from api.archives import farm_archive
from api.certificates import Asked, CertificateSources, blocks_now, issue
from api.errors import NotVisibleError
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
from households.model import Farm
from observations.identifiers import EarTagNumber, FarmId
from traceability.archive.model import Period
from traceability.compliance.errors import CertificateRequestError, CertificateStateError
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.missing import UncoveredSale, sold_animals, uncovered_sales
from traceability.compliance.model import Certificate, Issuer, Part, Used, Withdrawal
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
    wanted = _asked(asked)
    farms = _farms(viewer, asked, wanted.animals)
    goods_of = [(farm, viewer.township(farm.id)) for farm in farms]
    sites = {site.id for site in viewer.services.households.sites() if site.simulated}
    made = issue(
        wanted,
        sources_for(viewer),
        goods_of=goods_of,
        simulated=any(farm.site in sites for farm in farms),
        by=viewer.user.login,
        now=viewer.now,
    )
    return shape_of(viewer, made)


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
    farms = _own_farms(viewer, certificate)
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
    certificate = visible_certificate(viewer, certificate_id)
    book = viewer.services.public.certificates
    taken = book.withdraw(certificate.id, Withdrawal(by=viewer.user.login, at=viewer.now, why=asked.why.strip()))
    if not taken:
        reason = f"{certificate.id} is withdrawn already, or {', '.join(book.successors(certificate.id))} is made of it"
        raise CertificateStateError([reason])
    return shape_of(viewer, visible_certificate(viewer, certificate_id))


def certificates_of(viewer: Viewer, *, limit: int) -> Sequence[Certificate]:
    """Those of goods of the viewer's farms, the newest first."""
    return viewer.services.public.certificates.list(None if viewer.operator else viewer.farms.keys(), limit=limit)


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
    book, farms = viewer.services.public.certificates, _own_farms(viewer, certificate)
    used = book.used([certificate.id]).get(certificate.id, Used())
    issuer = certificate.issuer
    known = viewer.operator or certificate.issued_by == viewer.user.login
    shown = issuer if known else issuer.public
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


def visible_certificate(viewer: Viewer, certificate_id: str) -> Certificate:
    """The certificate of that id, of goods of a farm the viewer may see; raises NotVisibleError."""
    certificate = viewer.services.public.certificates.find(certificate_id)
    if certificate is None or not _own_farms(viewer, certificate):
        raise NotVisibleError(kind="certificate", identifier=certificate_id)
    return certificate


def sources_for(viewer: Viewer) -> CertificateSources:
    """Where certificates are, and what speaks against one."""
    public = viewer.services.public
    return CertificateSources(
        certificates=public.certificates,
        guards=public.guards,
        holds=public.holds,
        recalls=public.recalls,
        keys=viewer.services.keys,
    )


def _own_farms(viewer: Viewer, certificate: Certificate) -> list[Farm]:
    return [farm for farm in viewer.farms.values() if farm.id in certificate.farms]


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


def _farms(viewer: Viewer, asked: AskedShape, animals: Sequence[EarTagNumber]) -> list[Farm]:
    """The farms of its animals, of its predecessors' goods, and the one that is named; all visible, at least one."""
    wanted = {str(viewer.animal(animal).farm) for animal in animals}
    for part in asked.parts:
        wanted |= {*visible_certificate(viewer, part.certificate).farms}
    if asked.farm:
        wanted.add(asked.farm)
    farms = {str(farm.id): farm for farm in viewer.farms.values()}
    unseen = sorted(wanted - farms.keys())
    if unseen:
        raise NotVisibleError(kind="farm", identifier=unseen[0])
    if not wanted:
        raise CertificateRequestError(field="farm", rule="say whose goods they are: farm, animals or parts")
    return [farms[name] for name in sorted(wanted)]


def _claimed(viewer: Viewer) -> dict[str, list[tuple[date, date]]]:
    """When each household was looked after by an enterprise, which then sells its goods."""
    registry, found = viewer.services.households, dict[str, list[tuple[date, date]]]()
    for enterprise in registry.enterprises():
        for claim in registry.claims(enterprise.id):
            found.setdefault(claim.household, []).append((claim.since.date(), claim.until.date()))
    return found
