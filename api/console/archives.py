"""The console's page of papers: breeding archives to print and export, certificates, and sales without one."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.certificate_desk import certificates_of
from api.console.rendering import page
from api.produce_papers import uncovered_produce
from api.requests import ViewerOf
from api.rest.certificates import missing_of
from households.model import Farm
from livestock.model import AnimalStatus
from traceability.compliance.issuing import kept_until, left_of
from traceability.compliance.model import Used
from traceability.compliance.tables import kinds

archives_pages_router = APIRouter(prefix="/console", include_in_schema=False)
SHOWN_CERTIFICATES = 50
SHOWN_MISSING = 20
UNITS = {"HEA": "头", "KGM": "公斤"}


@archives_pages_router.get("/papers")
def papers(request: Request, viewer: ViewerOf) -> Response:
    """What to print and to hand in, farm by farm; sales without a certificate come first."""
    certificates = certificates_of(viewer, limit=SHOWN_CERTIFICATES)
    used = viewer.services.public.certificates.used([each.id for each in certificates])
    missing = missing_of(viewer)
    produce = uncovered_produce(viewer)
    context = {
        "produce": produce[:SHOWN_MISSING],
        "produce_count": len(produce),
        "missing": missing[:SHOWN_MISSING],
        "missing_count": len(missing),
        "farms": [_farm_row(viewer, farm) for farm in viewer.farms.values()],
        "since": f"{viewer.now.year}-01-01",
        "certificates": [
            {
                "certificate": each,
                "unit": UNITS[each.goods.unit],
                "left": left_of(each, used.get(each.id, Used())),
                "kept_until": kept_until(each.issued_at.date()),
            }
            for each in certificates
        ],
        "refused": [row for row in kinds().values() if not row.allowed],
    }
    return page(request, "papers.html", context, viewer=viewer)


def _farm_row(viewer: Viewer, farm: Farm) -> dict[str, object]:
    animals = [animal for animal in viewer.animals.values() if animal.farm == farm.id]
    alive = sum(animal.status is AnimalStatus.ALIVE for animal in animals)
    return {
        "id": farm.id,
        "label": viewer.label(farm.id),
        "name": farm.name,
        "alive": alive,
        "gone": len(animals) - alive,
    }
