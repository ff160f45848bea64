"""What recursive SQL finds is what brute force finds, whatever was mixed, re-tagged, unpacked or guessed."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from storage.records.errors import RecordRefusedError
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.tables import trace_links, trace_version
from tests.storage.records.supply_graphs import Supply, valid_events
from tests.storage.records.trace_oracle import Oracle

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
