"""paho-mqtt clients as ingest uses them: MQTT 3.1.1, acknowledged by hand, one client a connection."""

import ssl

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.mqtt.url import MqttUrl

KEEPALIVE_S = 30


def new_client(url: MqttUrl, *, client_id: str, clean_session: bool) -> Client:
    """A client that is not connected yet, and that will not connect a second time by itself."""
    client = Client(
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


def topic_of(message: MQTTMessage) -> str:
    """The message's topic; bytes that are no UTF-8 are kept as surrogates, to be refused with their reason."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "backslashreplace")  # noqa: SLF001 - paho has no other way to the bytes
