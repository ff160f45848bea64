"""Animals, fields, herds and what they show, as JSON or CSV."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import Viewer, holds
from api.freshness import freshness_of
from api.grants import AnimalGrant, FieldGrant, Grant
from api.herds import herds_of
from api.readings import latest_readings, quality_word
from api.requests import ServicesOf, ViewerOf
from api.rest.schemas import (
    AnimalShape,
    BucketShape,
    FieldShape,
    HerdShape,
    LatestShape,
    PointShape,
    PropertyShape,
    SeriesShape,
)
from api.rest.shaping import animal_shape, field_shape, herd_shape, property_shape, reading_shape
from api.series import SeriesAnswer, SeriesQuery, answer, csv_text, parse_query, series_rows
from api.services import Services
from api.spans import moment_of
from devices.model import Deployment
from observations.properties import observed_properties
from observations.quality import Quality

telemetry_router = APIRouter(prefix="/api/v1")


async def asked_series(
    services: ServicesOf,
    observed_property: Annotated[str, Query(alias="property", description="name as in /properties")],
    since: Annotated[AwareDatetime | None, Query(description="RFC 3339 with offset; 72 h before `until`")] = None,
    until: Annotated[AwareDatetime | None, Query(description="RFC 3339 with offset; now where left out")] = None,
    bucket: Annotated[str, Query(description='"raw", or a width such as 15m, 1h, 1d', examples=["1h"])] = "1h",
) -> SeriesQuery:
    """The series that the query parameters ask for."""
    return parse_query(name=observed_property, since=since, until=until, bucket=bucket, now=services.now())


Asked = Annotated[SeriesQuery, Depends(asked_series)]
Format = Annotated[Literal["json", "csv"] | None, Query(description="as the Accept header says where left out")]
Accept = Annotated[str, Header()]
CSV_RESPONSE: dict[int | str, dict[str, object]] = {200: {"content": {"text/csv": {}}}}


@telemetry_router.get("/properties", summary="Observed properties, their units and ranges", tags=["vocabulary"])
def properties(_viewer: ViewerOf) -> list[PropertyShape]:
    """Every property that devices observe; each has one unit everywhere."""
    return [property_shape(prop) for prop in observed_properties().values()]


@telemetry_router.get("/herds", summary="Herds and their present state", tags=["animals"])
def herds(viewer: ViewerOf) -> list[HerdShape]:
    """The living animals of your farms by township; those with silent tags first."""
    fresh = freshness_of(viewer.services.observations, list(viewer.devices.values()), viewer.now)
    return [herd_shape(herd) for herd in herds_of(viewer, {str(each.device.id): each for each in fresh})]


@telemetry_router.get("/animals", summary="Animals of your farms", tags=["animals"])
def animals(viewer: ViewerOf) -> list[AnimalShape]:
    """Every animal, dead or alive, by farm and number."""
    worn = viewer.animal_deployments
    return [animal_shape(animal, _now(worn[animal.id], viewer)) for animal in viewer.animals.values()]


@telemetry_router.get("/animals/{animal_id}", summary="One animal", tags=["animals"])
def animal(viewer: ViewerOf, animal_id: str) -> AnimalShape:
    """The animal of that ear-tag number (15 digits, spaces and hyphens are ignored)."""
    found = viewer.animal(animal_id)
    return animal_shape(found, _now(viewer.services.deployments.of_animals([found.id]), viewer))


@telemetry_router.get("/animals/{animal_id}/latest", summary="What an animal shows now", tags=["animals"])
async def animal_latest(services: ServicesOf, grant: AnimalGrant) -> LatestShape:
    """The newest good value of every property, from memory. Implausible values are never here."""
    return _latest(services, grant)


@telemetry_router.get(
    "/animals/{animal_id}/series",
    summary="A property of an animal over time",
    tags=["animals"],
    response_model=SeriesShape,
    responses=CSV_RESPONSE,
)
async def animal_series(
    services: ServicesOf,
    grant: AnimalGrant,
    query: Asked,
    accept: Accept = "",
    format: Format = None,  # noqa: A002 as in the URL
) -> SeriesShape | Response:
    """Raw values with their quality (those implausible too), or good values in buckets on local time."""
    return await run_in_threadpool(_series, services, grant, query, format or accept)


@telemetry_router.get("/fields", summary="Fields of your farms", tags=["fields"])
def fields(viewer: ViewerOf) -> list[FieldShape]:
    """Every field, by farm and name."""
    stood = viewer.field_deployments
    return [field_shape(field, _now(stood[field.id], viewer)) for field in viewer.fields.values()]


@telemetry_router.get("/fields/{field_id}", summary="One field", tags=["fields"])
def field(viewer: ViewerOf, field_id: str) -> FieldShape:
    """The field of that id."""
    found = viewer.field(field_id)
    return field_shape(found, _now(viewer.services.deployments.of_fields([found.id]), viewer))


@telemetry_router.get("/fields/{field_id}/latest", summary="What a field shows now", tags=["fields"])
async def field_latest(services: ServicesOf, grant: FieldGrant) -> LatestShape:
    """The newest good value of every property and depth, from memory."""
    return _latest(services, grant)


@telemetry_router.get(
    "/fields/{field_id}/series",
    summary="A property of a field over time",
    tags=["fields"],
    response_model=SeriesShape,
    responses=CSV_RESPONSE,
)
async def field_series(
    services: ServicesOf,
    grant: FieldGrant,
    query: Asked,
    accept: Accept = "",
    format: Format = None,  # noqa: A002 as in the URL
) -> SeriesShape | Response:
    """Raw values by depth with their quality, or good values of all depths in buckets on local time."""
    return await run_in_threadpool(_series, services, grant, query, format or accept)


def _now(deployments: Sequence[Deployment], viewer: Viewer) -> list[Deployment]:
    return [deployment for deployment in deployments if holds(deployment, viewer.now)]


def _latest(services: Services, grant: Grant) -> LatestShape:
    now = services.now()
    readings = latest_readings(services.observations, grant.streams, now)
    return LatestShape(id=grant.subject, now=now, latest=[reading_shape(reading) for reading in readings])


def _series(services: Services, grant: Grant, query: SeriesQuery, wanted: str) -> SeriesShape | Response:
    subject = grant.subject
    found = answer(services.observations, grant.streams, query, grant.zone)
    if "csv" in wanted:
        name = f"{subject}-{query.observed_property.name}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(csv_text(series_rows(found, subject)), media_type="text/csv", headers=headers)
    return SeriesShape(
        id=subject,
        observed_property=query.observed_property.name,
        unit=query.observed_property.unit,
        symbol=query.observed_property.symbol,
        since=query.span.since,
        until=query.span.until,
        bucket_s=None if query.width_ms is None else query.width_ms // 1000,
        truncated=found.truncated,
        points=_points(found),
        buckets=_buckets(found),
    )


def _points(found: SeriesAnswer) -> list[PointShape]:
    raw = found.raw
    if raw is None:
        return []
    return [
        PointShape(
            time=_time(raw.phenomenon_ms[i]),
            value=float(raw.value[i]),
            quality=quality_word(Quality(int(raw.quality[i]))),
            device=raw.device[i],
            channel=raw.channel[i],
        )
        for i in range(len(raw.value))
    ]


def _buckets(found: SeriesAnswer) -> list[BucketShape]:
    rows = found.buckets
    if rows is None:
        return []
    return [
        BucketShape(
            start=_time(rows.start_ms[i]),
            min=float(rows.minimum[i]),
            mean=float(rows.mean[i]),
            max=float(rows.maximum[i]),
            total=float(rows.total[i]),
            count=int(rows.count[i]),
            devices=int(rows.devices[i]),
        )
        for i in range(len(rows.start_ms))
    ]


def _time(ms: int) -> datetime:
    return moment_of(int(ms))
