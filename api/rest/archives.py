"""Breeding archives: of a farm or an animal, on paper, as a table, as ICAR resources."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from api.access import Viewer
from api.archives import ArchiveSources, animal_archive, farm_archive, keeper_of
from api.errors import BadQueryError, NotVisibleError
from api.paper.archive_pdf import MOST_ROWS, archive_pdf, row_count
from api.requests import ViewerOf
from api.series import csv_text
from households.model import Farm
from observations.identifiers import FarmId
from traceability.archive.csv_rows import archive_rows
from traceability.archive.icar import icar_document
from traceability.archive.model import Archive, Keeper, Period

archives_router = APIRouter(prefix="/api/v1", tags=["archive"])


class ArchiveForm(StrEnum):
    """What an archive may be given as."""

    PDF = "pdf"
    CSV = "csv"
    ICAR = "icar.json"


First = Annotated[
    date | None, Query(description="first day; where left out, an animal's birth or this year's 1 January")
]
Last = Annotated[date | None, Query(description="last day, included; today where left out")]
CONTENT: dict[int | str, dict[str, object]] = {
    200: {
        "content": {"application/pdf": {}, "text/csv": {}, "application/json": {}},
        "description": "an A4 booklet, a table in UTF-8, or a collection of ICAR resources",
    },
    404: {"description": "Not there, or not granted"},
}


@archives_router.get(
    "/farms/{farm_id}/archive.{form}",
    summary="A farm's breeding archive",
    responses=CONTENT,
    response_class=Response,
)
def archive_of_farm(
    viewer: ViewerOf, farm_id: str, form: ArchiveForm, since: First = None, until: Last = None
) -> Response:
    """Every item of the law over these days; the householder's name is in it for operators alone."""
    farm = _farm(viewer, farm_id)
    last = until or _today(viewer, farm)
    period = _period(since or date(last.year, 1, 1), last)
    animals = [animal for animal in viewer.animals.values() if animal.farm == farm.id]
    archive = farm_archive(sources_of(viewer), keeper_for(viewer, farm), animals, period)
    return _answer(viewer, archive, form, subject=farm.id, path=f"/api/v1/farms/{quote(farm.id)}")


@archives_router.get(
    "/animals/{animal_id}/archive.{form}",
    summary="An animal's breeding archive",
    responses=CONTENT,
    response_class=Response,
)
def archive_of_animal(
    viewer: ViewerOf, animal_id: str, form: ArchiveForm, since: First = None, until: Last = None
) -> Response:
    """One animal's records from birth on; it goes with the animal."""
    animal = viewer.animal(animal_id)
    farm = viewer.farms[animal.farm]
    last = until or _today(viewer, farm)
    period = _period(since or min(animal.born_on, last), last)
    archive = animal_archive(sources_of(viewer), keeper_for(viewer, farm), animal, period)
    return _answer(viewer, archive, form, subject=animal.id, path=f"/api/v1/animals/{animal.id}")


def keeper_for(viewer: Viewer, farm: Farm) -> Keeper:
    """Whose archive it is, as far as the viewer may know: names of persons are the operators' to see."""
    simulated = {site.id for site in viewer.services.households.sites() if site.simulated}
    return keeper_of(
        farm,
        viewer.households.get(farm.household),
        personal=viewer.operator,
        simulated=farm.site in simulated,
    )


def sources_of(viewer: Viewer) -> ArchiveSources:
    """Where the records are."""
    services = viewer.services
    return ArchiveSources(events=services.public.events, queries=services.event_queries, keys=services.keys)


def archive_csv(archive: Archive) -> str:
    """The archive's table for a spreadsheet; no cell can be a formula."""
    return csv_text(archive_rows(archive))


def _farm(viewer: Viewer, text: str) -> Farm:
    farm = next((farm for farm in viewer.farms.values() if farm.id == text), None)
    if farm is None:
        raise NotVisibleError(kind="farm", identifier=text)
    return farm


def _today(viewer: Viewer, farm: Farm) -> date:
    return viewer.now.astimezone(viewer.zone(FarmId.parse(farm.id))).date()


def _period(first: date, last: date) -> Period:
    if first > last:
        raise BadQueryError(parameter="since", value=first.isoformat(), rule="has to be no later than `until`")
    if not date.min < first or not last.year < date.max.year:
        raise BadQueryError(parameter="until", value=last.isoformat(), rule="lies beyond what a calendar can hold")
    return Period(first=first, last=last)


def _answer(viewer: Viewer, archive: Archive, form: ArchiveForm, *, subject: str, path: str) -> Response:
    name = f"archive-{subject}-{archive.period.first}-{archive.period.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form is ArchiveForm.CSV:
        return Response(archive_csv(archive), media_type="text/csv; charset=utf-8", headers=headers)
    if form is ArchiveForm.ICAR:
        address = f"{viewer.services.public.base_url.rstrip('/')}{path}/archive.{form}"
        return JSONResponse(icar_document(archive, address=address), headers=headers)
    if row_count(archive) > MOST_ROWS:
        rule = f"{row_count(archive)} records are no booklet (at most {MOST_ROWS}): choose fewer days, or the CSV"
        raise BadQueryError(parameter="since", value=archive.period.first.isoformat(), rule=rule)
    pdf = archive_pdf(archive, printed_by=viewer.user.name, printed_at=viewer.now)
    return Response(pdf, media_type="application/pdf", headers=headers)
