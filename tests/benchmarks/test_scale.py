import re
import subprocess
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.report import DOCS
from benchmarks.results import Result
from benchmarks.scale import ASSUMED, SOURCES, Measured, measured, plan, price_a_month, scale_tables
from bootstrap.broker import program
from bootstrap.errors import ProgramMissingError

FOUND = Measured(
    bytes_per_value=1.5, broker_messages_per_s=20_000, service_cores_at_5000=0.25, append_values_per_s=1_000_000
)
SCALE = (DOCS / "scale.md").read_text(encoding="utf-8")


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", SCALE, re.DOTALL)
    assert found
    return found[1]


def test_fifty_thousand_pigs_send_83_messages_a_second_and_fit_on_one_machine() -> None:
    laptop = plan(50_000, FOUND)
    assert round(laptop.messages_per_s, 1) == 83.3
    assert round(laptop.bytes_a_day / 1e6) == 76  # 50,000 x 144 x 7 x 1.5
    assert laptop.one_machine


def test_a_country_sends_733_thousand_messages_a_second() -> None:
    country = plan(440_000_000, FOUND)
    assert round(country.messages_per_s) == 733_333
    assert country.broker_cells == 220  # 2.2 million at peak, 10,000 a cell at half its limit
    assert country.broker_nodes == 660
    assert country.shards == 73  # 485.7 TB on 6.67 TB each
    assert country.store_nodes == 146
    assert not country.one_machine


def test_packing_divides_the_messages_and_not_the_values() -> None:
    single, packed = plan(440_000_000, FOUND), plan(440_000_000, FOUND, packed=True)
    assert packed.messages_per_s == pytest.approx(single.messages_per_s / ASSUMED["packed"].value)
    assert packed.bytes_a_day == single.bytes_a_day


def test_more_pigs_never_need_less() -> None:
    plans = [plan(pigs, FOUND) for pigs in (50_000, 1_000_000, 20_000_000, 440_000_000)]
    for part in ("broker_nodes", "ingest_cores", "store_nodes", "records_nodes"):
        needed = [getattr(each, part) for each in plans]
        assert needed == sorted(needed)


def test_cost_is_nodes_times_their_prices() -> None:
    prices = {"small": 1.0, "large": 0.0, "records": 0.0}
    assert price_a_month(plan(50_000, FOUND), prices) == 1
    country = plan(440_000_000, FOUND)
    assert price_a_month(country, prices | {"large": 10.0}) - price_a_month(country, prices) == 10 * country.store_nodes


def test_the_measured_figures_come_from_the_results(results: dict[str, Result]) -> None:
    assert measured(results) == FOUND
    assert set(SOURCES) == {each.name for each in fields(Measured)}


def test_without_a_result_the_tables_say_which_is_missing(results: dict[str, Result]) -> None:
    del results["live-5000"]
    assert "`live-5000` is not measured yet" in scale_tables(results)["scale"]


def test_the_cluster_configuration_of_the_document_is_accepted_by_the_broker(tmp_path: Path) -> None:
    try:
        server = program()
    except ProgramMissingError as error:
        pytest.skip(str(error))
    (tmp_path / "nats.conf").write_text(snippet("nats").replace("/var/lib/nats", str(tmp_path)), encoding="utf-8")
    told = subprocess.run(
        [server, "-t", "-c", str(tmp_path / "nats.conf")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_the_store_cluster_of_the_document_is_the_one_its_address_names() -> None:
    document = ET.fromstring(snippet("xml"))  # noqa: S314 our own document
    servers = document.find("remote_servers")
    assert servers is not None
    assert f"?cluster={servers[0].tag}'" in SCALE
