"""A real house in a folder of its own: records filled, `serve` running as a process, parts that can be killed.

Journeys use it, and so do benchmarks.
"""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import psutil

from api.auth import digest_of
from bootstrap.credentials import SiteSecret
from bootstrap.data_folder import DataFolder
from bootstrap.process import marked_process
from devices.model import Deployment, Device, DeviceKind
from households.model import Credential, CredentialKind, Farm, Household, Role, Site, User
from livestock.model import Animal, Sex
from observations.identifiers import DeviceId, EarTagNumber, FarmId, SiteId
from storage.records.records import Records
from storage.records.schema import migrate
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
SITE = SiteId.parse("lab")
FARM = FarmId.parse("farm-1")
TAGS = 4
BORN = date(2026, 1, 1)
START_S = 180.0
STEP_S = 0.1


def tag(i: int) -> DeviceId:
    return DeviceId.parse(f"tag-{i:04d}")


def pig(i: int) -> EarTagNumber:
    return EarTagNumber.parse(f"1430182{i:08d}")


@dataclass(slots=True)
class JourneyHouse:
    """One data folder, its ports, and the supervisor process of `tiantou serve`."""

    folder: DataFolder
    mqtt_url: str | None = None
    store_url: str | None = None
    http_port: int = field(default_factory=free_port)
    mqtt_port: int = field(default_factory=free_port)
    token: str = field(default_factory=secrets.token_urlsafe)
    supervisor: subprocess.Popen[bytes] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        named = {
            "TIANTOU_DATA_DIR": str(self.folder.root),
            "TIANTOU_HTTP_PORT": str(self.http_port),
            "TIANTOU_MQTT_PORT": str(self.mqtt_port),
        }
        broker = {"TIANTOU_MQTT_URL": self.mqtt_url} if self.mqtt_url else {}
        store = {"TIANTOU_STORE_URL": self.store_url} if self.store_url else {}
        return {**os.environ, **named, **broker, **store, **self.settings}  # noqa: TID251 a child process gets this one and more

    def password(self, i: int) -> str:
        return SiteSecret.of(self.folder).device_password(device(i))

    def start(self) -> None:
        """`tiantou serve` runs and is ready."""
        with (self.folder.logs / "supervisor.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "bootstrap", "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.await_ready()

    def await_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while not self._is_ready():
            assert time.monotonic() < deadline, self.logs()
            time.sleep(STEP_S)

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.http_port}/readyz", timeout=2, trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def kill(self, part: str) -> None:
        """The part that runs now died by SIGKILL."""
        psutil.wait_procs([self.send(part, signal.SIGKILL)], timeout=10)

    def send(self, part: str, number: signal.Signals) -> psutil.Process:
        """The part that runs now got the signal; a part that is just being started again is waited for."""
        deadline = time.monotonic() + START_S
        while (process := marked_process(self.folder.run / f"{part}.pid")) is None:
            assert time.monotonic() < deadline, self.logs()
            time.sleep(STEP_S)
        process.send_signal(number)
        return process

    def stop(self) -> None:
        """SIGTERM ended everything; no process of the house is left."""
        if self.supervisor is None:
            return
        family = psutil.Process(self.supervisor.pid).children(recursive=True)
        self.supervisor.terminate()
        assert self.supervisor.wait(60) == 0, self.logs()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive
        self.supervisor = None

    def get(self, path: str, **parameters: str) -> httpx2.Response:
        return httpx2.get(
            f"http://127.0.0.1:{self.http_port}{path}",
            params=parameters,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
            trust_env=False,
        )

    def post(self, path: str, value: object, **headers: str) -> httpx2.Response:
        return httpx2.post(
            f"http://127.0.0.1:{self.http_port}{path}",
            json=value,
            headers={"Authorization": f"Bearer {self.token}", **headers},
            timeout=60,
            trust_env=False,
        )

    def logs(self) -> str:
        files = sorted(self.folder.logs.glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-4000:]}" for file in files)


def device(i: int) -> Device:
    return Device(id=tag(i), site=SITE, kind=DeviceKind.EAR_TAG, report_interval_s=60)


def fill(records: Records, token: str) -> None:
    """A site with one farm, a pig for every tag, and an operator's token."""
    records.households.add_site(Site(id=SITE, name="Laboratory"))
    records.households.add_household(
        Household(id="h1", label="1 号户", name="测试户", township="测试镇", village="测试村")
    )
    records.households.add_farm(
        Farm(
            id=FARM,
            household="h1",
            site=SITE,
            name="Farm 1",
            gln="9526000100119",
            public_name="",
            county="430182",
        )
    )
    for i in range(TAGS):
        records.animals.add(Animal(id=pig(i), farm=FARM, breed="宁乡花猪", sex=Sex.FEMALE, born_on=BORN))
        records.devices.add(device(i))
        records.deployments.add(Deployment(device=tag(i), animal=pig(i), since=datetime(2026, 1, 2, tzinfo=UTC)))
    records.accounts.add_user(User(login="op", name="Operator", role=Role.OPERATOR, password_hash="!"))
    expires = datetime.now(UTC) + timedelta(days=1)
    records.accounts.issue(
        Credential(digest=digest_of(token), login="op", kind=CredentialKind.API_TOKEN, expires=expires)
    )


@contextmanager
def house_in(
    root: Path, mqtt_url: str | None = None, store_url: str | None = None, records_url: str | None = None
) -> Iterator[JourneyHouse]:
    """A filled house under `root`, not started; nothing of it runs afterwards."""
    house = JourneyHouse(folder=DataFolder(root=root), mqtt_url=mqtt_url, store_url=store_url)
    house.folder.create()
    if records_url is not None:
        house.settings["TIANTOU_RECORDS_URL"] = records_url
    records = Records.open(records_url or f"sqlite:///{house.folder.records}")
    migrate(records.engine)
    fill(records, house.token)
    records.close()
    try:
        yield house
    finally:
        if house.supervisor is not None and house.supervisor.poll() is None:
            house.supervisor.terminate()
            house.supervisor.wait(60)
