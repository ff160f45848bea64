"""A small world for tests of the web application: two enterprises, three households, pigs, fields, devices."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from agronomy.advice.advising import Adviser
from agronomy.model import Field
from api.app import create_app
from api.auth import digest_of
from api.hold_alarms import HoldAlarms
from api.public.services import PublicServices
from api.services import Services
from api.webhook_post import GuardedPost
from devices.model import Deployment, Device, DeviceKind, HeardMessage, SetAsideMessage
from households.model import Claim, Credential, CredentialKind, Enterprise, Farm, Household, Role, Site, User
from livestock.model import Animal, Sex
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, EarTagNumber, FarmId, FieldId, SiteId
from observations.properties import observed_property
from observations.quality import Quality
from tests.agronomy.planting_memory import Farms, Planting, Readings
from tests.api import epcis_fakes, fakes
from tests.traceability.compliance.book_in_memory import CertificatesInMemory
from tests.traceability.evidence_pack.readings_in_memory import NoReadings
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.photos.photos_in_memory import PhotosInMemory
from tests.traceability.pig_records import GuardsInMemory
from tests.traceability.recall_goods_in_memory import GoodsInMemory
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.model import CapturedEvent

NOW = datetime(2026, 7, 28, 1, 20, tzinfo=UTC)
SITE = SiteId.parse("ningxiang-sim")
PASSWORD = "correct horse"
QUICK_HASH = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
"""A sign-in costs nothing to speak of; by the recommended hash it takes 50 ms of a core."""
PASSWORD_HASH = QUICK_HASH.hash(PASSWORD)
HOSTILE = b'{"t":1,"ear":"<script>alert(1)</script>"}\x00\xff\xfe'


def resolve_by_heart(host: str, port: int) -> list[str]:  # noqa: ARG001 the resolver's signature
    """What a name server would say; no test asks one."""
    return {"client.example.com": ["93.184.216.34"], "inside.example.com": ["10.0.0.8"]}.get(host, [])


WEBHOOKS = GuardedPost(resolve=resolve_by_heart)
"""One for all: each reads all certificates of the machine, which takes 50 ms."""


@dataclass(kw_only=True)
class World:
    """The ports, filled, and the application over them."""

    store: fakes.ListStore
    devices: fakes.Devices
    deployments: fakes.Deployments
    quarantine: fakes.SetAside
    monitor: fakes.Monitor
    animals: fakes.Animals
    fields: fakes.Fields
    households: fakes.Households
    accounts: fakes.Accounts
    events: fakes.Events
    event_queries: epcis_fakes.Queries
    capture_jobs: epcis_fakes.Jobs
    named_queries: epcis_fakes.Named
    subscriptions: epcis_fakes.Subscribed
    recalls: RecallsInMemory
    holds: HoldsInMemory
    problems: dict[str, str]
    products: fakes.Products = field(default_factory=fakes.Products)
    now: datetime = NOW
    observations_shared: bool = False
    planting: Planting = field(init=False)
    certificates: CertificatesInMemory = field(default_factory=CertificatesInMemory)
    photos: PhotosInMemory = field(default_factory=PhotosInMemory)
    probes: Readings = field(default_factory=Readings)
    # Each ask is answered anew, as the fakes count no changes: nothing remembered may ever be used.
    revisions: Iterator[int] = field(default_factory=itertools.count)
    over: Callable[[Services], Services] = lambda services: services
    made: tuple[list[object], FastAPI] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.planting = Planting(fields=self.fields)

    def app(self) -> FastAPI:
        """The application over these ports: one for all clients, and another where a port was replaced meanwhile."""
        ports = [getattr(self, each.name) for each in fields(self) if each.name not in {"now", "made"}]
        if self.made is None or any(was is not port for was, port in zip(self.made[0], ports, strict=True)):
            self.made = ports, create_app(self.over(self.services()))
        return self.made[1]

    def restart(self) -> None:
        """The process has ended: the next application is another."""
        self.made = None

    def services(self) -> Services:
        public = PublicServices(
            events=self.events,
            products=self.products,
            places=fakes.Places(),
            recalls=self.recalls,
            holds=self.holds,
            guards=GuardsInMemory(self.events.kept),
            certificates=self.certificates,
            photos=self.photos,
            evidence=Evidence(
                key=EvidenceKey(b"a secret of tests"), readings=NoReadings(), base_url="http://testserver"
            ),
            now=lambda: self.now,
            base_url="http://testserver",
        )
        return Services(
            public=public,
            observations=self.store,
            observations_shared=self.observations_shared,
            devices=self.devices,
            deployments=self.deployments,
            quarantine=self.quarantine,
            replay=self.quarantine,
            monitor=self.monitor,
            animals=self.animals,
            fields=self.fields,
            households=self.households,
            accounts=self.accounts,
            event_queries=self.event_queries,
            capture_jobs=self.capture_jobs,
            named_queries=self.named_queries,
            subscriptions=self.subscriptions,
            check_webhook=WEBHOOKS.check,
            planting=self.planting,
            adviser=Adviser(self.planting, self.probes, Farms(), now=lambda: self.now),
            traces=GraphInMemory(lambda: self.events.kept),
            recalls=self.recalls,
            recall_goods=GoodsInMemory(lambda: self.events.kept),
            recall_outbox=self.recalls.outbox,
            mass_records=GoodsInMemory(lambda: self.events.kept),
            guards=GuardsInMemory(self.events.kept),
            hold_alarms=HoldAlarms(self.holds),
            access_revision=self.revisions.__next__,
            readiness=lambda: self.problems,
            metrics=CollectorRegistry(),
            now=lambda: self.now,
        )

    def client(self, login: str | None = None) -> TestClient:
        """A browser; signed in where a login is given."""
        client = TestClient(self.app(), follow_redirects=False, headers={"Accept": "text/html"})
        if login is not None:
            token = field_of(client.get("/console/login").text, "csrf")
            answer = client.post("/console/login", data={"login": login, "password": PASSWORD, "csrf": token})
            assert answer.status_code == 303, answer.text
        return client

    def program(self, login: str) -> TestClient:
        """A program with a bearer token."""
        secret = f"token of {login}"
        kind = CredentialKind.API_TOKEN
        expires = self.now + timedelta(days=30)
        self.accounts.issue(Credential(digest=digest_of(secret), login=login, kind=kind, expires=expires))
        headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}
        return TestClient(self.app(), follow_redirects=False, headers=headers)

    def put(
        self,
        device: str,
        values: dict[str, float],
        *,
        age: timedelta = timedelta(0),
        channel: str = "",
        quality: Quality = Quality.GOOD,
    ) -> None:
        """One reading of that age is in the store."""
        at = int((self.now - age).timestamp() * 1000)
        moments = np.array([at], np.int64)
        self.store.append(
            ObservationBatch(
                device=[device],
                channel=[channel],
                phenomenon_ms=moments,
                received_ms=moments,
                corrected_ms=moments,
                values={name: np.array([value]) for name, value in values.items()},
                quality={name: np.array([int(quality | _estimated(name))], np.uint8) for name in values},
            )
        )


def field_of(page: str, name: str) -> str:
    """The value of a hidden field of the page."""
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def empty_world() -> World:
    """A world with a site, two enterprises, and users, but nothing claimed."""
    events = fakes.Events()
    holds = HoldsInMemory(GraphInMemory(lambda: events.kept))
    subscriptions = epcis_fakes.Subscribed()
    world = World(
        store=fakes.ListStore(),
        devices=fakes.Devices(),
        deployments=fakes.Deployments(),
        quarantine=fakes.SetAside(),
        monitor=fakes.Monitor(),
        animals=fakes.Animals(),
        fields=fakes.Fields(),
        households=fakes.Households(),
        accounts=fakes.Accounts(),
        events=events,
        event_queries=epcis_fakes.Queries(events),
        capture_jobs=epcis_fakes.Jobs(events),
        named_queries=epcis_fakes.Named(subscriptions),
        subscriptions=subscriptions,
        recalls=RecallsInMemory(lambda: events.kept, holds=holds),
        holds=holds,
        problems={},
    )
    world.households.add_site(Site(id=SITE, name="模拟站", simulated=True))
    for enterprise, name in (("wangbei", "望北食品"), ("other", "邻县农业")):
        world.households.add_enterprise(Enterprise(id=enterprise, name=name))
        world.accounts.add_user(
            User(login=enterprise, name=name, role=Role.ENTERPRISE, password_hash=PASSWORD_HASH, enterprise=enterprise)
        )
    world.accounts.add_user(User(login="operator", name="运维", role=Role.OPERATOR, password_hash=PASSWORD_HASH))
    return world


def add_household(world: World, number: int, township: str, enterprise: str) -> FarmId:
    """A household with its farm, claimed by the enterprise until March."""
    household = f"h-{number:02}"
    farm = FarmId.parse(f"farm-{number:02}")
    world.households.add_household(
        Household(id=household, label=f"{number} 号户", name=f"张秘密{number}", township=township, village="某村")
    )
    world.households.add_farm(
        Farm(
            id=farm,
            household=household,
            site=SITE,
            name=f"场 {number}",
            gln=f"95260001000{number:02}",
            public_name="",
            county="430182",
        )
    )
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)
    world.households.add_claim(Claim(enterprise=enterprise, household=household, since=since, until=until))
    return farm


def add_pig(world: World, serial: int, farm: FarmId, *, gateway: str | None = None) -> EarTagNumber:
    """A pig with a tag that it has worn for 200 days."""
    number = EarTagNumber.parse(f"1430182{serial:08}")
    tag = DeviceId.parse(f"tag-{serial:08}")
    world.animals.add(Animal(id=number, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2025, 12, 20)))
    via = None if gateway is None else DeviceId.parse(gateway)
    world.devices.add(Device(id=tag, site=SITE, kind=DeviceKind.EAR_TAG, gateway=via, report_interval_s=1800))
    world.deployments.add(Deployment(device=tag, animal=number, since=NOW - timedelta(days=200)))
    return number


def add_field(world: World, number: int, farm: FarmId, name: str) -> FieldId:
    """A field of sweet potatoes with a probe at two depths."""
    field = FieldId.parse(f"field-{number:02}")
    probe = DeviceId.parse(f"probe-{number:04}")
    world.fields.add(
        Field(
            id=field,
            farm=farm,
            name=name,
            area_mu=Decimal("2.4"),
            crop="甘薯",
            variety="商薯19",
            planted_on=date(2026, 5, 22),
        )
    )
    world.devices.add(Device(id=probe, site=SITE, kind=DeviceKind.SOIL_PROBE, report_interval_s=3600))
    for channel in ("20cm", "40cm"):
        since = NOW - timedelta(days=60)
        world.deployments.add(Deployment(device=probe, field=field, channel=channel, since=since))
    return field


def small_world() -> World:
    """Two households of one enterprise with a pig and a field each, and one pig and field of another's."""
    world = empty_world()
    for number, township, enterprise in (
        (1, "流沙河镇", "wangbei"),
        (2, "双凫铺镇", "wangbei"),
        (3, "老粮仓镇", "other"),
    ):
        farm = add_household(world, number, township, enterprise)
        add_pig(world, 146 + number, farm)
        add_field(world, number, farm, f"大丘{number}")
        tag, probe = f"tag-{146 + number:08}", f"probe-{number:04}"
        world.put(tag, {"ear_temperature": 38.0 + number / 10, "activity": 41, "battery": 3.02}, age=_minutes(4))
        world.put(tag, {"rssi": -98}, age=_minutes(4))
        world.put(probe, {"soil_moisture": 30.0 + number, "soil_temperature": 27.4}, age=_minutes(6), channel="20cm")
        world.put(probe, {"soil_moisture": 35.0, "soil_nitrogen": 41}, age=_minutes(6), channel="40cm")
        world.monitor.messages[tag] = HeardMessage(
            device=tag, topic=f"tiantou/v1/{SITE}/{tag}/observations", payload=HOSTILE, received=NOW - _minutes(4)
        )
        world.quarantine.set_aside([set_aside(tag, f"{number}" * 64)])
        world.events.capture([birth(f"1430182{146 + number:08}")])
    return world


def set_aside(device: str, digest: str, code: str = "not_json") -> SetAsideMessage:
    """A message in quarantine."""
    return SetAsideMessage(
        digest=digest,
        topic=f"tiantou/v1/{SITE}/{device}/observations",
        payload=HOSTILE,
        size=len(HOSTILE),
        code=code,
        reason="the payload is no JSON",
        device=device,
        first_received=NOW - _minutes(9),
        last_received=NOW - _minutes(9),
    )


def birth(number: str) -> CapturedEvent:
    """A captured birth."""
    return CapturedEvent(
        event_id=f"urn:uuid:00000000-0000-5000-8000-{number[-12:]}",
        event_type="ObjectEvent",
        event_time=datetime(2025, 12, 20, 3, tzinfo=UTC),
        record_time=NOW,
        biz_step="commissioning",
        epcs=(f"https://id.gs1.org/8004/9526000{number}",),
        document=json.dumps(
            {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "ObjectEvent",
                "eventTime": "2025-12-20T11:00:00.000+08:00",
                "eventTimeZoneOffset": "+08:00",
                "epcList": [f"https://id.gs1.org/8004/9526000{number}"],
                "action": "ADD",
                "bizStep": "commissioning",
            }
        ),
    )


def _estimated(name: str) -> Quality:
    return Quality.ESTIMATED if observed_property(name).estimated else Quality.GOOD


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
