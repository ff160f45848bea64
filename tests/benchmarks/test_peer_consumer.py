from itertools import islice
from pathlib import Path

import pytest

from benchmarks.load import Load, payloads

pytest.importorskip("aiomqtt", reason="aiomqtt is not installed (extra bench)")

from benchmarks.peer_consumer import Table


def test_the_plain_table_keeps_every_value_of_the_load_once(tmp_path: Path) -> None:
    table = Table(str(tmp_path / "readings.sqlite"))
    messages = list(islice(payloads(Load(messages=100), 0, 1), 100))
    table.keep(messages)
    table.keep(messages)
    assert table.values() == 700
