"""Publishers that are not the bottleneck: packets encoded beforehand, several processes, acknowledgements only counted.

`python -m benchmarks.load HOST:PORT MESSAGES [READINGS]` publishes to a broker that lets anybody in.
"""

import json
import multiprocessing
import random
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

START_MS = 1_782_864_000_000  # 2026-07-01
STEP_MS = 600_000
DEVICES = 2_000
SITE = "bench"
WINDOW = 4_000
CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the broker is, and as whom to publish ("" where it lets anybody in)."""

    host: str
    port: int
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """messages: in all; readings: in each message (1: seven values, more: a list of readings of three values)."""

    messages: int
    readings: int = 1
    devices: int = DEVICES


def device_ids(devices: int = DEVICES) -> Sequence[str]:
    """The devices that publish."""
    return [f"tag-{number:06d}" for number in range(devices)]


def payloads(load: Load, share: int, shares: int) -> Iterator[tuple[str, bytes]]:
    """Topic and payload of this share's messages: of every device in turn, each device in order of time."""
    generator = random.Random(share)  # noqa: S311 - a load, no secret
    devices = device_ids(load.devices)[share::shares]
    for number in range(load.messages // shares):
        turn, place = divmod(number, len(devices))
        device = devices[place]
        first_ms = START_MS + turn * load.readings * STEP_MS + generator.randrange(STEP_MS)
        found = [_reading(generator, first_ms + i * STEP_MS, few=load.readings > 1) for i in range(load.readings)]
        message = found[0] if load.readings == 1 else found
        yield f"tiantou/v1/{SITE}/{device}/observations", json.dumps(message).encode()


def _reading(generator: random.Random, moment_ms: int, *, few: bool) -> dict[str, float]:
    reading = {
        "t": moment_ms,
        "ear_temperature": round(generator.uniform(36, 40), 2),
        "activity": generator.randrange(100),
        "battery": round(generator.uniform(3.4, 3.7), 2),
    }
    if few:
        return reading
    return reading | {
        "ambient_temperature": round(generator.uniform(10, 35), 2),
        "steps": generator.randrange(2000),
        "rssi": -generator.randrange(40, 120),
        "illuminance": generator.randrange(100_000),
    }


def publish_all(address: Address, load: Load, *, processes: int = 2) -> float:
    """Everything is published and acknowledged by the broker; returned are the seconds from the first to the last."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(processes + 1), context.Barrier(processes + 1)
    workers = [
        context.Process(target=_publish_share, args=(address, load, share, processes, ready, done))
        for share in range(processes)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    began = time.perf_counter()
    done.wait()
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.join()
    return seconds


def _publish_share(
    address: Address,
    load: Load,
    share: int,
    shares: int,
    ready: Barrier,
    done: Barrier,
) -> None:
    chunks = _chunks(payloads(load, share, shares))
    with _signed_in(address, f"bench-{share}") as sock:
        ready.wait()
        _send_all(sock, chunks)
        done.wait()


def publish(address: Address, messages: Iterable[tuple[str, bytes]]) -> None:
    """The messages (topic, payload) are published in this process, and acknowledged by the broker."""
    with _signed_in(address, "bench-publisher") as sock:
        _send_all(sock, _chunks(messages))


@contextmanager
def _signed_in(address: Address, client_id: str) -> Iterator[socket.socket]:
    with socket.create_connection((address.host, address.port)) as sock:
        sock.sendall(connect_packet(client_id, address))
        _receive_exactly(sock, 4)
        yield sock
        sock.sendall(b"\xe0\x00")


def _chunks(messages: Iterable[tuple[str, bytes]]) -> list[list[bytes]]:
    packets = [publish_packet(topic, payload, number % 65_535 + 1) for number, (topic, payload) in enumerate(messages)]
    return [packets[first : first + CHUNK] for first in range(0, len(packets), CHUNK)]


def _send_all(sock: socket.socket, chunks: Sequence[Sequence[bytes]]) -> None:
    """Everything is sent, never more than `WINDOW` unacknowledged; the last is acknowledged."""
    sent = confirmed = rest = 0
    total = sum(map(len, chunks))
    for chunk in chunks:
        sock.sendall(b"".join(chunk))
        sent += len(chunk)
        while confirmed < sent - WINDOW or (sent == total and confirmed < sent):
            received = len(sock.recv(1 << 16))
            if not received:
                msg = "the broker ended the connection"
                raise ConnectionError(msg)
            acknowledged, rest = divmod(rest + received, 4)  # a PUBACK has four bytes
            confirmed += acknowledged


def connect_packet(client_id: str, address: Address) -> bytes:
    """An MQTT 3.1.1 CONNECT with a clean session and no keep-alive."""
    named = bool(address.user)
    body = _text("MQTT") + bytes([4, 0x02 | (0xC0 if named else 0)]) + b"\x00\x00" + _text(client_id)
    if named:
        body += _text(address.user) + _text(address.password)
    return b"\x10" + remaining_length(len(body)) + body


def publish_packet(topic: str, payload: bytes, packet_id: int, *, header: int = 0x32) -> bytes:
    """A PUBLISH; with the usual header its QoS is 1."""
    identity = packet_id.to_bytes(2, "big") if header & 0x06 else b""
    body = _text(topic) + identity + payload
    return bytes([header]) + remaining_length(len(body)) + body


def remaining_length(length: int) -> bytes:
    """The length of what follows, seven bits a byte (MQTT 3.1.1, section 2.2.3)."""
    encoded = bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(encoded)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def _receive_exactly(sock: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = sock.recv(size - len(received))
        if not part:
            msg = "the broker refuses the connection"
            raise ConnectionError(msg)
        received += part
    return received


def main() -> None:
    """The load was published; the rate is on standard output."""
    host, _, port = sys.argv[1].rpartition(":")
    load = Load(messages=int(sys.argv[2]), readings=int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    seconds = publish_all(Address(host=host, port=int(port)), load)
    print(f"{load.messages:,} messages in {seconds:.2f} s: {load.messages / seconds:,.0f} messages/s")


if __name__ == "__main__":
    main()
