"""The same backlog taken by tiantou and by what else one could use, in one run: `python -m benchmarks.peers`.

Every contender is given the same messages (seven values each, QoS 1, encoded beforehand) by a mosquitto of its own that
holds all of them, and is done when every value is in its store; what is in the store is then counted. In each round the
contenders come one after the other, so that what else runs on the machine meets all of them: ratios are what counts.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import msgspec

from benchmarks.backlog import CLIENT_ID, backlogged, message_bytes
from benchmarks.drain import consumed
from benchmarks.drain_brokers import Broker
from benchmarks.drain_consumer import Outcome
from benchmarks.load import DEVICES, Load
from benchmarks.peer_consumer import PlainOutcome, PlainTask
from benchmarks.peer_servers import Taken, how_to_get, influxdb, program, telegraf_into, victoria_metrics
from benchmarks.results import Recording, Row, add_out, middle, program_version
from devices.codecs.topics import FILTERS

BATCH = 20_000
"""Messages, as the service has it."""
SYNCED, MEMORY = "after it is synced to disk", "before it is on disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Somebody who takes the backlog. acknowledges: when the broker may forget a message."""

    name: str
    take: Callable[[Broker, Load, Path], Taken]
    acknowledges: str
    needs: tuple[str, ...] = ()


def _embedded(broker: Broker, load: Load, folder: Path) -> Taken:
    return _taken(consumed(broker, load, folder, batch=BATCH))


def _tiantou_influx(broker: Broker, load: Load, folder: Path) -> Taken:
    with influxdb(folder / "influxdb") as server:
        outcome = _taken(consumed(broker, load, folder, batch=BATCH, store_url=server.url))
        cpu_s = outcome.cpu_s + sum(server.process.cpu_times()[:2])
        return Taken(
            seconds=outcome.seconds,
            cpu_s=cpu_s,
            peak_mb=outcome.peak_mb + server.process.memory_info().rss / 2**20,
            values=outcome.values,
        )


def _telegraf_influx(broker: Broker, load: Load, folder: Path) -> Taken:
    with influxdb(folder / "influxdb") as server:
        return telegraf_into(server, broker, load, folder)


def _telegraf_victoria(broker: Broker, load: Load, folder: Path) -> Taken:
    with victoria_metrics(folder / "victoria") as server:
        return telegraf_into(server, broker, load, folder)


def _plain(client: str, broker: Broker, load: Load, folder: Path) -> Taken:
    task = {
        "client": client,
        "host": broker.ingest.host,
        "port": broker.ingest.port,
        "client_id": CLIENT_ID,
        "topic": FILTERS[0],
        "messages": load.messages,
        "file": str(folder / "readings.sqlite"),
    }
    text = msgspec.json.encode(msgspec.convert(task, PlainTask)).decode()
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.peer_consumer", text], check=True, stdout=subprocess.PIPE
    )
    return _taken(msgspec.json.decode(answer.stdout, type=PlainOutcome))


def _taken(outcome: Outcome | PlainOutcome) -> Taken:
    return Taken(seconds=outcome.seconds, cpu_s=outcome.cpu_s, peak_mb=outcome.peak_mb, values=outcome.values)


TIANTOU, BASE = "tiantou, embedded store", "Telegraf → InfluxDB"
CONTENDERS = (
    Contender(name=TIANTOU, take=_embedded, acknowledges=SYNCED),
    Contender(name="tiantou → InfluxDB", take=_tiantou_influx, acknowledges=SYNCED, needs=("influxd",)),
    Contender(name=BASE, take=_telegraf_influx, acknowledges=SYNCED, needs=("influxd", "telegraf")),
    Contender(
        name="Telegraf → VictoriaMetrics",
        take=_telegraf_victoria,
        acknowledges=MEMORY,
        needs=("victoria-metrics", "telegraf"),
    ),
    Contender(name="paho, msgspec, SQLite", take=partial(_plain, "paho"), acknowledges=SYNCED),
    Contender(name="aiomqtt, msgspec, SQLite", take=partial(_plain, "aiomqtt"), acknowledges="before it is stored"),
)


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    options = _options()
    load = Load(messages=options.messages)
    recording = Recording(
        {"messages": load.messages, "values_a_message": 7, "payload_bytes": message_bytes(load), "devices": DEVICES}
        | {"rounds": options.repeat}
    )
    recording.versions |= _versions()
    contenders = [each for each in CONTENDERS if _installed(each)]
    rounds = [_round(contenders, load, number + 1) for number in range(options.repeat)]
    for contender in contenders:
        rows = [found[contender.name] for found in rounds]
        ratio = median(float(found[TIANTOU]["messages_per_s"] or 0) / _rate(found[contender.name]) for found in rounds)
        rates = [_rate(row) for row in rows]
        spread: Row = {"least_per_s": min(rates), "most_per_s": max(rates), "tiantou_is_times": ratio}
        recording.add("peers", middle(rows) | spread | {"acknowledges": contender.acknowledges})
    recording.finish(options.out)


def _rate(row: Row) -> float:
    return float(row["messages_per_s"] or 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; the median of each contender is told")
    add_out(parser)
    return parser.parse_args()


def _installed(contender: Contender) -> bool:
    missing = [name for name in contender.needs if program(name) is None]
    for name in missing:
        print(f"left out: {contender.name}: {name} is not there ({how_to_get(name)})", file=sys.stderr)
    return not missing


def _round(contenders: list[Contender], load: Load, number: int) -> dict[str, Row]:
    return {contender.name: _drained(contender, load, number) for contender in contenders}


def _drained(contender: Contender, load: Load, number: int) -> Row:
    with (
        tempfile.TemporaryDirectory(prefix="tiantou-peers-") as root,
        backlogged("mosquitto", load, Path(root, "broker")) as broker,
    ):
        before = broker.cpu_s()
        taken = contender.take(broker, load, Path(root))
        hundred_thousand = load.messages / 100_000
        rate = load.messages / taken.seconds
        print(f"  round {number}, {contender.name}: {rate:,.0f} messages/s", file=sys.stderr)
        return {
            "contender": contender.name,
            "messages_per_s": rate,
            "cpu_s_per_100k": taken.cpu_s / hundred_thousand,
            "broker_cpu_s_per_100k": (broker.cpu_s() - before) / hundred_thousand,
            "peak_mb": taken.peak_mb,
            "missing_values": 7 * load.messages - taken.values,
        }


def _versions() -> dict[str, str]:
    asked = {"mosquitto": ("-h",), "victoria-metrics": ("--version",)}
    found = {name: program_version(name, *arguments) for name, arguments in asked.items()}
    influxd = program("influxd")
    named = {"influxd": program_version(influxd, "version") if influxd else "not installed"}
    # Telegraf built without its own scripts does not know its version: it is in the folder's name.
    return found | named | {"telegraf": Path(program("telegraf") or "not installed").parent.name}


if __name__ == "__main__":
    main()
