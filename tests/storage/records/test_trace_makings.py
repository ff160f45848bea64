"""The many things of one step stand in a text, lead on once something begins at them, and go with their step."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from storage.records.records import Records
from storage.records.tables import trace_links, trace_things
from storage.records.trace_makings import common_head, told_names
from storage.records.trace_tables import trace_makings
from tests.storage.records.supply_graphs import BEGIN, GTIN, sscc
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.model import CapturedEvent

PIG = "https://id.gs1.org/8004/952600014301820000000001"
PACKS = [f"{GTIN}/21/M{number}" for number in range(20)]
BOX = sscc("09526000000000001")


def told(minute: int, **members: object) -> CapturedEvent:
    at = BEGIN + timedelta(minutes=minute)
    frame = {"@context": CONTEXT, "eventTime": at.isoformat(), "eventTimeZoneOffset": "+00:00"}
    return capture_event(json.dumps({**frame, **members}).encode(), record_time=at)


def cutting(**members: object) -> CapturedEvent:
    made = {"inputEPCList": [PIG], "outputEPCList": PACKS}
    return told(0, type="TransformationEvent", eventID="urn:uuid:cut", **made, **members)


def leading_on(records: Records) -> set[str]:
    query = select(trace_things.c.name).join(trace_links, trace_links.c.target == trace_things.c.number)
    with records.engine.connect() as connection:
        names = connection.scalars(query.where(trace_links.c.onward == 1))
        return {name for name in names if name in PACKS}


def texts(records: Records) -> int:
    with records.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(trace_makings)) or 0


def test_a_pack_leads_on_once_it_is_boxed_and_its_box_is_reached(records: Records) -> None:
    records.events.capture([cutting()])
    assert (texts(records), leading_on(records)) == (1, set())
    assert records.traces.forward([PIG]).certain == {*PACKS}
    records.events.capture([told(1, type="AggregationEvent", action="ADD", parentID=BOX, childEPCs=PACKS[:2])])
    assert leading_on(records) == {*PACKS[:2]}
    assert records.traces.forward([PIG]).everything == {*PACKS, BOX}


def test_a_pack_that_was_boxed_before_its_making_was_recorded_leads_on(records: Records) -> None:
    records.events.capture([told(1, type="AggregationEvent", action="ADD", parentID=BOX, childEPCs=PACKS[:2])])
    records.events.capture([cutting()])
    assert leading_on(records) == {*PACKS[:2]}
    assert records.traces.forward([PIG]).everything == {*PACKS, BOX}


def test_what_is_made_and_boxed_in_one_document_leads_on(records: Records) -> None:
    box = told(1, type="AggregationEvent", action="ADD", parentID=BOX, childEPCs=PACKS[:2])
    records.events.capture([box, cutting()])
    assert leading_on(records) == {*PACKS[:2]}
    assert records.traces.forward([PIG]).everything == {*PACKS, BOX}


def test_the_text_of_a_step_declared_in_error_is_gone(records: Records) -> None:
    records.events.capture([cutting()])
    declared = {"declarationTime": (BEGIN + timedelta(days=1)).isoformat(), "reason": "did_not_occur"}
    records.events.capture([cutting(errorDeclaration=declared)])
    assert texts(records) == 0
    assert not records.traces.forward([PIG]).everything


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, unique=True))
def test_names_are_told_as_they_were_kept(names: list[str]) -> None:
    head = common_head(names)
    assert all(name.startswith(head) for name in names)
    tails = json.dumps([name.removeprefix(head) for name in names])
    assert sorted(told_names(head, tails)) == sorted(names)
