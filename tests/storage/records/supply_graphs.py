"""Supply graphs as events, from a seed: mixed mince, re-tags, boxes filled and emptied in part, uncertain links."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.records.trace_rows import FEW
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.gs1.keys import check_digit
from traceability.model import CapturedEvent

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MOVES_A_PORTIONING = 12
METHODS = ("rfid", "rfid", None, "line_sequence", "by_hand")
GTIN = "https://id.gs1.org/01/09526000100010"


class Supply:
    """A place where things are changed, packed and moved at random; each event happens some minutes after another."""

    def __init__(self, seed: int, *, scope: str, animals: int = 5, moves: int = 30) -> None:
        self.scope = scope
        self.random = random.Random(seed)  # noqa: S311 reproducible, no secret
        self.number = 0
        self.moment = BEGIN
        self.events: list[dict[str, Any]] = []
        self.animals = [f"https://id.gs1.org/8004/95260001430182{scope}{number:05}" for number in range(animals)]
        self.tags = [f"https://id.gs1.org/8004/9526000T{scope}-{number}" for number in range(animals + 2)]
        self.boxes = [sscc(f"095260000{scope}{number:05}") for number in range(3)]
        self.lots = [f"{GTIN}/10/{scope}L{number}" for number in range(3)]
        self.things = [*self.animals]
        known = (
            self.slaughter,
            self.mince,
            self.split,
            self.tag,
            self.box,
            self.unbox,
            self.of_lot,
            self.told_apart,
        )
        for move in range(moves):
            self.random.choice(known)()
            if move % MOVES_A_PORTIONING == 0:
                self.portion()
        self.declare_errors()

    def captured(self) -> list[CapturedEvent]:
        """The events in an order of their own, as records come late."""
        order = [*self.events]
        self.random.shuffle(order)
        return [capture_event(json.dumps(event).encode(), record_time=self.moment) for event in order]

    def new(self, kind: str) -> str:
        self.number += 1
        return f"{GTIN}/21/{self.scope}{kind}{self.number}"

    def add(self, kind: str, **members: object) -> None:
        self.moment += timedelta(minutes=self.random.randint(0, 3))
        method = self.random.choice(METHODS)
        self.events.append(
            {
                "@context": CONTEXT,
                "type": kind,
                "eventID": f"urn:uuid:00000000-0000-4000-8{self.scope}-{len(self.events):012}",
                "eventTime": self.moment.isoformat(),
                "eventTimeZoneOffset": "+00:00",
                **({} if method is None else {"tt:linkMethod": method}),
                **members,
            }
        )

    def some(self, most: int) -> list[str]:
        names = [*self.things, *self.tags, *self.boxes]
        return self.random.sample(names, min(self.random.randint(1, most), len(names)))

    def made(self, most: int) -> list[str]:
        names = [self.new("P") for _ in range(self.random.randint(1, most))]
        self.things.extend(names)
        return names

    def slaughter(self) -> None:
        self.add("TransformationEvent", inputEPCList=self.some(1), outputEPCList=self.made(1))

    def mince(self) -> None:
        lot = self.random.choice([None, "L0", "L1"])
        ilmd = {} if lot is None else {"ilmd": {"cbvmda:lotNumber": self.scope + lot}}
        self.add("TransformationEvent", inputEPCList=self.some(4), outputEPCList=self.made(3), **ilmd)

    def split(self) -> None:
        ilmd = {"ilmd": {"cbvmda:lotNumber": self.scope + self.random.choice(["L0", "L1", "L2"])}}
        self.add("TransformationEvent", inputEPCList=self.some(1), outputEPCList=self.made(4), **ilmd)

    def portion(self) -> None:
        """So many packs that they are kept as one text, told at once or, surely or not, in two events."""
        names = [self.new("M") for _ in range(2 * (FEW + 1))]
        self.things.extend(self.random.sample(names, 6))
        lot = {"ilmd": {"cbvmda:lotNumber": f"{self.scope}L0"}} if self.random.random() < 0.3 else {}
        if self.random.random() < 0.5:
            self.add("TransformationEvent", inputEPCList=self.some(1), outputEPCList=names, **lot)
            return
        name = {"transformationID": f"urn:uuid:20000000-0000-4000-8{self.scope}-{len(self.events):012}"}
        self.add("TransformationEvent", **name, inputEPCList=self.some(1), outputEPCList=names[: FEW + 1], **lot)
        self.add("TransformationEvent", **name, inputEPCList=self.some(1), outputEPCList=names[FEW + 1 :])

    def tag(self) -> None:
        action = self.random.choice(["ADD", "ADD", "DELETE"])
        tags = [self.random.choice(self.tags)]
        self.add("AssociationEvent", action=action, parentID=self.random.choice(self.animals), childEPCs=tags)

    def box(self) -> None:
        box = self.random.choice(self.boxes)
        children = [name for name in self.some(3) if name != box]
        if children:
            self.add("AggregationEvent", action="ADD", parentID=box, childEPCs=children)

    def unbox(self) -> None:
        box = self.random.choice(self.boxes)
        children = [name for name in self.some(2) if name != box]
        some = {"childEPCs": children} if children and self.random.random() < 0.7 else {}
        self.add("AggregationEvent", action="DELETE", parentID=box, **some)

    def of_lot(self) -> None:
        """Lots made of things, things made of lots, and a trade item that names no lot."""
        lot = {"epcClass": self.random.choice(self.lots), "quantity": 3.5, "uom": "KGM"}
        if self.random.random() < 0.5:
            self.add("TransformationEvent", inputEPCList=self.some(2), outputQuantityList=[lot, {"epcClass": GTIN}])
        else:
            made = self.made(2)
            self.add("TransformationEvent", inputQuantityList=[lot, {"epcClass": GTIN}], outputEPCList=made)

    def told_apart(self) -> None:
        """One transformation told in three events."""
        name = f"urn:uuid:10000000-0000-4000-8{self.scope}-{len(self.events):012}"
        self.add("TransformationEvent", transformationID=name, inputEPCList=self.some(2))
        self.add("TransformationEvent", transformationID=name, inputEPCList=self.some(2))
        self.add("TransformationEvent", transformationID=name, outputEPCList=self.made(2))

    def declare_errors(self) -> None:
        for event in self.random.sample(self.events, min(3, len(self.events))):
            declared = {"declarationTime": self.moment.isoformat(), "reason": "incorrect_data"}
            self.events.append({**event, "errorDeclaration": declared})


def sscc(stem: str) -> str:
    return f"https://id.gs1.org/00/{stem}{check_digit(stem)}"


def valid_events(supply: Supply) -> Iterator[dict[str, Any]]:
    """What is not declared in error."""
    voided = {event["eventID"] for event in supply.events if "errorDeclaration" in event}
    return (event for event in supply.events if event["eventID"] not in voided)
