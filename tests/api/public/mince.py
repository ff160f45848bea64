"""Mince of many pigs as events: each lived like the one of `one_life`, one transformation mixes their carcasses."""

import json
from collections.abc import Iterator
from datetime import timedelta

from observations.identifiers import EarTagNumber
from tests.traceability.one_life import (
    BELLY,
    CARCASS_GTIN,
    LOT,
    PACKED,
    PACKING_HOUSE,
    PIG,
    SERIAL,
    SLAUGHTERED,
    SLAUGHTERHOUSE,
    USE_BY,
    at,
    daily_events,
    event,
    farm_events,
)
from traceability.context import animal_giai
from traceability.epcis.capture import capture_event, named_id
from traceability.model import CapturedEvent


def mince_events(pigs: int, *, days: int = 3) -> list[CapturedEvent]:
    """The lives of so many pigs, `days` daily summaries of each, and the mince made of them all."""
    numbers = [EarTagNumber.parse(f"1430182{number:08}") for number in range(1, pigs + 1)]
    carcasses = [f"{CARCASS_GTIN.uri}/21/{number}" for number in numbers]
    template = [*farm_events(), *daily_events()[:days]]
    lives = [each for number in numbers for each in _life(template, number)]
    slaughter = [
        event(
            "TransformationEvent", at(SLAUGHTERED, 5), SLAUGHTERHOUSE, bizStep="commissioning", disposition="active",
            inputEPCList=[animal_giai(number).uri], outputEPCList=[carcass], ilmd={"tt:carcassWeightKg": 52.5},
        )
        for number, carcass in zip(numbers, carcasses, strict=True)
    ]  # fmt: skip
    packs = [f"{BELLY.uri}/21/{SERIAL}", *(f"{BELLY.uri}/21/{number:06}" for number in range(100, 400))]
    mincing = event(
        "TransformationEvent", at(PACKED, 7), PACKING_HOUSE, bizStep="commissioning", disposition="active",
        inputEPCList=carcasses, outputEPCList=packs,
        ilmd={
            "cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": USE_BY.isoformat(),
            "tt:netWeightKg": 0.5, "tt:packedTotalKg": 150.5,
        },
    )  # fmt: skip
    return [*lives, *slaughter, mincing]


def _life(template: list[CapturedEvent], number: EarTagNumber) -> Iterator[CapturedEvent]:
    for place, each in enumerate(template):
        body = json.loads(each.document.replace(PIG, number).replace("-0087", f"-{number[-4:]}"))
        body["eventID"] = named_id("mince", number, str(place))
        document = json.dumps(body, ensure_ascii=False).encode()
        yield capture_event(document, record_time=each.event_time + timedelta(minutes=3))
