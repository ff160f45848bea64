"""A small supply chain: three pigs, a pack of the first and mince of all, and what may come later."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from observations.identifiers import EarTagNumber
from tests.traceability.one_life import (
    BELLY,
    BORN,
    CARCASS_GTIN,
    FARM,
    LOT,
    NOW,
    PACKED,
    PACKING_HOUSE,
    SLAUGHTERED,
    SLAUGHTERHOUSE,
    USE_BY,
    at,
    event,
)
from traceability.context import SENSOR_REPORTING, TREATING, VACCINATING, animal_giai, device_uri
from traceability.epcis.capture import capture_event
from traceability.gs1.digital_link import DigitalLink
from traceability.model import CapturedEvent

PIGS = 3
MASTER = {"cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": USE_BY.isoformat(), "tt:netWeightKg": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Names of three pigs and of what came of them; number: makes them its own."""

    number: int

    def pig(self, at: int) -> str:
        return animal_giai(EarTagNumber.parse(f"1430182{self.number * 10 + at % PIGS:08}")).uri

    def carcass(self, at: int) -> str:
        return f"{CARCASS_GTIN.uri}/21/{self.number}-{at % PIGS}"

    @property
    def pigs(self) -> list[str]:
        return [self.pig(at) for at in range(PIGS)]

    @property
    def pack(self) -> DigitalLink:
        return DigitalLink.of_item(BELLY, f"P{self.number}", LOT)

    @property
    def mince(self) -> DigitalLink:
        return DigitalLink.of_item(BELLY, f"M{self.number}", LOT)

    @property
    def packs(self) -> Sequence[DigitalLink]:
        return self.pack, self.mince

    def made(self) -> list[CapturedEvent]:
        """How the pigs were born, slaughtered and packed: the second's carcass is cut before it is minced."""
        trims = f"{CARCASS_GTIN.uri}/21/T{self.number}"
        steps = [
            *((SLAUGHTERED, SLAUGHTERHOUSE, [self.pig(at)], [self.carcass(at)]) for at in range(PIGS)),
            (PACKED, PACKING_HOUSE, [self.carcass(0)], [self.pack.epc_uri]),
            (PACKED, PACKING_HOUSE, [self.carcass(1)], [trims]),
            (PACKED, PACKING_HOUSE, [self.carcass(0), trims, self.carcass(2)], [self.mince.epc_uri]),
        ]
        births = [
            event(
                "ObjectEvent", at(BORN, 6, number), FARM, action="ADD", bizStep="commissioning", epcList=[pig],
                ilmd={"tt:breed": "宁乡花猪", "tt:bornOn": BORN.isoformat(), "tt:litterSize": 9},
            )
            for number, pig in enumerate(self.pigs)
        ]  # fmt: skip
        tags = [
            event("AssociationEvent", at(BORN + timedelta(days=20 + number)), FARM,
                  action="ADD", bizStep="installing", parentID=pig, childEPCs=[device_uri(f"t-{pig[-12:]}")])
            for number, pig in enumerate(self.pigs)
        ]  # fmt: skip
        return [
            *births,
            *tags,
            *(
                event("TransformationEvent", at(day, 5 + number), place, bizStep="commissioning",
                      inputEPCList=inputs, outputEPCList=outputs, ilmd=MASTER | {"tt:packedTotalKg": 20.0})
                for number, (day, place, inputs, outputs) in enumerate(steps)
            ),
        ]  # fmt: skip


def later(supply: Supply, what: str, number: int, captured: Sequence[CapturedEvent]) -> CapturedEvent:
    """Another event; number: which pig, day or event it is about."""
    when = at(BORN + timedelta(days=30 + number % 260), number % 24, number % 60)
    return _LATER[what](supply, number, when, captured)


def _of_pigs(step: str, pigs: Sequence[str], when: datetime, **members: object) -> CapturedEvent:
    return event("ObjectEvent", when, FARM, late=timedelta(hours=when.day), action="OBSERVE", bizStep=step,
                 epcList=list(pigs), **members)  # fmt: skip


def _day(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    report = {"type": "Temperature", "tt:observedProperty": "ear_temperature", "uom": "CEL",
              "minValue": 37.0, "meanValue": 38.0 + number % 4, "maxValue": 42.0}  # fmt: skip
    told = {"tt_day": when.date().isoformat(), "tt_readings": number % 145, "tt_expected": 144}
    sensors = [{"sensorMetadata": {"time": when.isoformat()}, "sensorReport": [report]}]
    return _of_pigs(SENSOR_REPORTING, [supply.pig(number)], when, sensorElementList=sensors, **told)


def _weighed(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    report = {"type": "Mass", "value": 10 + number % 60, "uom": "KGM"}
    return _of_pigs("inspecting", [supply.pig(number)], when, sensorElementList=[{"sensorReport": [report]}])


def _treated(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    return _of_pigs(TREATING, [supply.pig(number)], when, tt_medicine="土霉素", tt_withdrawalDays=number % 90)


def _vaccinated(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    return _of_pigs(VACCINATING, supply.pigs[: 1 + number % PIGS], when, tt_vaccine="猪瘟", tt_batch=str(number))


def _certified(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    told = {"tt_certificate": "动物检疫证明", "tt_certificateNumber": str(number), "tt_result": "合格"}
    return _of_pigs("inspecting", supply.pigs[number % PIGS :], when, **told)


def _recalled(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    return _of_pigs("inspecting", [[*supply.pigs, supply.pack.epc_uri][number % 4]], when, disposition="recalled")


def _slaughtered_again(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    return event("TransformationEvent", when, SLAUGHTERHOUSE, bizStep="commissioning",
                 inputEPCList=[supply.pig(number)], outputEPCList=[f"{CARCASS_GTIN.uri}/21/S{number}"])  # fmt: skip


def _made_of_something(supply: Supply, number: int, when: datetime, _: object) -> CapturedEvent:
    return event("TransformationEvent", when, FARM, bizStep="commissioning",
                 inputEPCList=[f"{CARCASS_GTIN.uri}/21/X{number}"], outputEPCList=[supply.pig(number)])  # fmt: skip


def _declared_in_error(
    _supply: Supply, number: int, _when: datetime, captured: Sequence[CapturedEvent]
) -> CapturedEvent:
    wrong = captured[number % len(captured)]
    return _declaration(json.loads(wrong.document))


def _declared_elsewhere(
    supply: Supply, number: int, _when: datetime, captured: Sequence[CapturedEvent]
) -> CapturedEvent:
    """A declaration that does not name what its event names."""
    named = [each for each in captured if each.event_type == "ObjectEvent"]
    wrong = named[number % len(named)]
    return _declaration({**json.loads(wrong.document), "epcList": [supply.pig(number // 7)]})


def _declaration(body: dict[str, object]) -> CapturedEvent:
    body["errorDeclaration"] = {"declarationTime": NOW.isoformat(), "reason": "incorrect_data"}
    return capture_event(json.dumps(body).encode(), record_time=NOW)


Later = Callable[[Supply, int, datetime, Sequence[CapturedEvent]], CapturedEvent]
_LATER: Mapping[str, Later] = {
    "day": _day,
    "weighed": _weighed,
    "treated": _treated,
    "vaccinated": _vaccinated,
    "certified": _certified,
    "recalled": _recalled,
    "slaughtered again": _slaughtered_again,
    "made of something": _made_of_something,
    "declared in error": _declared_in_error,
    "declared elsewhere": _declared_elsewhere,
}
KINDS = tuple(_LATER)
