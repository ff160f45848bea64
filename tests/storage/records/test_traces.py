"""What recursive SQL finds is what brute force finds, whatever was mixed, re-tagged, unpacked or guessed."""

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, event, func, select, update

from storage.records.errors import RecordRefusedError
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.tables import trace_links, trace_version
from tests.storage.records.supply_graphs import BEGIN, GTIN, Supply, sscc, valid_events
from tests.storage.records.trace_oracle import Oracle
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.model import CapturedEvent

SEEDS = range(40)


def test_traces_of_generated_supply_graphs_are_those_of_brute_force(records: Records) -> None:
    """All seeds share one database: names of one graph are made its own."""
    compared = found = unsure = 0
    for seed in SEEDS:
        supply = Supply(seed, scope=f"{seed:03}")
        events = supply.captured()
        for start in range(0, len(events), 7):
            records.events.capture(events[start : start + 7])
        oracle = Oracle(valid_events(supply))
        things = [*supply.things, *supply.tags, *supply.boxes, *supply.lots]
        forward = {thing: oracle.forward(thing) for thing in things}
        for thing in things:
            told = records.traces.forward([thing])
            assert [told.certain, told.possible] == [*forward[thing]], (seed, thing)
            back = records.traces.back([thing])
            sure = {each for each in things if thing in forward[each][0]}
            maybe = {each for each in things if thing in forward[each][1]}
            assert [back.certain, back.possible] == [sure, maybe], (seed, thing)
            compared, found, unsure = compared + 1, found + len(told.everything), unsure + len(told.possible)
    assert compared > 1000
    assert unsure > 1000
    assert found - unsure > 1000


def test_links_of_events_captured_before_are_made_by_migrating(records: Records) -> None:
    supply = Supply(7, scope="007", moves=60)
    records.events.capture(supply.captured())
    before = {thing: records.traces.forward([thing]) for thing in supply.things}
    with records.engine.begin() as connection:
        connection.execute(delete(trace_links))
        connection.execute(update(trace_version).values(number=0))
    assert not records.traces.forward(supply.things).everything
    migrate(records.engine)
    assert {thing: records.traces.forward([thing]) for thing in supply.things} == before


def test_an_event_that_is_refused_leaves_no_link(records: Records) -> None:
    supply = Supply(3, scope="003")
    events = supply.captured()
    with pytest.raises(RecordRefusedError):
        records.events.capture([*events, replace(events[0], event_id="\x00")])
    with records.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(trace_links)) == 0


def test_a_container_that_was_used_often_is_not_read_from_its_beginning(tmp_path: Path) -> None:
    """What SQLite does for one more use, in steps of its virtual machine, does not grow with the uses before."""
    records = Records.open(f"sqlite:///{tmp_path}/records.sqlite")
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    def watch(connection: sqlite3.Connection, _: object) -> None:
        connection.set_progress_handler(count, 100)

    event.listen(records.engine, "connect", watch)
    migrate(records.engine)
    records.engine.dispose()
    taken = []
    for use in range(120):
        steps[0] = 0
        records.events.capture(one_use(use))
        taken.append(steps[0])
    records.close()
    assert sum(taken[110:]) <= 1.5 * sum(taken[20:30])


def one_use(use: int) -> list[CapturedEvent]:
    """Two things are put into the same box, and it is emptied."""
    at = BEGIN + timedelta(hours=use)
    box, things = sscc("09526000000000001"), [f"{GTIN}/21/{use}-{each}" for each in range(2)]
    said: list[dict[str, object]] = [
        {"action": "ADD", "childEPCs": things, "eventTime": at.isoformat()},
        {"action": "DELETE", "eventTime": (at + timedelta(minutes=30)).isoformat()},
    ]
    frame = {"@context": CONTEXT, "type": "AggregationEvent", "eventTimeZoneOffset": "+00:00", "parentID": box}
    return [capture_event(json.dumps({**frame, **each}).encode(), record_time=at) for each in said]


def test_a_tag_named_after_it_was_taken_off_leads_to_its_last_wearer_until_another_wears_it(records: Records) -> None:
    pigs = [f"https://id.gs1.org/8004/9526000143018200000{number:03}" for number in range(2)]
    tag, packs = "https://id.gs1.org/8004/9526000T-7", [f"{GTIN}/21/T{number}" for number in range(3)]
    frame = {"@context": CONTEXT, "eventTimeZoneOffset": "+00:00"}
    told: list[dict[str, object]] = [
        {"type": "AssociationEvent", "action": "ADD", "parentID": pigs[0], "childEPCs": [tag]},
        {"type": "AssociationEvent", "action": "DELETE", "parentID": pigs[0], "childEPCs": [tag]},
        {"type": "TransformationEvent", "inputEPCList": [tag], "outputEPCList": [packs[0]]},
        {"type": "AssociationEvent", "action": "ADD", "parentID": pigs[1], "childEPCs": [tag]},
        {"type": "TransformationEvent", "inputEPCList": [tag], "outputEPCList": [packs[1]]},
    ]
    for minute, each in enumerate(told):
        at = BEGIN + timedelta(minutes=minute)
        body = {**frame, **each, "eventTime": at.isoformat()}
        records.events.capture([capture_event(json.dumps(body).encode(), record_time=at)])
    first, second = (records.traces.forward([pig]) for pig in pigs)
    assert packs[0] in first.possible
    assert packs[1] not in first.everything
    assert packs[1] in second.certain
    assert pigs[0] in records.traces.back([packs[0]]).possible
