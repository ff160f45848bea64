import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.epcis.capture import capture_event
from traceability.errors import EventError

CONFORMANCE = Path(__file__).parents[4] / "shared/conformance/epcis"
needs_conformance = pytest.mark.skipif(not CONFORMANCE.exists(), reason=f"{CONFORMANCE} is not there")
NOW = datetime(2026, 9, 3, tzinfo=UTC)
PIG = "https://id.gs1.org/8004/9526000143018200000123"
BIRTH: dict[str, Any] = {
    "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "type": "ObjectEvent",
    "eventTime": "2026-01-02T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": [PIG],
    "action": "ADD",
    "bizStep": "commissioning",
    "tt:farrowed": {"by": "hand"},
}


def capture(document: dict[str, Any]) -> Any:  # noqa: ANN401 short for the tests below
    return capture_event(json.dumps(document).encode(), record_time=NOW)


def document_events(path: Path) -> list[dict[str, Any]]:
    document = json.loads(path.read_text())
    body = document["epcisBody"]
    events: list[dict[str, Any]] = (body if "eventList" in body else body["queryResults"]["resultsBody"])["eventList"]
    context = {"@context": document["@context"]} if "@context" in document else {}
    return [{**context, **event} for event in events]


@needs_conformance
def test_every_event_of_gs1s_valid_documents_is_captured() -> None:
    events = [event for path in sorted(CONFORMANCE.glob("valid/*")) for event in document_events(path)]
    assert len([capture(event) for event in events]) == 38


@needs_conformance
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("EPCISDocument_without_context", "$.@context"),
        ("ObjectEvent_with_ilmd_field_without_namespace", "$.ilmd.materialType"),
        ("ObjectEvent_with_invalid_action", "$.action"),
        ("ObjectEvent_with_invalid_eventTime_format", "$.eventTime"),
        ("ObjectEvent_with_non_standard_bizStep", "$.bizStep"),
        ("ObjectEvent_with_quantity_as_text", "$.quantityList[0].quantity"),
        ("ObjectEvent_without_action_and_eventTime", "$.eventTime"),
        ("ObjectEvent_without_identifier_list", "$"),
    ],
)
def test_the_public_invalid_documents_are_refused_where_their_fault_is(name: str, field: str) -> None:
    (event,) = document_events(CONFORMANCE / f"invalid/{name}.json")
    with pytest.raises(EventError) as caught:
        capture(event)
    assert caught.value.field.startswith(field)


def test_an_event_is_kept_byte_for_byte_with_its_extensions() -> None:
    text = json.dumps(BIRTH, indent=3)
    event = capture_event(text.encode(), record_time=NOW)
    assert event.document == text
    assert (event.event_type, event.biz_step, event.epcs) == ("ObjectEvent", "commissioning", (PIG,))
    assert event.event_time == datetime(2026, 1, 2, tzinfo=UTC)


def test_an_event_without_an_id_gets_one_that_follows_from_its_content() -> None:
    first, reordered = capture(BIRTH), capture(dict(reversed(BIRTH.items())))
    assert first.event_id == reordered.event_id
    assert first.event_id.startswith("ni:///sha-256;")
    assert first.event_id.endswith("?ver=CBV2.0")
    assert capture({**BIRTH, "disposition": "active"}).event_id != first.event_id


def test_repetitions_share_a_digest_however_they_are_written() -> None:
    prefix = {**BIRTH, "@context": [BIRTH["@context"], {"tt": "https://ns.example/"}]}
    renamed = {
        **BIRTH,
        "@context": [BIRTH["@context"], {"xx": "https://ns.example/"}],
        "recordTime": "2026-01-03T00:00:00Z",
    }
    renamed["xx:farrowed"] = renamed.pop("tt:farrowed")
    assert capture(prefix).digest == capture(renamed).digest
    assert capture(prefix).event_id == capture(renamed).event_id
    assert capture(BIRTH).digest != capture({**BIRTH, "disposition": "active"}).digest


def test_the_epcs_of_every_role_are_collected_once() -> None:
    rest = {key: value for key, value in BIRTH.items() if key not in {"epcList", "action", "type"}}
    pack = "https://id.gs1.org/01/09526000100010/21/1"
    event = capture({**rest, "type": "TransformationEvent", "inputEPCList": [PIG], "outputEPCList": [pack]})
    assert event.epcs == (PIG, pack)
    event = capture({**rest, "type": "AssociationEvent", "action": "ADD", "parentID": PIG, "childEPCs": [pack, PIG]})
    assert event.epcs == (PIG, pack)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "no JSON"),
        (b"[]", "object"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":1e999}', "too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "number"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 80 + b"1" + b"}" * 80, "nested"),
        (b" " * (1024 * 1024 + 1), "at most 1048576"),
        (b'{"type":"EPCISDocument"}', "one at a time"),
        (b'{"type":"KillEvent"}', "does not match"),
        (b"{}", "type"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(document: bytes, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        capture_event(document, record_time=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"eventTimeZoneOffset": "+8"}, "$.eventTimeZoneOffset"),
        ({"eventTime": "2026-02-30T08:00:00Z"}, "$.eventTime"),
        ({"eventTime": "0001-01-01T00:00:00+14:00"}, "$.eventTime"),
        ({"epcList": [PIG, PIG]}, "$.epcList"),
        ({"epcList": ["花猪"]}, "$.epcList[0]"),
        ({"breed": "x"}, "$"),
        ({"action": "OBSERVE", "ilmd": {"tt:a": 1}}, "$"),
        ({"sensorElementList": [{"sensorReport": []}]}, "$.sensorElementList[0].sensorReport"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Fever"}]}]}, "$.sensorElementList[0].sensorReport[0].type"),
        ({"readPoint": {"id": "here"}}, "$.readPoint.id"),
        ({"eventID": "no uri"}, "$.eventID"),
    ],
)
def test_a_broken_member_is_named_by_its_path(change: dict[str, Any], field: str) -> None:
    with pytest.raises(EventError) as caught:
        capture({**BIRTH, **change})
    assert caught.value.field == field


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_the_one_error(document: bytes) -> None:
    with pytest.raises(EventError):
        capture_event(document, record_time=NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(sorted(BIRTH)), json_values)
def test_any_value_in_any_member_is_an_event_or_the_one_error(member: str, value: object) -> None:
    try:
        event = capture({**BIRTH, member: value})
    except EventError:
        return
    assert event.event_id
