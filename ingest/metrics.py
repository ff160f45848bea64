"""What `/metrics` shows of ingest."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingest.monitor import Monitor

BATCH_BUCKETS = (1, 10, 100, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000)
APPEND_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Metrics:
    """The counters of ingest on one registry; gauges read the monitor when they are scraped."""

    def __init__(self, registry: CollectorRegistry, monitor: Monitor) -> None:
        self.messages = Counter("tiantou_ingest_messages", "Messages read, by format", ["format"], registry=registry)
        self.quarantined = Counter(
            "tiantou_ingest_quarantined", "Messages set aside, by code", ["code"], registry=registry
        )
        self.values = Counter("tiantou_ingest_values", "Values stored anew", registry=registry)
        self.redelivered = Counter(
            "tiantou_ingest_redelivered", "Values that were there already, unchanged", registry=registry
        )
        self.conflicts = Counter(
            "tiantou_ingest_conflicts", "Values refused because another was there first", registry=registry
        )
        self.stale_acknowledgements = Counter(
            "tiantou_ingest_stale_acknowledgements",
            "Acknowledgements dropped because their connection had ended",
            registry=registry,
        )
        self.listener_failures = Counter(
            "tiantou_ingest_listener_failures", "Batches that a listener failed on", registry=registry
        )
        self.batch_rows = Histogram(
            "tiantou_ingest_batch_rows", "Readings in one append", buckets=BATCH_BUCKETS, registry=registry
        )
        self.append_seconds = Histogram(
            "tiantou_ingest_append_seconds", "Duration of one append", buckets=APPEND_BUCKETS, registry=registry
        )
        self._gauges(registry, monitor)

    @staticmethod
    def _gauges(registry: CollectorRegistry, monitor: Monitor) -> None:
        state = monitor.state
        table = {
            "connected": ("1 while the broker's connection stands", lambda: float(state().connected)),
            "queued_messages": ("Messages received and not yet being stored", lambda: float(state().queued_messages)),
            "queued_bytes": ("Their payloads' bytes", lambda: float(state().queued_bytes)),
            "oldest_unacknowledged_seconds": (
                "Age of the message that waits longest for its acknowledgement",
                lambda: state().oldest_unacknowledged_s,
            ),
            "lag_seconds": ("Age of the newest stored message at its append", lambda: state().lag_s),
        }
        for name, (text, value) in table.items():
            Gauge(f"tiantou_ingest_{name}", text, registry=registry).set_function(value)
