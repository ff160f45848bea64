"""What SQL answers is what the conditions say, page by page, whatever is captured meanwhile."""

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records.records import Records
from traceability.epcis.capture import capture_event
from traceability.epcis.event_facts import facts_of_document
from traceability.epcis.event_queries import EventQuery, OrderBy, TextCondition
from traceability.epcis.query_parameters import read_query
from traceability.errors import QueryTooLargeError
from traceability.model import CapturedEvent, Position

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example/"}]
PREFIXES = {"ex": "https://ns.example/"}
PIGS = [f"https://id.gs1.org/8004/9526000143018200000{number:03}" for number in range(4)]
LOT = "https://id.gs1.org/01/09526000100010/10/L1"


def event(**changes: object) -> dict[str, Any]:
    value: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": "2026-07-01T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [PIGS[0]],
        "action": "OBSERVE",
        **changes,
    }
    return {name: part for name, part in value.items() if part is not None}


VARIED: list[dict[str, Any]] = [
    event(bizStep="inspecting", disposition="active"),
    event(bizStep="https://ref.gs1.org/cbv/BizStep-inspecting", epcList=[PIGS[1], "urn:epc:id:sgtin:4012345.011111.9"]),
    event(epcList=[], quantityList=[{"epcClass": LOT, "quantity": 12.5, "uom": "KGM"}], **{"ex:grade": "A"}),
    event(eventTime="2026-07-02T08:00:00.000+08:00", readPoint={"id": "https://id.gs1.org/414/9526000100010/254/b1"}),
    event(bizLocation={"id": "urn:epc:id:sgln:9526000.10001.b1"}, **{"ex:weight": 3.5}),
    event(type="AggregationEvent", epcList=None, parentID="urn:epc:id:sscc:0614141.1234567890", childEPCs=[PIGS[2]]),
    event(
        type="TransformationEvent",
        action=None,
        epcList=None,
        inputEPCList=[PIGS[0]],
        outputQuantityList=[{"epcClass": LOT, "quantity": 80.0, "uom": "KGM"}],
        ilmd={"ex:breed": {"ex:name": "宁乡花猪"}},
        transformationID="urn:uuid:1",
    ),
    event(
        errorDeclaration={
            "declarationTime": "2026-07-03T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:uuid:2"],
            "ex:by": "vet",
        },
        eventID="urn:uuid:0",
    ),
    event(
        type="TransactionEvent",
        bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:po:1"}],
        sourceList=[{"type": "owning_party", "source": "https://id.gs1.org/417/9526000100010"}],
        persistentDisposition={"set": ["recalled"], "unset": ["active"]},
    ),
    event(
        sensorElementList=[
            {
                "sensorMetadata": {"startTime": "2026-07-01T00:00:00Z", "deviceID": "urn:x:tag", "ex:site": "s"},
                "sensorReport": [
                    {"type": "Temperature", "value": 38.5, "uom": "CEL", "ex:note": "2026-07-01T00:00:00Z"},
                    {"type": "Count", "booleanValue": True, "stringValue": "x" * 3000, "percRank": 50.0},
                ],
                "ex:batch": 7,
            }
        ]
    ),
]

QUESTIONS: list[dict[str, list[str]]] = [
    {},
    {"eventType": ["ObjectEvent", "AggregationEvent"]},
    {"EQ_bizStep": ["inspecting"]},
    {"EQ_bizStep": ["urn:epcglobal:cbv:bizstep:inspecting"], "EQ_disposition": ["active"]},
    {"EQ_action": ["OBSERVE"], "eventType": ["ObjectEvent"]},
    {"GE_eventTime": ["2026-07-02T00:00:00Z"]},
    {"LT_eventTime": ["2026-07-01T00:00:00Z"]},
    {"GE_recordTime": ["2026-07-01T12:00:03Z"], "LT_recordTime": ["2026-07-01T12:00:06Z"]},
    {"MATCH_epc": [PIGS[0], PIGS[2]]},
    {"MATCH_anyEPC": [PIGS[0]]},
    {"MATCH_inputEPC": [PIGS[0]]},
    {"MATCH_anyEPC": ["https://id.gs1.org/01/04012345111118/21/9"]},
    {"MATCH_anyEPC": ["urn:epc:idpat:sgtin:4012345.011111.*"]},
    {"MATCH_anyEPC": ["urn:epc:idpat:sgtin:4012345.*.*"]},
    {"MATCH_parentID": ["https://id.gs1.org/00/106141412345678908"]},
    {"MATCH_anyEPCClass": [LOT]},
    {"MATCH_outputEPCClass": [LOT]},
    {"GE_quantity": ["12.5"]},
    {"GT_quantity_KGM": ["12.5"]},
    {"EQ_quantity": ["12.5", "13"]},
    {"EQ_readPoint": ["https://id.gs1.org/414/9526000100010"]},
    {"WD_readPoint": ["https://id.gs1.org/414/9526000100010"]},
    {"WD_bizLocation": ["https://id.gs1.org/414/9526000100010"]},
    {"EQ_eventID": ["urn:uuid:0"]},
    {"EQ_transformationID": ["urn:uuid:1"]},
    {"EXISTS_errorDeclaration": ["true"]},
    {"EXISTS_errorDeclaration": ["false"]},
    {"EQ_errorReason": ["incorrect_data"], "GE_errorDeclarationTime": ["2026-07-03T00:00:00Z"]},
    {"EQ_correctiveEventID": ["urn:uuid:2"]},
    {"EQ_bizTransaction_po": ["urn:x:po:1"]},
    {"EQ_source_owning_party": ["https://id.gs1.org/417/9526000100010"]},
    {"EQ_destination_owning_party": ["https://id.gs1.org/417/9526000100010"]},
    {"EQ_persistentDisposition_set": ["recalled"]},
    {"EQ_persistentDisposition_unset": ["recalled"]},
    {"EQ_type": ["Temperature"], "GE_value_CEL": ["38"]},
    {"EQ_type": ["gs1:Temperature"], "EQ_value_CEL": ["38.5"]},
    {"LT_value_CEL": ["38"]},
    {"EXISTS_sensorElementList": [""]},
    {"GE_startTime": ["2026-07-01T00:00:00Z"], "EQ_deviceID": ["urn:x:tag"]},
    {"EQ_booleanValue": ["true"], "EQ_stringValue": ["x" * 3000], "GE_percRank": ["50"]},
    {"EQ_ex:grade": ["A"]},
    {"EQ_https://ns.example/grade": ["A", "B"]},
    {"EQ_ex:weight": ["3.50"]},
    {"GT_ex:weight": ["3"]},
    {"EXISTS_ex:weight": ["true"]},
    {"EQ_INNER_ILMD_ex:name": ["宁乡花猪"]},
    {"EXISTS_ILMD_ex:breed": ["true"]},
    {"EQ_SENSORMETADATA_ex:site": ["s"]},
    {"GE_SENSORREPORT_ex:note": ["2026-07-01T00:00:00Z"]},
    {"LE_SENSORELEMENT_ex:batch": ["7"]},
    {"EQ_ERROR_DECLARATION_ex:by": ["vet"]},
]


def captured(values: Sequence[dict[str, Any]]) -> list[CapturedEvent]:
    return [
        capture_event(json.dumps(value).encode(), record_time=NOON + timedelta(seconds=number))
        for number, value in enumerate(values)
    ]


def pages(
    records: Records, query: EventQuery, *, limit: int = 3, visible: Collection[str] | None = None
) -> list[CapturedEvent]:
    found: list[CapturedEvent] = []
    after: Position | None = None
    while True:
        page = records.event_queries.page(query, visible=visible, after=after, limit=limit)
        assert len(page.events) <= limit
        found.extend(page.events)
        if page.further is None:
            return found
        after = page.further


@pytest.fixture
def varied(records: Records) -> Records:
    records.events.capture(captured(VARIED))
    return records


@pytest.mark.parametrize("parameters", QUESTIONS, ids=lambda given: "&".join(given) or "all")
def test_every_parameter_is_answered_as_its_condition_says(varied: Records, parameters: dict[str, list[str]]) -> None:
    query = read_query(parameters, PREFIXES)
    expected = [each for each in captured(VARIED) if query.holds(each, facts_of_document(each.document))]
    assert pages(varied, query) == expected
    if not any(name.startswith(("LT_", "EQ_destination", "EQ_readPoint")) or "unset" in name for name in parameters):
        assert expected


@pytest.mark.parametrize("order", [OrderBy.RECORD, OrderBy.EVENT_TIME, OrderBy.RECORD_TIME])
@pytest.mark.parametrize("descending", [False, True])
def test_an_ordered_answer_is_the_same_on_many_pages_as_on_one(
    varied: Records,
    order: OrderBy,
    descending: bool,  # noqa: FBT001 a parameter of the test
) -> None:
    query = EventQuery(order_by=order, descending=descending)
    everything = pages(varied, query, limit=100)
    assert pages(varied, query, limit=1) == pages(varied, query, limit=4) == everything
    if order is not OrderBy.RECORD:
        name = {OrderBy.EVENT_TIME: "event_time", OrderBy.RECORD_TIME: "record_time"}[order]
        times = [getattr(each, name) for each in everything]
        assert times == sorted(times, reverse=descending)


def test_only_the_first_are_given_where_that_is_asked(varied: Records) -> None:
    assert pages(varied, EventQuery(limit=5), limit=2) == captured(VARIED)[:5]
    assert pages(varied, EventQuery(limit=4), limit=2) == captured(VARIED)[:4]
    assert len(pages(varied, EventQuery(limit=100))) == len(VARIED)


def test_an_answer_that_is_too_large_is_refused(varied: Records) -> None:
    with pytest.raises(QueryTooLargeError, match="maxEventCount=9"):
        varied.event_queries.page(EventQuery(most=9), visible=None, after=None, limit=3)
    assert len(pages(varied, EventQuery(most=10))) == len(VARIED)


def test_who_may_see_some_things_sees_no_event_about_others(varied: Records) -> None:
    mine = pages(varied, EventQuery(), visible=[PIGS[1], PIGS[2]])
    assert mine == [each for each in captured(VARIED) if {PIGS[1], PIGS[2]} & set(each.epcs)]
    assert pages(varied, EventQuery(), visible=[]) == []
    many = [*PIGS, *(f"urn:x:{number}" for number in range(40_000))]
    assert pages(varied, EventQuery(), visible=many) == pages(varied, EventQuery(), visible=PIGS)


def test_what_is_named_is_listed_once_in_order(varied: Records) -> None:
    queries = varied.event_queries
    assert queries.texts("bizStep", visible=None, after="", limit=10) == ["inspecting"]
    everything = queries.texts("epc", visible=None, after="", limit=100)
    assert list(everything) == sorted({epc for each in captured(VARIED) for epc in each.epcs})
    assert queries.texts("epc", visible=None, after=everything[1], limit=2) == everything[2:4]
    assert queries.texts("epc", visible=[PIGS[2]], after="", limit=9) == [PIGS[2], "urn:epc:id:sscc:0614141.1234567890"]
    assert queries.texts("eventType", visible=[PIGS[2]], after="", limit=9) == ["AggregationEvent"]


def test_pages_have_no_gap_and_no_repeat_while_captures_go_on(records: Records) -> None:
    first = [event(eventID=f"urn:x:{number}") for number in range(300)]
    records.events.capture(captured(first))
    paging, stop = threading.Event(), threading.Event()

    def capture_on(writer: int) -> None:
        paging.wait(10)
        number = 0
        while not stop.is_set() and number < 200:
            records.events.capture(captured([event(eventID=f"urn:x:late:{writer}:{number}")]))
            number += 1

    writers = [threading.Thread(target=capture_on, args=(writer,)) for writer in range(2)]
    for writer in writers:
        writer.start()
    paging.set()
    found = pages(records, EventQuery(), limit=7)
    again = pages(records, EventQuery(order_by=OrderBy.EVENT_TIME), limit=50)
    stop.set()
    for writer in writers:
        writer.join()
    ids = [each.event_id for each in found]
    assert len(ids) == len(set(ids))
    assert [each for each in ids if ":late:" not in each] == [each["eventID"] for each in first]
    for name in range(2):
        late = [each for each in ids if each.startswith(f"urn:x:late:{name}:")]
        assert late == [f"urn:x:late:{name}:{number}" for number in range(len(late))]
    assert len({each.event_id for each in again}) == len(again) >= len(first)


def test_a_reader_who_follows_the_record_order_misses_no_event_of_a_slow_writer(records: Records) -> None:
    """A writer that holds its transaction open delays the next one instead of being overtaken by it."""
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with records.together() as together:
            together.events.capture(captured([event(eventID="urn:x:slow")]))
            begun.set()
            go_on.wait(10)

    def quickly() -> None:
        records.events.capture(captured([event(eventID="urn:x:quick")]))

    slow, quick = threading.Thread(target=slowly), threading.Thread(target=quickly)
    slow.start()
    assert begun.wait(10)
    quick.start()
    assert pages(records, EventQuery()) == []
    go_on.set()
    slow.join()
    quick.join()
    assert [each.event_id for each in pages(records, EventQuery())] == ["urn:x:slow", "urn:x:quick"]


words = st.sampled_from(["inspecting", "shipping", "packing"])
some_events = st.lists(
    st.builds(
        event,
        bizStep=words,
        epcList=st.lists(st.sampled_from(PIGS), unique=True, max_size=3),
        eventTime=st.integers(1, 9).map(lambda day: f"2026-07-0{day}T00:00:00Z"),
    ),
    max_size=12,
)
some_queries = st.builds(
    EventQuery,
    conditions=st.lists(
        st.one_of(
            st.builds(TextCondition, names=st.just(("bizStep",)), texts=st.frozensets(words, min_size=1)),
            st.builds(TextCondition, names=st.just(("epc",)), texts=st.frozensets(st.sampled_from(PIGS), min_size=1)),
        ),
        max_size=2,
    ).map(tuple),
    order_by=st.sampled_from(OrderBy),
    descending=st.booleans(),
    limit=st.none() | st.integers(1, 9),
)


@pytest.fixture
def runs() -> Iterator[int]:
    """A new number for each example: the database is emptied by no one between them."""
    return count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=some_events, query=some_queries, size=st.integers(1, 5))
def test_any_question_to_any_events_has_one_answer(
    records: Records, runs: Iterator[int], values: list[dict[str, Any]], query: EventQuery, size: int
) -> None:
    start = next(runs)
    wanted = EventQuery(
        conditions=(
            *query.conditions,
            TextCondition(names=("ext {https://ns.example/}run",), texts=frozenset({str(start)})),
        ),
        order_by=query.order_by,
        descending=query.descending and query.order_by is not OrderBy.RECORD,
        limit=query.limit,
    )
    events = captured([{**value, "ex:run": start, "ex:n": n} for n, value in enumerate(values)])
    records.events.capture(events)
    expected = [each for each in events if query.holds(each, facts_of_document(each.document))]
    moment = {OrderBy.EVENT_TIME: "event_time", OrderBy.RECORD_TIME: "record_time"}.get(query.order_by)
    if moment:
        numbered = sorted(enumerate(expected), key=lambda pair: (getattr(pair[1], moment), pair[0]))
        expected = [each for _, each in (reversed(numbered) if wanted.descending else numbered)]
    assert pages(records, wanted, limit=size) == expected[: query.limit]
