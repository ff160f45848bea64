"""What the whole web application is given by `bootstrap`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry

from agronomy.advice.advising import Adviser
from agronomy.ports import FieldRegistry, PlantingRecords
from api.hold_alarms import HoldAlarms
from api.public.services import PublicServices
from devices.ports import DeploymentBook, DeviceRegistry, IngestMonitor, Quarantine, QuarantineReplay
from households.ports import AccountBook, HouseholdRegistry
from livestock.ports import AnimalRegistry
from observations.ports import ObservationStore
from traceability.facilities import Facility
from traceability.minting import DemonstrationKeys, MintedKeys
from traceability.model import Product
from traceability.ports import (
    CaptureJobs,
    EventQueries,
    GuardBook,
    MassAlarms,
    MassRecords,
    NamedQueries,
    RecallBook,
    RecallGoods,
    RecallOutbox,
    Subscriptions,
    TraceGraph,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every port the application uses.

    access_revision: a number that changes whenever something changes that decides who may see what; it must not block.
    readiness: what keeps the service from being ready, by part and in words; empty where nothing does.
    metrics: the registry that `/metrics` shows.
    secure_cookies: the pages are served over HTTPS. sheet_secret: what the codes of households' sheets are made from;
    empty where sheets are only for those who sign in.
    mass_alarms: what was found by weighing all that was captured; None where nobody weighs it unasked.
    hold_alarms: tells what captures put on hold.
    keys: which keys animals and devices have in events.
    facilities: every slaughterhouse and packing house. catalogue: every trade item. Forms offer them.
    check_webhook: raises DestinationError where nothing may be posted to that address.
    observations_shared: other processes write to the store too, so that even the latest values may take a while.
    """

    public: PublicServices
    observations: ObservationStore
    devices: DeviceRegistry
    deployments: DeploymentBook
    quarantine: Quarantine
    replay: QuarantineReplay
    monitor: IngestMonitor
    animals: AnimalRegistry
    fields: FieldRegistry
    households: HouseholdRegistry
    accounts: AccountBook
    event_queries: EventQueries
    capture_jobs: CaptureJobs
    named_queries: NamedQueries
    subscriptions: Subscriptions
    check_webhook: Callable[[str], None]
    planting: PlantingRecords
    adviser: Adviser
    traces: TraceGraph
    recalls: RecallBook
    recall_goods: RecallGoods
    recall_outbox: RecallOutbox
    mass_records: MassRecords
    guards: GuardBook
    hold_alarms: HoldAlarms
    access_revision: Callable[[], int]
    readiness: Callable[[], Mapping[str, str]]
    metrics: CollectorRegistry
    now: Callable[[], datetime]
    secure_cookies: bool = False
    sheet_secret: bytes = b""
    observations_shared: bool = False
    mass_alarms: MassAlarms | None = None
    keys: MintedKeys = field(default_factory=DemonstrationKeys)
    facilities: Callable[[], Sequence[Facility]] = tuple
    catalogue: Callable[[], Sequence[Product]] = tuple
