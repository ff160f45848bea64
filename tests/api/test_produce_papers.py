"""Fresh produce that left its farm without a certificate, over HTTP and on the page of papers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.world import World
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event

LOT = "https://id.gs1.org/01/09526000200017/10/F7-2026"


@pytest.fixture
def world(world: World) -> World:
    """A lot of household 3, the farm of `other`, was harvested and shipped."""
    farm = next(each for each in world.households.farms() if each.household == "h-03")
    goods = {"quantityList": [{"epcClass": LOT, "quantity": 800, "uom": "KGM"}]}
    place = {"bizLocation": {"id": f"https://id.gs1.org/414/{farm.gln}"}}
    told: list[dict[str, Any]] = [
        {"action": "ADD", "bizStep": "commissioning", **goods, **place},
        {"action": "OBSERVE", "bizStep": "shipping", **goods, **place},
    ]
    for hour, members in enumerate(told, start=1):
        body = {
            "@context": CONTEXT,
            "type": "ObjectEvent",
            "eventTime": f"2026-07-20T0{hour}:00:00Z",
            "eventTimeZoneOffset": "+08:00",
            **members,
        }
        event = capture_event(json.dumps(body).encode(), record_time=datetime(2026, 7, 21, tzinfo=UTC))
        world.events.capture([event])
    return world


def test_a_lot_sold_without_a_certificate_is_told_to_its_enterprise_and_to_no_other(world: World) -> None:
    (lot,) = world.program("other").get("/api/v1/produce/uncovered").json()
    assert (lot["lot"], lot["left_on"], lot["kg"], lot["mandatory"]) == (LOT, "2026-07-20", 800.0, True)
    assert world.program("wangbei").get("/api/v1/produce/uncovered").json() == []
    assert "F7-2026" in world.client("other").get("/console/papers").text
    assert "F7-2026" not in world.client("wangbei").get("/console/papers").text
