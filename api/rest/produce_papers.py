"""Fresh produce that was sold without a certificate."""

from datetime import date

from fastapi import APIRouter
from pydantic import Field

from api.produce_papers import uncovered_produce
from api.requests import ViewerOf
from api.rest.schemas import Shape

produce_papers_router = APIRouter(prefix="/api/v1/produce", tags=["certificates"])


class UncoveredLotShape(Shape):
    """A lot of fresh produce that left its farm and that no certificate names."""

    lot: str = Field(description="class URI")
    farm: str
    left_on: date
    kg: float | None = Field(description="of what left first, KGM; null where it is not told")
    mandatory: bool = Field(description="an enterprise looked after the household then")
    event_id: str


@produce_papers_router.get("/uncovered", summary="Fresh produce that left without a certificate")
def uncovered(viewer: ViewerOf) -> list[UncoveredLotShape]:
    """Lots harvested at your farms that left since 2026-02-01 and stand in no certificate, by day."""
    return [
        UncoveredLotShape(
            lot=each.lot,
            farm=each.farm,
            left_on=each.left_on,
            kg=each.kg,
            mandatory=each.mandatory,
            event_id=each.by,
        )
        for each in uncovered_produce(viewer)
    ]
