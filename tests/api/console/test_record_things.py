"""What can be ticked: an enterprise finds its own things, however many others were made since."""

import json
from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from api.console.record_things import MOST_EVENTS
from storage.records.records import Records
from tests.api.console.form_posts import HOME, keep_all
from tests.api.world import World
from tests.traceability.one_life import PACKING_HOUSE
from tests.traceability.pig_life import CARCASS, before_slaughter, slaughter
from traceability.epcis.capture import capture_event
from traceability.model import CapturedEvent

NOW = datetime(2026, 9, 20, tzinfo=UTC)


def cut_elsewhere(number: int) -> CapturedEvent:
    body = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "TransformationEvent",
        "eventTime": (NOW - timedelta(minutes=number + 1)).isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "inputEPCList": [f"https://id.gs1.org/01/09526000200109/21/IN{number}"],
        "outputEPCList": [f"https://id.gs1.org/01/09526000200109/21/OUT{number}"],
        "bizLocation": {"id": PACKING_HOUSE.uri},
    }
    return capture_event(json.dumps(body).encode(), record_time=NOW)


def test_an_enterprises_things_are_listed_though_others_made_many_since(
    world: World, operator: TestClient, wangbei: TestClient, records: Records
) -> None:
    world.now = NOW
    keep_all(operator, *before_slaughter(), slaughter())
    records.events.capture([cut_elsewhere(number) for number in range(MOST_EVENTS + 1)])
    chilling = wangbei.get(f"{HOME}/chilling").text
    assert f'type="checkbox" name="things" value="{CARCASS}"' in chilling
    assert "/21/OUT" not in chilling
    assert "/21/OUT0" in operator.get(f"{HOME}/chilling").text
    assert "/21/" not in world.client("other").get(f"{HOME}/chilling").text
