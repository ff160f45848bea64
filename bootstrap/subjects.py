"""Which animal or field a reading is of: streams with the names that an export writes beside each value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.deployments import streams
from devices.model import Deployment
from households.model import Farm
from observations.batch import ObservationBatch
from observations.identifiers import FarmId
from observations.model import Stream
from observations.texts import TextColumn
from storage.records.records import Records

NOWHERE_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An animal or a field on a farm; timezone: the farm's, IANA."""

    kind: str
    id: str
    farm: str
    timezone: str


NOBODY = Subject(kind="", id="", farm="", timezone=NOWHERE_ZONE)
"""Of what a device said before it was on any animal or in any field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """During this stream the device told of that subject."""

    stream: Stream
    subject: Subject


def worn_by(records: Records, animals: Collection[str], fields: Collection[str]) -> list[Worn]:
    """Everything that these animals wore and that stood in these fields."""
    farms = {farm.id: farm for farm in records.households.farms()}
    known_animals = {animal.id: animal for animal in records.animals.all() if animal.id in animals}
    known_fields = {field.id: field for field in records.fields.all() if field.id in fields}
    deployments = [
        *records.deployments.of_animals(known_animals.keys()),
        *records.deployments.of_fields(known_fields.keys()),
    ]
    homes: dict[str | None, FarmId] = {one.id: one.farm for one in known_animals.values()}
    homes |= {one.id: one.farm for one in known_fields.values()}
    return [
        Worn(stream=stream, subject=_subject(deployment, farms.get(homes[deployment.animal or deployment.field])))
        for deployment, stream in zip(deployments, streams(deployments), strict=True)
        if (deployment.animal or deployment.field) in homes
    ]


def _subject(deployment: Deployment, farm: Farm | None) -> Subject:
    return Subject(
        kind="animal" if deployment.animal else "field",
        id=str(deployment.animal or deployment.field),
        farm=farm.id if farm else "",
        timezone=farm.timezone if farm else NOWHERE_ZONE,
    )


def subjects_of(batch: ObservationBatch, worn: Sequence[Worn]) -> tuple[Sequence[Subject], NDArray[np.intp]]:
    """The subjects that the rows may be of, and for each row the number of its own; the first is `NOBODY`."""
    subjects = list(dict.fromkeys([NOBODY, *(one.subject for one in worn)]))
    number = {subject: place for place, subject in enumerate(subjects)}
    found = np.zeros(len(batch), np.intp)
    devices, channels = TextColumn.of(batch.device), TextColumn.of(batch.channel)
    here = set(devices.distinct)
    for one in worn:
        if one.stream.device in here:
            found[_rows(one.stream, devices, channels, batch.phenomenon_ms)] = number[one.subject]
    return subjects, found


def _rows(stream: Stream, devices: TextColumn, channels: TextColumn, sent_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = devices.codes == list(devices.distinct).index(stream.device)
    if stream.channel is not None:
        wanted = [code for code, channel in enumerate(channels.distinct) if channel == stream.channel]
        mask &= np.isin(channels.codes, wanted)
    if stream.since_ms is not None:
        mask &= sent_ms >= stream.since_ms
    if stream.until_ms is not None:
        mask &= sent_ms < stream.until_ms
    return mask
