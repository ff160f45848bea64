"""Results as the benchmarks write them, with figures that are easy to compute with."""

import pytest

from benchmarks.results import Machine, Result, Row

MACHINE = Machine(
    architecture="x86_64", processor="Example CPU", cores=2, memory_gib=24, system="Debian 12", load_before=0.1
)


def result(name: str, **tables: list[Row]) -> Result:
    return Result(
        command=f"python -m benchmarks.{name}",
        measured="2026-11-23T01:00:00+00:00",
        machine=MACHINE,
        versions={"python": "3.11.7"},
        sizes={"readings_per_s": 5_000},
        tables=tables,
    )


@pytest.fixture
def results() -> dict[str, Result]:
    peer: Row = {"contender": "tiantou, embedded store", "messages_per_s": 150_000, "least_per_s": 149_000}
    peer |= {"most_per_s": 151_000, "tiantou_is_times": 1, "cpu_s_per_100k": 0.7, "broker_cpu_s_per_100k": 0.2}
    latency: list[Row] = [
        {"readings_per_s": 100, "until": until, "n": 200, "p50_ms": 120.5, "p95_ms": 270, "p99_ms": 283, "max_ms": 290}
        for until in ("stored and acknowledged", "shown by the API")
    ]
    costs: Row = {"append_us_per_row": 3.0, "append_cpu_us_per_row": 2.5, "append_values_per_s": 1_000_000}
    queries: Row = {"day_of_one_ms": 3, "hours_of_one_ms": 4, "herd_by_day_ms": 40, "latest_ms": 5}
    grown: list[Row] = [{"values": values, **costs, **queries} for values in (1_000_000, 2_000_000)]
    return {
        "peers": result("peers", peers=[peer | {"peak_mb": 480, "missing_values": 0, "acknowledges": "after"}]),
        "live-100": result("live", latency=latency, service=[{"readings_per_s": 100, "cores": 0.05}]),
        "live-1000": result("live", latency=latency, service=[{"readings_per_s": 1_000, "cores": 0.1}]),
        "live-5000": result("live", latency=latency, service=[{"readings_per_s": 5_000, "cores": 0.25}]),
        "hour": result("live", disk=[{"minute": 1, "most_files": 2_000, "most_mb": 3.5}], service=[]),
        "drain-nats-r3": result("drain", drained=[{"broker": "nats-r3", "messages_per_s": 20_000}]),
        "store-30m": result(
            "store",
            sizes=[{"fleet": "ear tags", "values": 1_000_000, "bytes_per_value": 1.5}],
            growth=grown,
        ),
    }
