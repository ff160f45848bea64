import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.directory import Directory
from ingest.haul import read_many, read_singly
from ingest.message import Message, received
from ingest.reading import Read, read
from tests.ingest.house import NOW_MS, TAG, House

PLAIN, UNIT = '{{"t": {t}, "battery": {v}}}', '{{"t": {t}, "battery": {v}, "unit": {{"battery": "V"}}}}'
TIMES, VALUES = st.integers(1_795_352_000, 1_795_352_005), st.sampled_from([3.5, 3.6])
READINGS = st.builds(lambda shape, t, v: shape.format(t=t, v=v).encode(), st.sampled_from([PLAIN, UNIT]), TIMES, VALUES)
OTHERS = [b"", b"rubbish", b'{"t": 1795352000, "steps": 1, "tempC": 2}', b'[{"t": 1795352001, "steps": 2}]']
PAYLOADS = READINGS | st.sampled_from(OTHERS)
TOPICS = st.sampled_from(
    [TAG, "tiantou/v1/hill/tag-2/observations", "tiantou/v1/hill/tag-9/observations", "tiantou/v1/hill/gw-1/senml"]
)
MESSAGES = st.lists(st.builds(lambda topic, payload: received(topic, payload, NOW_MS), TOPICS, PAYLOADS), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MESSAGES)
def test_read_together_or_one_by_one_it_is_the_same(house: House, messages: list[Message]) -> None:
    directory = Directory(house.devices)

    def read_one(message: Message) -> Read:
        return read(message, directory)

    together, singly = read_many(messages, directory, read_one), read_singly(messages, directory, read_one)
    for name in ("device", "channel"):
        assert list(getattr(together.batch, name)) == list(getattr(singly.batch, name))
    for name in ("phenomenon_ms", "received_ms", "corrected_ms"):
        assert getattr(together.batch, name).tolist() == getattr(singly.batch, name).tolist()
    assert {name: str(column) for name, column in together.batch.values.items()} == {
        name: str(column) for name, column in singly.batch.values.items()
    }
    assert together.by_format() == singly.by_format()
    assert dict_of(together.heard()) == dict_of(singly.heard())
    problems = [(at, each.problem) for at, each in together.singly if each.problem is not None]
    assert problems == [(at, each.problem) for at, each in singly.singly if each.problem is not None]


def dict_of(heard: object) -> dict[str, tuple[Message, str]]:
    """What remains in mind of each sender: the newest."""
    assert isinstance(heard, list)
    return {sender: (message, problem) for sender, message, problem in heard}


def test_of_two_values_for_one_instant_the_one_that_came_first_wins_however_it_was_read(house: House) -> None:
    with_unit = {"t": 1_795_352_399, "battery": 3.6, "unit": {"battery": "V"}}
    plain = {"t": 1_795_352_399, "battery": 3.7}
    house.pipeline.process([received(TAG, json.dumps(each).encode(), NOW_MS) for each in (with_unit, plain)])
    assert list(house.store.values.values()) == [3.6]
    assert house.metric("conflicts_total") == 1
