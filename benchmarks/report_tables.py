"""Which tables the documents show: of which results, with which columns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its head, and the figure's key in the row or, where the row has none, among the run's sizes."""

    head: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A table of a document. results: files whose rows follow one another; table: its name in each of them;
    where: only rows with these values.
    """

    results: tuple[str, ...]
    table: str
    columns: tuple[Column, ...]
    where: tuple[tuple[str, str], ...] = ()


def _columns(**heads: str) -> tuple[Column, ...]:
    return tuple(Column(head=head, key=key) for key, head in heads.items())


DRAINED = _columns(
    broker="from",
    consumer="consumer",
    messages_per_s="messages/s",
    readings_per_s="readings/s",
    values_per_s="values/s",
    cpu_s_per_100k="CPU s per 100,000 messages: consumer",
    broker_cpu_s_per_100k="broker",
    peak_mb="peak memory, MB",
    redelivered="redelivered",
    runs="runs (median)",
)
SHOWN = {
    "peers": Shown(
        results=("peers",),
        table="peers",
        columns=_columns(
            contender="contender",
            messages_per_s="messages/s, median",
            least_per_s="least",
            most_per_s="most",
            tiantou_is_times="tiantou is … times as fast",
            cpu_s_per_100k="CPU s per 100,000 messages: consumer and store",
            broker_cpu_s_per_100k="broker",
            peak_mb="peak memory, MB",
            missing_values="values missing",
            acknowledges="acknowledges",
        ),
    ),
    "drain": Shown(results=("drain-mosquitto", "drain-nats", "drain-nats-r3"), table="drained", columns=DRAINED),
    "packed": Shown(results=("drain-packed",), table="drained", columns=DRAINED),
    "latency": Shown(
        results=("live-100", "live-1000", "live-5000"),
        table="latency",
        columns=_columns(
            readings_per_s="readings/s",
            until="from handing a reading to the client until it is",
            p50_ms="p50, ms",
            p95_ms="p95",
            p99_ms="p99",
            max_ms="max",
            n="n",
        ),
    ),
    "service": Shown(
        results=("live-100", "live-1000", "live-5000", "hour"),
        table="service",
        columns=_columns(
            readings_per_s="readings/s",
            seconds="over, s",
            cores="service, cores",
            peak_mb="peak memory, MB",
        ),
    ),
    "pages": Shown(
        results=("pages",),
        table="pages",
        columns=_columns(
            request="request",
            beside="beside",
            p50_ms="p50, ms",
            p95_ms="p95",
            p99_ms="p99",
            max_ms="max",
            n="n",
        ),
    ),
    "sizes": Shown(
        results=("store-30m",),
        table="sizes",
        columns=_columns(
            fleet="data",
            values="values",
            bytes_per_value="bytes a value, all columns, merged",
            rolled_up_bytes_per_value="and of roll-ups",
        ),
    ),
    "queries": Shown(
        results=("store-30m", "store-300m"),
        table="queries",
        columns=_columns(
            values="values stored",
            query="query",
            p50_ms="p50, ms",
            p95_ms="p95",
            p99_ms="p99",
            max_ms="max",
            n="n",
        ),
    ),
    "captured": Shown(
        results=("capture",),
        table="captured",
        columns=_columns(
            records="records",
            sent="sent",
            events="events",
            events_per_s="events/s, durable",
            service_cpu_s_per_1000="CPU s per 1,000 events: service",
            answer_p50_ms="answer p50, ms",
            answer_p99_ms="p99",
        ),
    ),
    "scanned": Shown(
        results=("scans",),
        table="scanned",
        columns=_columns(
            records="records",
            packs="packs",
            digests="lives that have a digest",
            scans_per_s="scans/s",
            answered_per_s="answered/s",
            p50_ms="p50, ms",
            p95_ms="p95",
            p99_ms="p99",
            max_ms="max",
            service_cpu_ms_a_scan="CPU ms a scan: service",
        ),
    ),
    "growth": Shown(
        results=("store-300m",),
        table="growth",
        columns=_columns(
            values="values stored",
            append_us_per_row="append, µs a row",
            append_cpu_us_per_row="CPU, µs a row",
            day_of_one_ms="24 h of one, ms",
            hours_of_one_ms="30 d of one by hour, ms",
            herd_by_day_ms="herd by day, ms",
            latest_ms="latest of 2,000, ms",
        ),
    ),
}
"""By the name that stands in the document's marker."""
