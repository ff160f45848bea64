"""Every reading of an animal or a field as one CSV file, streamed: a row for each instant, units in the header."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from api.access import BEGINNING, Viewer
from api.readings import quality_word
from api.requests import ViewerOf
from api.series import harmless, refuse_far
from api.spans import Span, cut, moment_of
from observations.batch import ObservationBatch
from observations.model import Stream
from observations.properties import observed_properties
from observations.quality import Quality

readings_csv_router = APIRouter(prefix="/api/v1")
Since = Annotated[AwareDatetime | None, Query(description="RFC 3339 with offset; everything where left out")]
Until = Annotated[AwareDatetime | None, Query(description="RFC 3339 with offset; everything where left out")]
CSV: dict[int | str, dict[str, object]] = {200: {"content": {"text/csv": {}}, "description": "a table in UTF-8"}}


@readings_csv_router.get(
    "/animals/{animal_id}/readings.csv",
    summary="All readings of an animal",
    tags=["animals"],
    responses=CSV,
    response_class=StreamingResponse,
)
def animal_readings(viewer: ViewerOf, animal_id: str, since: Since = None, until: Until = None) -> StreamingResponse:
    """Every value as corrected, those implausible too with their quality; by device and time."""
    found = viewer.animal(animal_id)
    streams = viewer.streams_of_animal(found)
    names = _names(viewer, streams)
    return _answer(viewer, _cut(viewer, streams, since, until), names, zone=viewer.zone(found.farm), subject=found.id)


@readings_csv_router.get(
    "/fields/{field_id}/readings.csv",
    summary="All readings of a field",
    tags=["fields"],
    responses=CSV,
    response_class=StreamingResponse,
)
def field_readings(viewer: ViewerOf, field_id: str, since: Since = None, until: Until = None) -> StreamingResponse:
    """Every value as corrected, those implausible too with their quality; by device, depth and time."""
    found = viewer.field(field_id)
    streams = viewer.streams_of_field(found)
    names = _names(viewer, streams)
    return _answer(viewer, _cut(viewer, streams, since, until), names, zone=viewer.zone(found.farm), subject=found.id)


def _cut(viewer: Viewer, streams: Sequence[Stream], since: datetime | None, until: datetime | None) -> list[Stream]:
    refuse_far(since=since, until=until)
    return cut(streams, Span(since=since or BEGINNING, until=until or viewer.now + timedelta(minutes=1)))


def _answer(
    viewer: Viewer, streams: Sequence[Stream], names: Sequence[str], *, zone: ZoneInfo, subject: str
) -> StreamingResponse:
    batches = viewer.services.observations.export(streams)
    # The first is asked for now: that the store is away must still become an error and not a file that breaks off.
    first = list(islice(batches, 1))
    headers = {"Content-Disposition": f'attachment; filename="{subject}-readings.csv"'}
    return StreamingResponse(_text(chain(first, batches), names, zone), media_type="text/csv", headers=headers)


def _names(viewer: Viewer, streams: Sequence[Stream]) -> list[str]:
    """The properties that the devices of these streams ever told of, in the order of the table."""
    latest = viewer.services.observations.latest({stream.device for stream in streams})
    told = {item.arrived.observed_property for item in latest}
    return [name for name in observed_properties() if name in told]


def _text(batches: Iterable[ObservationBatch], names: Sequence[str], zone: ZoneInfo) -> Iterator[str]:
    units = observed_properties()
    values = [cell for name in names for cell in (f"{name} [{units[name].unit}]", f"{name} quality")]
    yield "\ufeff" + _lines([["local_time", "utc_time", "device", "channel", *values]])
    for batch in batches:
        yield _lines(_rows(batch, names, zone))


def _rows(batch: ObservationBatch, names: Sequence[str], zone: ZoneInfo) -> Iterator[list[object]]:
    columns = [cells for name in names for cells in _cells(batch, name)]
    keys = zip(batch.corrected_ms.tolist(), batch.device, batch.channel, strict=True)
    for (ms, device, channel), *cells in zip(keys, *columns, strict=True):
        moment = moment_of(ms)
        yield [moment.astimezone(zone).isoformat(), moment.isoformat(), harmless(device), harmless(channel), *cells]


def _cells(batch: ObservationBatch, name: str) -> tuple[list[object], list[object]]:
    """The values of that property as texts, and their quality; "" where there is none."""
    values = batch.values.get(name)
    if values is None:
        return [""] * len(batch), [""] * len(batch)
    flags = batch.quality.get(name, np.zeros(len(batch), np.uint8)).tolist()
    there = (~np.isnan(values)).tolist()
    return (
        [value if here else "" for value, here in zip(values.tolist(), there, strict=True)],
        [quality_word(Quality(flag)) if here else "" for flag, here in zip(flags, there, strict=True)],
    )


def _lines(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
