"""Telegraf between the broker and a time-series server, as its own documentation would have it for speed."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
from influxdb_client.client.influxdb_client import InfluxDBClient

from benchmarks.backlog import CLIENT_ID
from benchmarks.drain_brokers import Broker
from benchmarks.load import SITE, Load
from devices.codecs.topics import FILTERS
from storage.influx.address import InfluxAddress
from tests.storage.influx.server import ORGANIZATION, TOKEN, Influxd

CACHE = Path.home() / ".cache" / "tiantou-tests"
PROGRAMS = {
    "influxd": ("INFLUXD", CACHE / "influxd-2.7.12" / "influxd", ".ci/build-influxd"),
    "telegraf": ("TELEGRAF", CACHE / "telegraf-1.37.2" / "telegraf", ".ci/build-telegraf"),
    "victoria-metrics": ("VICTORIA_METRICS", None, "apt-get install victoria-metrics"),
}
"""Of each program the environment variable that names it, where it is built, and how it is had."""
TELEGRAF = """[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 10000
  metric_buffer_limit = 200000
  omit_hostname = true
[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:{port}"]
  topics = ["{topic}"]
  qos = 1
  persistent_session = true
  client_id = "{client}"
  max_undelivered_messages = 20000
  topic_tag = ""
  data_format = "json"
  json_time_key = "t"
  json_time_format = "unix_ms"
  [[inputs.mqtt_consumer.topic_parsing]]
    topic = "tiantou/v1/+/+/observations"
    tags = "_/_/site/device/_"
[[outputs.influxdb_v2]]
  urls = ["{server}"]
  token = "{token}"
  organization = "{organization}"
  bucket = "{bucket}"
"""
"""The best of the settings tried: with 1,000 undelivered and batches of 1,000, its defaults, it is a third slower."""
STEP_S = 0.05
PATIENCE_S = 600.0
CONNECTED = b"Connected ["


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A time-series server that runs. stored: how many values it counts as taken (cheap, asked while it works);
    counted: how many are found in it when asked for all.
    """

    process: psutil.Process
    address: str
    bucket: str
    url: str
    stored: Callable[[], int]
    counted: Callable[[Load], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a contender took. seconds: from its connection until everything was stored."""

    seconds: float
    cpu_s: float
    peak_mb: float
    values: int


def program(name: str) -> str | None:
    """Where that program is, None where it is not installed."""
    variable, built, _ = PROGRAMS[name]
    named = os.environ.get(variable)  # noqa: TID251 benchmarks find programs as tests do
    if built is not None and built.exists():
        return named or str(built)
    return named or shutil.which(name)


def how_to_get(name: str) -> str:
    """What makes it available."""
    return PROGRAMS[name][2]


@contextmanager
def influxdb(folder: Path) -> Iterator[Server]:
    """An InfluxDB 2 with an empty bucket that keeps everything, on a folder of its own; every write is synced."""
    folder.mkdir(parents=True)
    server = Influxd(folder=folder, program=str(program("influxd")))
    try:
        server.start()
        server.set_up()
        url = server.new_bucket()
        bucket = url.rpartition("/")[2]
        yield Server(
            process=_process_of(server),
            address=server.address,
            bucket=bucket,
            url=url,
            stored=lambda: 7 * _metric(f"{server.address}/metrics", "storage_writer_ok_points_sum"),
            counted=lambda _: _influx_count(url),
        )
    finally:
        server.stop()


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[Server]:
    """A VictoriaMetrics on a folder of its own; what it answers for lies in memory for some seconds."""
    folder.mkdir(parents=True)
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    # A hundred years: by default it silently drops what is older than a month.
    options = [f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y"]
    with (folder.parent / "victoria.log").open("wb") as log:
        process = subprocess.Popen([str(program("victoria-metrics")), *options], stdout=log, stderr=log)
    try:
        _await(lambda: _answers(f"{address}/health"), "VictoriaMetrics does not answer")
        yield Server(
            process=psutil.Process(process.pid),
            address=address,
            bucket="bench",
            url=address,
            stored=lambda: _metric(f"{address}/metrics", 'vm_rows_inserted_total{type="influx"}'),
            counted=lambda load: _victoria_count(address, load),
        )
    finally:
        process.terminate()
        process.wait(60)


def telegraf_into(server: Server, broker: Broker, load: Load, folder: Path) -> Taken:
    """Telegraf brought the broker's backlog into the server."""
    configuration, log = folder / "telegraf.conf", folder / "telegraf.log"
    text = TELEGRAF.format(
        port=broker.ingest.port,
        topic=FILTERS[0],
        client=CLIENT_ID,
        server=server.address,
        token=TOKEN,
        organization=ORGANIZATION,
        bucket=server.bucket,
    )
    configuration.write_text(text, encoding="utf-8")
    wanted, before = 7 * load.messages + server.stored(), _cpu_s(server.process)
    with log.open("wb") as lines:
        telegraf = subprocess.Popen(
            [str(program("telegraf")), "--config", str(configuration)], stdout=lines, stderr=lines
        )
    try:
        process = psutil.Process(telegraf.pid)
        _await(lambda: CONNECTED in log.read_bytes(), f"Telegraf does not connect, see {log}")
        began, peak = time.perf_counter(), 0
        while server.stored() < wanted:
            peak = max(peak, process.memory_info().rss + server.process.memory_info().rss)
            if time.perf_counter() - began > PATIENCE_S or telegraf.poll() is not None:
                sys.exit(f"Telegraf stopped after {server.stored():,} of {wanted:,} values\n{log.read_text()[-2000:]}")
            time.sleep(STEP_S)
        seconds = time.perf_counter() - began
        cpu_s = _cpu_s(process) + _cpu_s(server.process) - before
    finally:
        telegraf.terminate()
        telegraf.wait(60)
    return Taken(seconds=seconds, cpu_s=cpu_s, peak_mb=peak / 2**20, values=server.counted(load))


def _process_of(server: Influxd) -> psutil.Process:
    if server.process is None:
        sys.exit("the InfluxDB was not started")
    return psutil.Process(server.process.pid)


def _cpu_s(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _metric(address: str, name: str) -> int:
    text = httpx2.get(address, timeout=30, trust_env=False).text
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


def _answers(address: str) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return httpx2.get(address, timeout=2, trust_env=False).is_success
    return False


def _await(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(otherwise)
        time.sleep(0.01)


def _influx_count(url: str) -> int:
    address = InfluxAddress.parse(url)
    query = (
        f'from(bucket: "{address.bucket}") |> range(start: 2026-01-01T00:00:00Z)'
        ' |> group(columns: ["_field"]) |> count() |> group() |> sum()'
    )
    with InfluxDBClient(address.server, token=address.token, org=address.organization, timeout=300_000) as client:
        return sum(int(record.get_value()) for table in client.query_api().query(query) for record in table.records)


def _victoria_count(address: str, load: Load) -> int:
    httpx2.get(f"{address}/internal/force_flush", timeout=60, trust_env=False).raise_for_status()
    # Asked by device: one answer may not touch too many series.
    found = 0
    for first in range(10):
        query = f'sum(count_over_time({{site="{SITE}",device=~"tag-.*{first}"}}[10000d]))'
        parameters = {"query": query, "nocache": "1"}
        answer = httpx2.get(f"{address}/api/v1/query", params=parameters, timeout=300, trust_env=False)
        answer.raise_for_status()
        found += sum(int(float(each["value"][1])) for each in answer.json()["data"]["result"])
    return found if load.messages else 0
