"""The page of one animal and of one field, with their charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access import Viewer
from api.console.charts import CHARTED_IN_FIELDS, animal_charts, field_charts
from api.console.field_advice import WhatIfAsked, advice_context
from api.console.field_pictures import soil_picture
from api.console.home import device_freshness
from api.console.hops import hops_of
from api.console.pictures import line_chart
from api.console.rendering import page
from api.console.rows import depth_of
from api.console.timeline import timeline_of
from api.freshness import Freshness
from api.heard import heard_of, problem_of
from api.readings import Reading, latest_readings, newest_of
from api.requests import ViewerOf
from api.spans import DAY_MS, HOUR_MS, Span, cut, last_hours, moment_of, offset_ms
from devices.deployments import deployment_at, streams
from devices.model import Deployment
from livestock.model import Animal, AnimalStatus
from observations.identifiers import EarTagNumber
from observations.model import Stream
from observations.properties import ObservedProperty, observed_property

subjects_router = APIRouter(prefix="/console", include_in_schema=False)

Hours = Annotated[int, Query(ge=1, le=24 * 1000)]
SPANS = ((24, "1 天"), (72, "3 天"), (24 * 14, "14 天"), (24 * 60, "60 天"), (24 * 365, "1 年"))
USUAL_HOURS = 72
DAILY_DAYS = 14
SHOWN_EVENTS = 8
SMALLEST_HERD = 3
"""With fewer others on time a median says little."""
IN_HOPS = frozenset({"battery", "rssi"})
"""Properties of the device, not of the animal: the card on hops shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day of a property."""

    date: str
    low: float
    mean: float
    high: float
    total: float
    count: int


@subjects_router.get("/animals/{animal_id}")
def animal_page(request: Request, viewer: ViewerOf, animal_id: str, hours: Hours = USUAL_HOURS) -> Response:
    """Evidence: values with their age, charts, why nothing arrives, deployments, events."""
    animal = viewer.animal(animal_id)
    zone = viewer.zone(animal.farm)
    deployments = viewer.services.deployments.of_animals([animal.id])
    worn = streams(deployments)
    readings = latest_readings(viewer.services.observations, worn, viewer.now)
    ear = observed_property("ear_temperature")
    today = viewer.now.astimezone(zone).date()
    context = {
        "animal": animal,
        "zone": zone,
        "label": viewer.label(animal.farm),
        "township": viewer.township(animal.farm),
        "age_days": ((animal.left_on or today) - animal.born_on).days,
        "readings": [each for each in readings if each.observed_property.name not in IN_HOPS],
        "difference": _difference(viewer, animal, readings),
        "still": _still(viewer, worn, ear, zone, hours),
        "days": _days(viewer, worn, ear, zone),
        "steps": {day.date: day.total for day in _days(viewer, worn, observed_property("steps"), zone)},
        "deployments": deployments[::-1],
        "timeline": timeline_of(viewer, animal),
        "shown_events": SHOWN_EVENTS,
        "hours": hours,
        "spans": SPANS,
        "property": ear,
        **_why(viewer, deployments),
    }
    return page(request, "animal.html", context, viewer=viewer, charts=True)


@subjects_router.get("/animals/{animal_id}/charts.json")
def animal_chart(viewer: ViewerOf, animal_id: str, hours: Hours = USUAL_HOURS) -> Response:
    """The charts as a BokehJS document."""
    animal = viewer.animal(animal_id)
    item = animal_charts(
        store=viewer.services.observations,
        span=last_hours(hours, viewer.now),
        zone=viewer.zone(animal.farm),
        worn=viewer.streams_of_animal(animal),
        herd=_herd_streams(viewer, animal),
    )
    return _json(item)


@subjects_router.get("/fields/{field_id}")
def field_page(
    request: Request,
    viewer: ViewerOf,
    field_id: str,
    asked: Annotated[WhatIfAsked, Depends(WhatIfAsked.of)],
    hours: Hours = USUAL_HOURS,
) -> Response:
    """The advice as its decision runs, the soil by depth, and charts."""
    field = viewer.field(field_id)
    zone = viewer.zone(field.farm)
    deployments = viewer.services.deployments.of_fields([field.id])
    stood = streams(deployments)
    readings = latest_readings(viewer.services.observations, stood, viewer.now)
    moisture = observed_property("soil_moisture")
    today = viewer.now.astimezone(zone).date()
    depths = _by_depth(readings)
    context = {
        "field": field,
        "zone": zone,
        "label": viewer.label(field.farm),
        "days_planted": None if field.planted_on is None else (today - field.planted_on).days,
        "depths": depths,
        "indicative": [reading for reading in readings if reading.observed_property.estimated],
        "above": [reading for reading in readings if reading.observed_property.name == "illuminance"],
        "still": _still(viewer, stood, moisture, zone, hours),
        "days": _days(viewer, stood, moisture, zone),
        "deployments": deployments[::-1],
        "hours": hours,
        "spans": SPANS,
        "property": moisture,
        "soil": soil_picture([depth_of(depth) for depth, _ in depths], _soil_sentence(depths)),
        **advice_context(viewer, field, asked),
        **_why(viewer, deployments),
    }
    return page(request, "field.html", context, viewer=viewer, charts=True)


@subjects_router.get("/fields/{field_id}/charts.json")
def field_chart(viewer: ViewerOf, field_id: str, hours: Hours = USUAL_HOURS) -> Response:
    """The charts as a BokehJS document."""
    field = viewer.field(field_id)
    by_channel: dict[str, list[Stream]] = {}
    for stream in viewer.streams_of_field(field):
        for channel in _channels(viewer, stream):
            part = Stream(device=stream.device, channel=channel, since_ms=stream.since_ms, until_ms=stream.until_ms)
            by_channel.setdefault(channel, []).append(part)
    item = field_charts(
        store=viewer.services.observations,
        span=last_hours(hours, viewer.now),
        zone=viewer.zone(field.farm),
        stood=sorted(by_channel.items(), key=lambda each: depth_of(each[0])),
    )
    return _json(item)


def _why(viewer: Viewer, deployments: Sequence[Deployment]) -> dict[str, Any]:
    """What the card "why is nothing arriving" shows: of the device that is on it now."""
    present = deployment_at(deployments, viewer.now)
    device = None if present is None else viewer.devices.get(present.device)
    if device is None:
        return {"device": None, "fresh": None, "hops": [], "heard": None, "problem": None}
    fresh: list[Freshness] = device_freshness(viewer)
    newest = latest_readings(viewer.services.observations, [Stream(device=device.device.id)], viewer.now)
    return {
        "device": device.device,
        "fresh": next(each for each in fresh if each.device.id == device.device.id),
        "hops": hops_of(viewer, device, newest, fresh),
        "heard": heard_of(viewer, device),
        "problem": problem_of(viewer, device),
    }


def _channels(viewer: Viewer, stream: Stream) -> list[str]:
    if stream.channel is not None:
        return [stream.channel]
    arrived = [latest.arrived for latest in viewer.services.observations.latest([stream.device])]
    return sorted({each.channel for each in arrived if each.observed_property in CHARTED_IN_FIELDS})


def _by_depth(readings: Sequence[Reading]) -> list[tuple[str, list[Reading]]]:
    """The measured soil properties of each depth, the shallowest first."""
    depths: dict[str, list[Reading]] = {}
    for reading in readings:
        prop = reading.observed_property
        if prop.name.startswith("soil_") and not prop.estimated:
            depths.setdefault(reading.observation.channel, []).append(reading)
    return sorted(depths.items(), key=lambda each: depth_of(each[0]))


def _soil_sentence(depths: Sequence[tuple[str, list[Reading]]]) -> str:
    said = [
        f"{depth_of(depth):g} cm：" + "，".join(f"{each.observed_property.zh} {each.text}" for each in readings)
        for depth, readings in depths
    ]
    return "土壤剖面，" + "；".join(said) if said else "土壤剖面，还没有读数"


def _herd_streams(viewer: Viewer, animal: Animal) -> list[Stream]:
    return [stream for worn in _herd(viewer, animal).values() for stream in streams(worn)]


def _herd(viewer: Viewer, animal: Animal) -> dict[EarTagNumber, list[Deployment]]:
    """What the living animals of the animal's township wore."""
    township = viewer.township(animal.farm)
    return {
        other.id: viewer.animal_deployments[other.id]
        for other in viewer.animals.values()
        if other.status is AnimalStatus.ALIVE and viewer.township(other.farm) == township
    }


def _difference(viewer: Viewer, animal: Animal, readings: Sequence[Reading]) -> float | None:
    """Ear temperature above the median of the rest of the herd now, °C; None where either is stale or missing."""
    mine = newest_of(readings, "ear_temperature")
    others = [
        newest_of(latest_readings(viewer.services.observations, streams(worn), viewer.now), "ear_temperature")
        for number, worn in _herd(viewer, animal).items()
        if number != animal.id
    ]
    current = [reading.value for reading in others if reading is not None and not reading.stale]
    if mine is None or mine.stale or len(current) < SMALLEST_HERD:
        return None
    return mine.value - median(current)


def _still(viewer: Viewer, parts: Sequence[Stream], prop: ObservedProperty, zone: ZoneInfo, hours: int) -> Markup:
    span = last_hours(hours, viewer.now)
    width = max(HOUR_MS, hours * HOUR_MS // 300)
    rows = viewer.services.observations.buckets(cut(parts, span), prop.name, width_ms=width)
    points = [(int(ms) + width // 2, float(mean)) for ms, mean in zip(rows.start_ms, rows.mean, strict=True)]
    label = f"{prop.zh}，{len(points)} 段平均值"
    if points:
        low, high = min(value for _, value in points), max(value for _, value in points)
        label = f"{prop.zh}在 {low:.1f} 到 {high:.1f} {prop.symbol} 之间"
    return line_chart(points, span, zone, gap_ms=2 * width, unit=prop.symbol, label=label)


def _days(viewer: Viewer, parts: Sequence[Stream], prop: ObservedProperty, zone: ZoneInfo) -> list[Day]:
    """The last two weeks by local day, the newest first."""
    span: Span = last_hours(DAILY_DAYS * 24, viewer.now)
    shift = offset_ms(viewer.now, zone)
    rows = viewer.services.observations.buckets(cut(parts, span), prop.name, width_ms=DAY_MS, offset_ms=shift)
    days = [
        Day(
            date=moment_of(int(rows.start_ms[i])).astimezone(zone).date().isoformat(),
            low=float(rows.minimum[i]),
            mean=float(rows.mean[i]),
            high=float(rows.maximum[i]),
            total=float(rows.total[i]),
            count=int(rows.count[i]),
        )
        for i in range(len(rows.start_ms))
    ]
    return sorted(days, key=lambda day: day.date, reverse=True)[:DAILY_DAYS]


def _json(item: dict[str, Any]) -> Response:
    return JSONResponse(item)
