"""Until when the broker holds a message: what ingest has acknowledged, asked of the embedded broker itself."""

import asyncio
import threading
import time
from dataclasses import dataclass

import nats
from nats.aio.client import Client
from nats.js.client import JetStreamContext

from bootstrap.broker import MESSAGE_STREAM, NatsBroker
from devices.codecs.topics import FILTERS

PATIENCE_S = 30.0
STEP_S = 0.002
SUBJECTS = "$MQTT.msgs."


@dataclass(slots=True)
class AckFloor:
    """The administrator's view of ingest's session, on an event loop in a thread of its own."""

    loop: asyncio.AbstractEventLoop
    client: Client
    streams: JetStreamContext
    consumer: str

    @classmethod
    def open(cls, broker: NatsBroker) -> "AckFloor":
        """Connected; ingest has a session there."""
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        client, streams, consumer = asyncio.run_coroutine_threadsafe(_connected(broker), loop).result(PATIENCE_S)
        return cls(loop=loop, client=client, streams=streams, consumer=consumer)

    def close(self) -> None:
        """The connection is ended."""
        asyncio.run_coroutine_threadsafe(self.client.close(), self.loop).result(PATIENCE_S)
        self.loop.call_soon_threadsafe(self.loop.stop)

    def wait(self) -> None:
        """Everything that the broker holds at the call is acknowledged by ingest; raises TimeoutError."""
        asyncio.run_coroutine_threadsafe(self._wait(), self.loop).result(PATIENCE_S)

    async def _wait(self) -> None:
        last = (await self.streams.stream_info(MESSAGE_STREAM)).state.last_seq
        deadline = time.monotonic() + PATIENCE_S
        while await self._floor() < last:
            if time.monotonic() > deadline:
                msg = f"message {last} was not acknowledged within {PATIENCE_S:g} s"
                raise TimeoutError(msg)
            await asyncio.sleep(STEP_S)

    async def _floor(self) -> int:
        found = await self.streams.consumer_info(MESSAGE_STREAM, self.consumer)
        return int(found.ack_floor.stream_seq) if found.ack_floor is not None else 0


async def _connected(broker: NatsBroker) -> tuple[Client, JetStreamContext, str]:
    account = broker.account("admin")
    address = broker._administration_address()  # noqa: SLF001 - the port is the server's own choice
    client = await nats.connect(address, user=account.user, password=account.password)
    streams = client.jetstream()
    consumers = await streams.consumers_info(MESSAGE_STREAM)
    wanted = SUBJECTS + FILTERS[0].replace("/", ".").replace("+", "*")
    name = next(each.name for each in consumers if each.config.filter_subject == wanted)
    return client, streams, str(name)
