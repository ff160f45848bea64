"""The console's lists: the first page, animals, fields, devices; each can be sorted and exported as shown."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer
from api.console.home import device_freshness, field_rows, herd_rows, home_of
from api.console.rendering import page
from api.console.rows import ANIMALS, DEVICES, FIELDS, HERDS, AnimalRow, DeviceRow
from api.console.tables import Row, Table
from api.errors import NotVisibleError
from api.freshness import Freshness
from api.herds import herds_of, tag_of, tagged_animal
from api.requests import ViewerOf
from api.series import csv_text
from devices.deployments import streams
from devices.model import DeviceKind
from livestock.model import AnimalStatus
from traceability.recalls import state_rows

lists_router = APIRouter(prefix="/console", include_in_schema=False)

Sort = Annotated[str, Query(max_length=40)]
KIND_WORDS = {
    DeviceKind.EAR_TAG: ("耳标", "Ear tag"),
    DeviceKind.SOIL_PROBE: ("土壤探头", "Soil probe"),
    DeviceKind.GATEWAY: ("网关", "Gateway"),
}
PAGE_ROWS = 50


@lists_router.get("")
def home(request: Request, viewer: ViewerOf, sort: Sort = "") -> Response:
    """The first page; without a claimed household it says why it is empty."""
    if not viewer.farms:
        return page(request, "empty.html", {}, viewer=viewer)
    found = home_of(viewer)
    context = {
        "home": found,
        "states": state_rows(),
        "herds": HERDS.ordered(found.herds, sort),
        "herd_heads": HERDS.headings(sort),
        "fields": FIELDS.ordered(found.fields, sort),
        "field_heads": FIELDS.headings(sort),
        "sort": sort,
    }
    return page(request, "home.html", context, viewer=viewer)


@lists_router.get("/animals")
def animals(request: Request, viewer: ViewerOf, herd: str | None = None, sort: Sort = "", at: int = 1) -> Response:
    """The living animals, of one township where `herd` says so."""
    rows = ANIMALS.ordered(animal_rows(viewer, herd), sort)
    kept = "" if herd is None else f"herd={quote(herd)}&"
    return _list(request, viewer, "animals.html", ANIMALS, rows, sort=sort, kept=kept, at=at, herd=herd)


@lists_router.get("/fields")
def fields(request: Request, viewer: ViewerOf, sort: Sort = "", at: int = 1) -> Response:
    """Every field."""
    fresh = {str(each.device.id): each for each in device_freshness(viewer)}
    rows = FIELDS.ordered(field_rows(viewer, fresh), sort)
    return _list(request, viewer, "fields.html", FIELDS, rows, sort=sort, kept="", at=at)


@lists_router.get("/devices")
def devices(request: Request, viewer: ViewerOf, sort: Sort = "", at: int = 1) -> Response:
    """Every device; those without data first."""
    rows = DEVICES.ordered(device_rows(viewer), sort)
    return _list(request, viewer, "devices.html", DEVICES, rows, sort=sort, kept="", at=at)


@lists_router.get("/export/{table}.csv")
def export(viewer: ViewerOf, table: str, herd: str | None = None, sort: Sort = "") -> Response:
    """The table as it is shown: the same rows in the same order, with units, quality and time."""
    if table in {"herds", "fields"}:
        fresh = {str(each.device.id): each for each in device_freshness(viewer)}
        if table == "herds":
            return _csv(HERDS, HERDS.ordered(herd_rows(viewer, herds_of(viewer, fresh)), sort))
        return _csv(FIELDS, FIELDS.ordered(field_rows(viewer, fresh), sort))
    if table == "animals":
        return _csv(ANIMALS, ANIMALS.ordered(animal_rows(viewer, herd), sort))
    if table == "devices":
        return _csv(DEVICES, DEVICES.ordered(device_rows(viewer), sort))
    raise NotVisibleError(kind="table", identifier=table)


@lists_router.get("/find")
def find(request: Request, viewer: ViewerOf, q: Annotated[str, Query(max_length=80)] = "") -> Response:
    """The page of the one animal, field or device that the text names, or all whose names hold it."""
    text = "".join(q.split()).casefold()
    found = [hit for hit in _names(viewer) if text and text in hit[0].casefold()]
    if len(found) == 1:
        return RedirectResponse(found[0][1], status_code=303)
    return page(request, "find.html", {"q": q, "found": found[:PAGE_ROWS], "count": len(found)}, viewer=viewer)


def animal_rows(viewer: Viewer, herd: str | None) -> list[AnimalRow]:
    """The living animals; those whose tag is without data first, then the warmest."""
    fresh = {str(each.device.id): each for each in device_freshness(viewer)}
    store, today = viewer.services.observations, viewer.now
    rows = []
    for animal in viewer.animals.values():
        township = viewer.township(animal.farm)
        if animal.status is not AnimalStatus.ALIVE or herd not in {None, township}:
            continue
        worn = streams(viewer.animal_deployments[animal.id])
        tagged = tagged_animal(store, animal, worn, tag_of(viewer, animal, fresh), viewer.now)
        days = (today.astimezone(viewer.zone(animal.farm)).date() - animal.born_on).days
        rows.append(AnimalRow(tagged=tagged, label=viewer.label(animal.farm), township=township, age_days=days))
    return sorted(rows, key=_animal_urgency)


def device_rows(viewer: Viewer) -> list[DeviceRow]:
    """The devices; those never heard and longest silent first."""
    rows = [_device_row(viewer, fresh) for fresh in device_freshness(viewer)]
    return sorted(rows, key=lambda row: float("-inf") if row.fresh.age_s is None else -row.fresh.age_s)


def _device_row(viewer: Viewer, fresh: Freshness) -> DeviceRow:
    subject = path = ""
    for deployment in viewer.open_deployments.get(fresh.device.id, []):
        if deployment.animal is not None:
            subject, path = f"耳标号 {deployment.animal}", f"/console/animals/{deployment.animal}"
        if deployment.field is not None:
            field = viewer.fields[deployment.field]
            subject, path = f"{viewer.label(field.farm)} {field.name}", f"/console/fields/{field.id}"
    kind_zh, kind_en = KIND_WORDS[fresh.device.kind]
    return DeviceRow(fresh=fresh, kind_zh=kind_zh, kind_en=kind_en, subject=subject, subject_path=path)


def _animal_urgency(row: AnimalRow) -> tuple[bool, float, str]:
    reading = row.of("ear_temperature")
    has_data = row.tagged.punctuality in {None, "on_time", "late"}
    return has_data, 0.0 if reading is None else -reading.value, row.tagged.animal.id


def _names(viewer: Viewer) -> list[tuple[str, str]]:
    animals = [(str(each), f"/console/animals/{each}") for each in viewer.animals]
    fields = [
        (f"{viewer.label(each.farm)}{each.name} {each.id}".replace(" ", ""), f"/console/fields/{each.id}")
        for each in viewer.fields.values()
    ]
    return animals + fields + [(each, f"/console/devices/{each}") for each in viewer.devices]


def _list(
    request: Request,
    viewer: Viewer,
    template: str,
    table: Table[Row],
    rows: list[Row],
    *,
    sort: str,
    kept: str,
    at: int,
    herd: str | None = None,
) -> Response:
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    at = min(max(at, 1), pages)
    context = {
        "rows": rows[(at - 1) * PAGE_ROWS : at * PAGE_ROWS],
        "count": len(rows),
        "heads": table.headings(sort, kept),
        "kept": kept,
        "sort": sort,
        "at": at,
        "pages": pages,
        "herd": herd,
    }
    return page(request, template, context, viewer=viewer)


def _csv(table: Table[Row], rows: list[Row]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="tiantou-{table.name}.csv"'}
    return Response(csv_text(table.export(rows)), media_type="text/csv", headers=headers)
