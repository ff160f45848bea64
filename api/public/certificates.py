"""The public page of a certificate: what is promised, by whom, and whether anything speaks against it now."""

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from api.public.language import Language
from api.public.qr_codes import qr_svg
from api.public.rendering import SECURITY_HEADERS, language_of, page
from api.public.services import PublicServices
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.model import Certificate, Used
from traceability.compliance.tables import bases, promises
from traceability.compliance.verdicts import blocks_of

READ = ["GET", "HEAD"]
ZONE = ZoneInfo("Asia/Shanghai")
"""The order is China's; days of issue are counted there."""
UNITS = {"HEA": ("头", "head"), "KGM": ("公斤", "kg")}
SHOWN_TAGS = 200


def certificate_router(services: PublicServices) -> APIRouter:
    """The page and the code of a certificate; no cookie, and no household's name or phone."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/certificate/{certificate_id}", methods=READ)
    def certificate_page(request: Request, certificate_id: str) -> Response:
        return _page(services, request, certificate_id)

    @router.api_route("/certificate/{certificate_id}/qr.svg", methods=READ)
    def certificate_code(request: Request, certificate_id: str) -> Response:
        certificate = services.certificates.find(certificate_id)
        if certificate is None:
            return _page(services, request, certificate_id)
        picture = qr_svg(certificate.address(services.base_url))
        return Response(picture, media_type="image/svg+xml", headers=SECURITY_HEADERS)

    return router


def _page(services: PublicServices, request: Request, certificate_id: str) -> Response:
    language, certificate = language_of(request), services.certificates.find(certificate_id)
    if certificate is None:
        variables = {"certificate_id": certificate_id[:60]}
        return page(request, "certificate_unknown.html", variables, language=language, status=404)
    return page(request, "certificate.html", _view(services, certificate, language), language=language)


def _view(services: PublicServices, certificate: Certificate, language: Language) -> dict[str, Any]:
    used = services.certificates.used([certificate.id]).get(certificate.id, Used())
    now = services.now()
    blocks = blocks_of(
        certificate.things,
        guards=services.guards,
        holds=services.holds,
        recalls=services.recalls,
        now=now,
        zone=ZONE,
    )
    suffix = "?lang=en" if language.english else ""
    issued = certificate.issued_at.astimezone(ZONE)
    return {
        "certificate": certificate,
        "simulated": certificate.simulated,
        "issuer": certificate.issuer.public,
        "unit": UNITS[certificate.goods.unit],
        "left": left_of(certificate, used),
        "used": used.quantity,
        "blocks": blocks,
        "promises": [*promises().values()],
        "bases": [bases()[basis] for basis in certificate.basis],
        "issued": f"{issued:%Y-%m-%d %H:%M}",
        "kept_until": kept_until(issued.date()),
        "checked": f"{now.astimezone(ZONE):%Y-%m-%d %H:%M}",
        "tags": [thing.rpartition("/")[2][-15:] for thing in certificate.things if "/8004/" in thing][:SHOWN_TAGS],
        "parts": [(part, f"/certificate/{part.certificate}{suffix}") for part in certificate.parts],
        "successors": [
            (each, f"/certificate/{each}{suffix}") for each in services.certificates.successors(certificate.id)
        ],
        "qr_href": f"/certificate/{certificate.id}/qr.svg",
    }
