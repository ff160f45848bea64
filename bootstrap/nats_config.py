"""The broker's configuration as text: who may publish what, and how much it may keep."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.credentials import SiteSecret, topics_of
from devices.model import Device
from ingest.sites import MARKER

INGEST_TOPICS = ("tiantou", "application", "tiantou-canary")
CANARY_SUBJECT = "tiantou-canary.>"
MARKER_SUBJECT = f"tiantou.v1.*.{MARKER}.*"
"""With a marker ingest asks how far a session has come."""
MESSAGES_SHARE = 0.8
"""Share of the store the message stream may fill: a full store would also refuse ingest's session, for ever."""
MEMORY_STORE_BYTES = 64 << 20
MAX_PAYLOAD_BYTES = 1 << 20
MAX_PENDING_BYTES = 256 << 20
"""Per connection; above max_ack_pending times a packed message, else a draining ingest is cut off as slow."""
MAX_ACK_PENDING = 20_000
ACK_WAIT_S = 30
"""After this long an unacknowledged message comes again; a backlog must not outlast it, or work is done twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """A user of the broker with the subjects (topics with dots) it may use.

    over: MQTT for devices and parts, STANDARD (the NATS protocol) for administration.
    """

    name: str
    password: str
    publish: Sequence[str]
    subscribe: Sequence[str]
    over: str = "MQTT"


def subject(topic: str) -> str:
    """The NATS subject of an MQTT topic whose levels are made of A-Z a-z 0-9 _ -."""
    return topic.replace("/", ".")


def part_users(secret: SiteSecret) -> list[BrokerUser]:
    """The users that are there from the start: ingest, and the administrator of streams."""
    # a filter tiantou/# also asks for "tiantou" itself; QoS 1 needs the delivery subjects below $MQTT.sub
    wanted = [name for topic in INGEST_TOPICS for name in (topic, f"{topic}.>")]
    return [
        BrokerUser(
            name=part_user("ingest"),
            password=secret.part_password("ingest"),
            publish=[CANARY_SUBJECT, MARKER_SUBJECT],
            subscribe=[*wanted, "$MQTT.sub.>"],
        ),
        BrokerUser(
            name=part_user("admin"),
            password=secret.part_password("admin"),
            publish=[">"],
            subscribe=[">"],
            over="STANDARD",
        ),
    ]


def device_users(devices: Iterable[Device], secret: SiteSecret) -> list[BrokerUser]:
    """One user for each device that publishes by itself: its own topics, and nothing to read."""
    return [
        BrokerUser(
            name=device.id,
            password=secret.device_password(device),
            publish=[subject(topic) for topic in topics_of(device)],
            subscribe=[],
        )
        for device in devices
        if topics_of(device)
    ]


def sender_users(sites: Iterable[str], secret: SiteSecret) -> list[BrokerUser]:
    """The network server, and for each simulated site its simulator, which speaks for all its devices."""
    network_server = BrokerUser(
        name=part_user("chirpstack"),
        password=secret.part_password("chirpstack"),
        publish=["application.>"],
        subscribe=["application.*.device.*.command.>", "$MQTT.sub.>"],
    )
    simulators = [
        BrokerUser(
            name=part_user(simulator_part(site)),
            password=secret.part_password(simulator_part(site)),
            publish=[f"tiantou.v1.{site}.>", "application.>"],
            subscribe=[],
        )
        for site in sites
    ]
    return [network_server, *simulators]


def simulator_part(site: str) -> str:
    """The part that speaks for a simulated site."""
    return f"simulator.{site}"


def part_user(part: str) -> str:
    """The broker's user of a part of the house; no device id has a dot, so none can be mistaken for it."""
    return f"tiantou.{part}"


def users_text(users: Iterable[BrokerUser]) -> str:
    """The `users` list, to be included in the server's configuration. JSON is valid there."""
    return f"users: {json.dumps([_entry(user) for user in users], indent=1)}\n"


def server_text(*, folder: Path, host: str, port: int, store_bytes: int, name: str) -> str:
    """The server's configuration: loopback for administration, MQTT where `host` says.

    folder: holds `users.conf`, the streams and the file that tells the administration port.
    """
    return "\n".join(
        [
            "# generated at each start",
            "listen: 127.0.0.1:-1  # without this line the server also opens port 4222 on every interface",
            f"ports_file_dir: {_text(folder)}",
            f"server_name: {_text(name)}",
            f"max_payload: {MAX_PAYLOAD_BYTES}",
            f"max_pending: {MAX_PENDING_BYTES}",
            "jetstream {",
            f"  store_dir: {_text(folder)}",
            f"  max_file_store: {store_bytes}",
            f"  max_memory_store: {MEMORY_STORE_BYTES}",
            "  sync_interval: 1s  # what a power cut may take of what was acknowledged to devices",
            "}",
            "mqtt {",
            f"  host: {_text(host)}",
            f"  port: {port}",
            f"  max_ack_pending: {MAX_ACK_PENDING}",
            f"  ack_wait: {ACK_WAIT_S}s",
            "}",
            "authorization {",
            '  include "users.conf"',
            "}",
            "",
        ]
    )


def messages_limit(store_bytes: int) -> int:
    """Bytes the message stream may hold in a store of that size."""
    return int(store_bytes * MESSAGES_SHARE)


def _entry(user: BrokerUser) -> dict[str, object]:
    return {
        "user": user.name,
        "password": user.password,
        "allowed_connection_types": [user.over],
        "permissions": {"publish": _allowed(user.publish), "subscribe": _allowed(user.subscribe)},
    }


def _allowed(subjects: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"allow": subjects} if subjects else {"deny": [">"]}


def _text(value: Path | str) -> str:
    return json.dumps(str(value), ensure_ascii=False)
