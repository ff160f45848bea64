"""From the house's values to the shapes of the JSON API."""

from collections.abc import Sequence

from agronomy.model import Field
from api.access import VisibleDevice
from api.freshness import Freshness
from api.heard import payload_text
from api.herds import Herd
from api.readings import Reading, quality_word
from api.rest.schemas import (
    AnimalShape,
    ConflictShape,
    DeviceShape,
    FieldShape,
    HeardShape,
    HerdShape,
    PropertyShape,
    ReadingShape,
    SetAsideShape,
)
from api.spans import moment_of
from devices.model import Deployment, HeardMessage, SetAsideMessage
from livestock.model import Animal
from observations.model import Conflict
from observations.properties import ObservedProperty, observed_property


def property_shape(prop: ObservedProperty) -> PropertyShape:
    """The row of the property table."""
    return PropertyShape(
        name=prop.name,
        unit=prop.unit,
        symbol=prop.symbol,
        low=prop.low,
        high=prop.high,
        precision=prop.precision,
        kind=prop.kind,
        estimated=prop.estimated,
        stale_after_min=prop.stale_after_min,
        zh=prop.zh,
        en=prop.en,
        source=prop.source,
    )


def reading_shape(reading: Reading) -> ReadingShape:
    """The reading, with its unit, quality and age."""
    observation, prop = reading.observation, reading.observed_property
    return ReadingShape.model_validate(
        {
            "observed_property": prop.name,
            "value": observation.value,
            "unit": prop.unit,
            "symbol": prop.symbol,
            "quality": quality_word(observation.quality),
            "mark": reading.mark,
            "age_s": round(reading.age_s, 3),
            "stale": reading.stale,
            "time": observation.corrected_time,
            "phenomenon_time": moment_of(observation.phenomenon_ms),
            "received_time": observation.received_time,
            "device": observation.device,
            "channel": observation.channel,
        }
    )


def animal_shape(animal: Animal, deployments: Sequence[Deployment]) -> AnimalShape:
    """The animal; deployments: those that hold now."""
    return AnimalShape(
        id=animal.id,
        species=animal.id.species,
        farm=animal.farm,
        breed=animal.breed,
        sex=animal.sex,
        born_on=animal.born_on,
        status=animal.status,
        left_on=animal.left_on,
        device=deployments[-1].device if deployments else None,
    )


def field_shape(field: Field, deployments: Sequence[Deployment]) -> FieldShape:
    """The field; deployments: those that hold now."""
    return FieldShape(
        id=field.id,
        farm=field.farm,
        name=field.name,
        area_mu=str(field.area_mu),
        area_ha=str(field.area_ha),
        crop=field.crop,
        variety=field.variety,
        planted_on=field.planted_on,
        devices=sorted({deployment.device for deployment in deployments}),
    )


def herd_shape(herd: Herd) -> HerdShape:
    """The herd's aggregates."""
    ear = herd.ear_temperature
    return HerdShape.model_validate(
        {
            "name": herd.name,
            "households": herd.households,
            "animals": len(herd.animals),
            "tagged": herd.tagged,
            "on_time": herd.on_time,
            "without_data": herd.without_data,
            "ear_temperature_median": None if ear is None else round(ear[0], 3),
            "ear_temperature_age_s": None if ear is None else round(ear[1].age_s, 3),
            "ear_temperature_mark": None if ear is None else ear[1].mark,
        }
    )


def device_fields(device: VisibleDevice, fresh: Freshness, deployments: Sequence[Deployment]) -> dict[str, object]:
    """What `DeviceShape` holds; deployments: the visible ones that hold now."""
    known = device.device
    return {
        "id": known.id,
        "site": known.site,
        "kind": known.kind,
        "label": known.label,
        "dev_eui": known.dev_eui,
        "gateway": known.gateway,
        "state": fresh.punctuality,
        "last_good": fresh.last_good,
        "last_arrived": fresh.last_arrived,
        "age_s": None if fresh.age_s is None else round(fresh.age_s, 3),
        "late_after_s": fresh.late_after_s,
        "silent_after_s": fresh.silent_after_s,
        "animals": sorted({deployment.animal for deployment in deployments if deployment.animal is not None}),
        "fields": sorted({deployment.field for deployment in deployments if deployment.field is not None}),
    }


def device_shape(device: VisibleDevice, fresh: Freshness, deployments: Sequence[Deployment]) -> DeviceShape:
    """The device in a list."""
    return DeviceShape.model_validate(device_fields(device, fresh, deployments))


def heard_shape(message: HeardMessage | None) -> HeardShape | None:
    """The message as it was received."""
    if message is None:
        return None
    return HeardShape(
        received=message.received, topic=message.topic, payload=payload_text(message.payload), problem=message.problem
    )


def conflict_shape(conflict: Conflict) -> ConflictShape:
    """The conflict with its unit."""
    return ConflictShape(
        device=conflict.device,
        channel=conflict.channel,
        observed_property=conflict.observed_property,
        phenomenon_ms=conflict.phenomenon_ms,
        stored_value=conflict.stored_value,
        refused_value=conflict.refused_value,
        unit=observed_property(conflict.observed_property).unit,
        received_time=conflict.received_time,
    )


def set_aside_shape(message: SetAsideMessage) -> SetAsideShape:
    """The message as it waits."""
    return SetAsideShape(
        digest=message.digest,
        topic=message.topic,
        payload=payload_text(message.payload),
        size=message.size,
        code=message.code,
        reason=message.reason,
        device=message.device,
        first_received=message.first_received,
        last_received=message.last_received,
        count=message.count,
    )
