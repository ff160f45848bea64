"""One day of one animal's sensor as an EPCIS `sensor_reporting` event."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from observations.identifiers import EarTagNumber
from traceability.context import CONTEXT, SENSOR_REPORTING, offset_text
from traceability.epcis.capture import capture_event, named_id
from traceability.gs1.keys import Gln
from traceability.minting import Keyring
from traceability.model import CapturedEvent
from traceability.strict_json import canonical

PROCESSING_METHOD = "https://ns.tiantou.example/method/daily-summary/1"
"""Which aggregator wrote the summary: good values of one local day; its number rises when the arithmetic changes."""

TEMPERATURE, ACTIVITY, STEPS, DISTANCE = "ear_temperature", "activity", "steps", "distance_walked"
"""What `tt:observedProperty` of a report says, where the measurement type alone would be ambiguous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Good values of one property over one day, in the property's unit."""

    minimum: float
    mean: float
    maximum: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceBand:
    """Metres walked: the likely value and the bounds it lies between."""

    low_m: float
    middle_m: float
    high_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySummary:
    """What one device showed of one animal on one local day.

    gln: where the animal was (13 digits). day: the local day; since, until: its bounds or, on the days of tagging and
    slaughter, the part of it that the device was on the animal; both aware and in the farm's own zone.
    temperature: ear temperature, °C. activity: index of the tag, 0 to 100. steps: their number. None where no good
    value came. readings, expected: messages that came and that should have come.
    """

    animal: EarTagNumber
    device: str
    gln: str
    day: date
    since: datetime
    until: datetime
    temperature: Statistics | None = None
    activity: Statistics | None = None
    steps: float | None = None
    distance: DistanceBand | None = None
    readings: int
    expected: int


def sensor_reporting_event(
    summary: DailySummary, *, record_time: datetime, keys: Keyring | None = None
) -> CapturedEvent:
    """The summary as one ObjectEvent; its eventID follows from animal and day, so a day is told once.

    keys: under which keys animal and device are known; None: those of the demonstration prefix.
    Raises KeyFormatError for a GLN that is none.
    """
    named = keys or Keyring()
    pig, place = named.animal(summary.animal).uri, {"id": Gln.parse(summary.gln).uri}
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventID": named_id("daily-summary", summary.animal, summary.day.isoformat()),
        "eventTime": _iso(summary.until),
        "eventTimeZoneOffset": offset_text(summary.until),
        "epcList": [pig],
        "action": "OBSERVE",
        "bizStep": SENSOR_REPORTING,
        "readPoint": place,
        "bizLocation": place,
        "tt:day": summary.day.isoformat(),
        "tt:readings": summary.readings,
        "tt:expected": summary.expected,
    }
    reports = _reports(summary)
    if reports:
        document["sensorElementList"] = [
            {
                "sensorMetadata": {
                    "startTime": _iso(summary.since),
                    "endTime": _iso(summary.until),
                    "deviceID": named.device(summary.device),
                    "dataProcessingMethod": PROCESSING_METHOD,
                },
                "sensorReport": reports,
            }
        ]
    return capture_event(canonical(document).encode(), record_time=record_time)


def _reports(summary: DailySummary) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    if summary.temperature is not None:
        reports.append(_statistics("Temperature", "CEL", TEMPERATURE, summary.temperature))
    if summary.activity is not None:
        reports.append(_statistics("Dimensionless", "C62", ACTIVITY, summary.activity))
    if summary.steps is not None:
        value = round(summary.steps)
        reports.append({"type": "Count", "tt:observedProperty": STEPS, "value": value, "uom": "C62"})
    if summary.distance is not None:
        band = summary.distance
        reports.append(
            {
                "type": "Length",
                "tt:observedProperty": DISTANCE,
                "minValue": round(band.low_m, 1),
                "meanValue": round(band.middle_m, 1),
                "maxValue": round(band.high_m, 1),
                "uom": "MTR",
            }
        )
    return reports


def _statistics(measurement: str, unit: str, name: str, values: Statistics) -> dict[str, Any]:
    return {
        "type": measurement,
        "tt:observedProperty": name,
        "tt:count": values.count,
        "minValue": round(values.minimum, 2),
        "meanValue": round(values.mean, 2),
        "maxValue": round(values.maximum, 2),
        "uom": unit,
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
