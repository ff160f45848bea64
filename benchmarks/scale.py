"""From one laptop to a country, computed from what was measured: `python -m benchmarks.scale [--price small=20 …]`.

Every number comes from a result file or from `ASSUMED`: change an assumption and run it again.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import FOLDER, Result, markdown, read_all, shown

DAY_S = 86_400
TAGS = "ear tags"
SIZES = {
    "one farm group": 50_000,
    "a prefecture": 1_000_000,
    "a province": 20_000_000,
    "a country": 440_000_000,
}
"""Living pigs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A number that was not measured here. why: what it rests on, as of 2026-11."""

    value: float
    unit: str
    why: str


ASSUMED = {
    "reports_a_day": Assumption(value=144, unit="per tag", why="one every ten minutes, as the simulated tags do"),
    "values_a_report": Assumption(value=7, unit="", why="temperature, ambient, activity, steps, battery, RSSI, light"),
    "message_bytes": Assumption(
        value=280, unit="B", why="158 B of JSON, its topic, MQTT and TCP/IP headers; LoRaWAN gateways send more"
    ),
    "packed": Assumption(value=10, unit="reports a message", why="what a farm gateway that packs could hold back"),
    "peak": Assumption(value=3, unit="times the mean", why="everybody comes back at once after a power or network cut"),
    "load": Assumption(value=0.5, unit="of what was measured", why="nothing is planned to run above half its limit"),
    "raw_years": Assumption(value=2, unit="years", why="retention of raw values; hours are kept for ever"),
    "replicas": Assumption(value=2, unit="of each shard", why="one may fail or be upgraded; ClickHouse Keeper beside"),
    "disk_tb": Assumption(value=10, unit="TB a store node", why="NVMe, filled to two thirds at most"),
    "broker_nodes": Assumption(value=3, unit="a broker cell", why="R3: one may fail (chosen, see below)"),
    "event_bytes": Assumption(value=1_500, unit="B", why="an EPCIS event with its indexes in PostgreSQL; not measured"),
    "records_tb": Assumption(value=4, unit="TB a records node", why="beyond that upkeep (vacuum, restore) takes days"),
    "records_years": Assumption(value=3, unit="years", why="daily events of slaughtered animals are archived after it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the result files say. Rates are of two cores that broker, publishers and tiantou shared."""

    bytes_per_value: float
    broker_messages_per_s: float
    service_cores_at_5000: float
    append_values_per_s: float


SOURCES = {
    "bytes_per_value": ("bytes a value on disk, merged", "store-30m", "sizes"),
    "broker_messages_per_s": ("messages/s out of three NATS nodes (R3) into the store", "drain-nats-r3", "drained"),
    "service_cores_at_5000": ("cores of the service at 5,000 readings/s", "live-5000", "service"),
    "append_values_per_s": ("values/s appended to the store, one writer", "store-30m", "growth"),
}
"""Of each measured figure what it is, the result it comes from, and the table in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What so many pigs need. Nodes: small 2 cores, 8 GB; large 16 cores, 64 GB and the disk assumed; records
    16 cores, 128 GB.
    """

    pigs: int
    messages_per_s: float
    peak_messages_per_s: float
    values_per_s: float
    wire_mbit_per_s: float
    bytes_a_day: float
    raw_bytes: float
    broker_cells: int
    broker_nodes: int
    ingest_cores: float
    shards: int
    store_nodes: int
    events_a_day: float
    records_nodes: int

    @property
    def one_machine(self) -> bool:
        """The embedded form takes it: one broker cell at peak, one disk, one records database."""
        return self.broker_cells == self.shards == self.records_nodes == 1 and self.ingest_cores <= 1


def measured(results: Mapping[str, Result]) -> Measured:
    """What is needed of the results; raises KeyError with the name of a result that is not there."""
    sizes = results["store-30m"].tables["sizes"]
    growth = results["store-30m"].tables["growth"][-1]
    drained = results["drain-nats-r3"].tables["drained"][0]
    service = results["live-5000"].tables["service"][0]
    return Measured(
        bytes_per_value=next(_number(row["bytes_per_value"]) for row in sizes if row["fleet"] == TAGS),
        broker_messages_per_s=_number(drained["messages_per_s"]),
        service_cores_at_5000=_number(service["cores"]),
        append_values_per_s=_number(growth["append_values_per_s"]),
    )


def plan(pigs: int, found: Measured, *, packed: bool = False) -> Plan:
    """What so many pigs need; packed: gateways send several reports in one message."""
    reports_per_s = pigs * _assumed("reports_a_day") / DAY_S
    messages_per_s = reports_per_s / (_assumed("packed") if packed else 1)
    peak, load = _assumed("peak"), _assumed("load")
    values_per_s = reports_per_s * _assumed("values_a_report")
    bytes_a_day = values_per_s * DAY_S * found.bytes_per_value
    raw_bytes = bytes_a_day * 365 * _assumed("raw_years")
    cells = math.ceil(messages_per_s * peak / (found.broker_messages_per_s * load))
    disk = _assumed("disk_tb") * 1e12 * 2 / 3
    shards = max(math.ceil(raw_bytes / disk), math.ceil(values_per_s * peak / (found.append_values_per_s * load)))
    records = pigs * _assumed("event_bytes") * 365 * _assumed("records_years") / (_assumed("records_tb") * 1e12)
    alone = cells == shards == 1
    return Plan(
        pigs=pigs,
        messages_per_s=messages_per_s,
        peak_messages_per_s=messages_per_s * peak,
        values_per_s=values_per_s,
        wire_mbit_per_s=reports_per_s * _assumed("message_bytes") * 8 / 1e6,
        bytes_a_day=bytes_a_day,
        raw_bytes=raw_bytes,
        broker_cells=cells,
        broker_nodes=1 if alone else cells * int(_assumed("broker_nodes")),
        ingest_cores=reports_per_s * peak * found.service_cores_at_5000 / 5_000 / load,
        shards=shards,
        store_nodes=1 if alone else shards * int(_assumed("replicas")),
        events_a_day=pigs,
        records_nodes=math.ceil(records),
    )


def _small_nodes(each: Plan) -> int:
    return 1 if each.one_machine else each.broker_nodes + math.ceil(each.ingest_cores / 2)


LINES: tuple[tuple[str, Callable[[Plan], float]], ...] = (
    ("messages/s, mean", lambda each: each.messages_per_s),
    ("messages/s, planned for", lambda each: each.peak_messages_per_s),
    ("values/s, mean", lambda each: each.values_per_s),
    ("on the wire, Mbit/s, mean", lambda each: each.wire_mbit_per_s),
    ("stored a day, GB, one copy", lambda each: each.bytes_a_day / 1e9),
    ("raw values kept, TB, one copy", lambda each: each.raw_bytes / 1e12),
    ("broker cells (groups of sites)", lambda each: each.broker_cells),
    ("ingest cores", lambda each: each.ingest_cores),
    ("ClickHouse shards", lambda each: each.shards),
    ("daily events into the records", lambda each: each.events_a_day),
    ("records databases", lambda each: each.records_nodes),
    ("small nodes: brokers and ingest", _small_nodes),
    ("large nodes: ClickHouse", lambda each: 0 if each.one_machine else each.store_nodes),
    ("records nodes, each with a standby", lambda each: 0 if each.one_machine else 2 * each.records_nodes),
)
"""The lines of the table."""


def scale_tables(results: Mapping[str, Result]) -> dict[str, str]:
    """The tables of docs/scale.md in Markdown, by the name in their markers."""
    assumed = [[name.replace("_", " "), f"{each.value:,g} {each.unit}", each.why] for name, each in ASSUMED.items()]
    tables = {"scale-assumed": markdown(["assumed", "", "why"], assumed)}
    try:
        found = measured(results)
    except KeyError as error:
        missing = f"`{error.args[0]}` is not measured yet (`python -m benchmarks.all --only {error.args[0]}`)."
        return tables | dict.fromkeys(("scale-measured", "scale", "scale-packed"), missing)
    rows = [
        [what, shown(getattr(found, name)), f"[`{result}`](../benchmarks/results/{result}.json), {table}"]
        for name, (what, result, table) in SOURCES.items()
    ]
    return tables | {
        "scale-measured": markdown(["measured", "", "from"], rows),
        "scale": _planned([plan(pigs, found) for pigs in SIZES.values()]),
        "scale-packed": _planned([plan(pigs, found, packed=True) for pigs in SIZES.values()]),
    }


def main() -> None:
    """The table is on standard output; with prices, what it costs a month and a pig."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--packed", action="store_true", help="gateways pack reports")
    parser.add_argument(
        "--price",
        nargs="*",
        default=[],
        metavar="CLASS=AMOUNT",
        help="a month of a node: small=, large=, records=, in any currency; none is known here",
    )
    options = parser.parse_args()
    tables = scale_tables(read_all(options.results))
    wanted = ("scale-measured", "scale-assumed", "scale-packed" if options.packed else "scale")
    print("\n\n".join(tables[name] for name in wanted))
    if options.price:
        prices = {name: float(amount) for name, _, amount in (word.partition("=") for word in options.price)}
        found = measured(read_all(options.results))
        for name, pigs in SIZES.items():
            total = price_a_month(plan(pigs, found, packed=options.packed), prices)
            print(f"{name}: {total:,.0f} a month, {total / pigs:.4f} a pig")


def price_a_month(each: Plan, prices: Mapping[str, float]) -> float:
    """What the nodes cost at those prices; a class without a price raises KeyError."""
    if each.one_machine:
        return prices["small"]
    return (
        _small_nodes(each) * prices["small"]
        + each.store_nodes * prices["large"]
        + 2 * each.records_nodes * prices["records"]
    )


def _planned(plans: Sequence[Plan]) -> str:
    rows = [[name, *(shown(_whole(value(each))) for each in plans)] for name, value in LINES]
    heads = [f"{name}: {pigs:,} pigs" for name, pigs in SIZES.items()]
    return markdown(["", *heads], rows)


def _whole(value: float) -> float:
    """Figures of this kind mean no more than three digits."""
    return float(f"{value:.3g}")


def _assumed(name: str) -> float:
    return ASSUMED[name].value


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        msg = f"a figure was expected, not {value!r}"
        raise TypeError(msg)
    return float(value)


if __name__ == "__main__":
    main()
