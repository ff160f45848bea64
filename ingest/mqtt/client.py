"""paho-mqtt clients as ingest uses them: MQTT 3.1.1, acknowledged by hand, one client a connection."""

import ssl
from contextlib import suppress

import paho.mqtt
import structlog
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.mqtt.bulk_client import KNOWN_VERSIONS, BulkClient, can_read_in_bulk
from ingest.mqtt.url import MqttUrl
from ingest.printable import printable

KEEPALIVE_S = 30

log = structlog.get_logger()


def new_client(url: MqttUrl, *, client_id: str, clean_session: bool) -> Client:
    """A client that is not connected yet, and that will not connect a second time by itself."""
    return _prepared(Client, url, client_id=client_id, clean_session=clean_session)


def new_bulk_client(url: MqttUrl, *, client_id: str, clean_session: bool) -> Client:
    """The same with the fast reader; paho's own client where this version of paho is not known."""
    client = _prepared(BulkClient, url, client_id=client_id, clean_session=clean_session)
    if can_read_in_bulk(client):
        return client
    log.warning("paho_not_known", version=paho.mqtt.__version__, known=KNOWN_VERSIONS)
    return new_client(url, client_id=client_id, clean_session=clean_session)


def _prepared(kind: type[Client], url: MqttUrl, *, client_id: str, clean_session: bool) -> Client:
    client = kind(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=clean_session,
        protocol=MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    if url.username:
        client.username_pw_set(url.username, url.password)
    if url.tls:
        client.tls_set_context(ssl.create_default_context(cafile=url.ca_file))
    return client


def end_loop(client: Client) -> None:
    """The network thread of a client that was disconnected has ended, and no socket of it is open."""
    # paho's thread forgets itself when it ends; where it does so between loop_stop's look and its join, the join
    # fails on None, and the thread has ended all the same (paho 2.2)
    with suppress(AttributeError):
        client.loop_stop()
    _release(client)


def _release(client: Client) -> None:
    # paho leaves the sockets that wake its loop to the garbage collector
    reset = getattr(client, "_reset_sockets", None)
    if reset is not None:
        reset()


def topic_text(topic: bytes) -> str:
    """The topic, its control characters and bytes that are no UTF-8 as escapes (such a topic is refused)."""
    try:
        return printable(topic.decode("utf-8"))
    except UnicodeDecodeError:
        return printable(topic.decode("utf-8", "backslashreplace"))
