"""What the running parts are made of, from the settings of one house."""

import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import structlog
from prometheus_client import CollectorRegistry, Gauge

from agronomy.advice.advising import Adviser
from api.hold_alarms import HoldAlarms
from api.services import Services
from api.subscription_delivery import Deliveries
from api.webhook_post import GuardedPost
from bootstrap.clock import now_ms, utc_now
from bootstrap.credentials import ingest_client_id
from bootstrap.data_folder import kept_secret
from bootstrap.digest_keeping import DigestKeeping
from bootstrap.errors import SettingsError
from bootstrap.field_followers import FieldPushes
from bootstrap.field_sources import NoReadings, RegisteredFarms, StoredFieldReadings
from bootstrap.followers import DailySummaries
from bootstrap.following import Following, follow
from bootstrap.house import House
from bootstrap.page_makers import PageMakers
from bootstrap.page_services import page_services
from bootstrap.page_wire import Sources
from bootstrap.reading_digests import StoredReadingDigests
from bootstrap.rollups import RollUpWorker
from bootstrap.scan_keeping import ScanKeeping
from bootstrap.subscription_sender import SubscriptionSender
from devices.ports import QuarantineReplay
from ingest.mqtt.url import MqttUrl
from ingest.pipeline import Listener, Pipeline
from observations.ports import ObservationStore
from storage.influx.address import is_influx_url
from storage.influx.store import open_influx_store
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.records.records import Records
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.scan_watch import ScanCounter
from traceability.wanted_digests import WantedDigests

log = structlog.get_logger()


def open_store(house: House, *, part: str, snapshot: Path | None = None) -> ObservationStore:
    """The store of observations; `part` and the folder's own id name it as a writer, the same at every start.

    snapshot: where its latest values are kept between runs, for a part that runs beside another one.
    Raises SettingsError where TIANTOU_STORE_URL is no address of a store, StoreUnavailableError.
    """
    place = house.settings.store_url or house.folder.observations
    opener = open_influx_store if is_influx_url(str(place)) else open_clickhouse_store
    try:
        store = opener(
            place,
            writer=f"{part}-{ingest_client_id(house.folder)[-8:]}",
            snapshot_file=snapshot or house.folder.latest_snapshot,
            now_ms=now_ms,
        )
    except ValueError as error:
        problem = f"TIANTOU_STORE_URL: {error}"
        raise SettingsError(problem) from error
    if isinstance(store, ClickHouseObservationStore):
        for change in store.changes:
            log.info("observations.brought_up", change=change)
    return store


def build_adviser(records: Records, store: ObservationStore | None) -> Adviser:
    """Advice for fields; store: None where none is open, then nothing was heard of their probes."""
    readings = NoReadings() if store is None else StoredFieldReadings(store, records.deployments)
    return Adviser(records, readings, RegisteredFarms(records.households), now=utc_now)


def build_evidence(house: House, records: Records, store: ObservationStore) -> Evidence:
    """What packs of evidence are made with; the key is derived from a secret of the data folder (mode 0600)."""
    return Evidence(
        key=evidence_key(house),
        readings=StoredReadingDigests(records, store),
        base_url=house.settings.public_url,
    )


def evidence_key(house: House) -> EvidenceKey:
    """The key that signs evidence, made at the first call."""
    return EvidenceKey(kept_secret(house.folder.secrets / "evidence").encode())


def build_roll_ups(store: ObservationStore) -> Sequence[RollUpWorker]:
    """What keeps the store's roll-up by the hour; nothing where the store rolls nothing up."""
    return [RollUpWorker(store.roll_ups)] if isinstance(store, ClickHouseObservationStore) else []


def build_followers(records: Records, store: ObservationStore, metrics: CollectorRegistry) -> Sequence[Following]:
    """What follows the store of observations; a follower of yours is one more in this list."""
    followers = [
        DailySummaries(records, store, now=utc_now).follower(),
        FieldPushes(records, build_adviser(records, store), now=utc_now).follower(),
    ]
    return follow(followers, store=store, records=records, metrics=metrics, now=utc_now)


def build_pipeline(
    records: Records, store: ObservationStore, metrics: CollectorRegistry, listeners: Sequence[Listener] = ()
) -> Pipeline:
    """The way of messages into the store; it knows which values were stuck before. Raises StoreUnavailableError."""
    pipeline = Pipeline(
        registry=records.devices,
        store=store,
        quarantine=records.quarantine,
        now_ms=now_ms,
        metrics=metrics,
        listeners=listeners,
    )
    pipeline.recall()
    return pipeline


def new_salt() -> bytes:
    """What the networks of one day's scans are hashed with; never kept."""
    return secrets.token_bytes(32)


def build_services(
    house: House,
    *,
    records: Records,
    store: ObservationStore,
    pipeline: Pipeline,
    replay: QuarantineReplay,
    metrics: CollectorRegistry,
    readiness: Callable[[], Mapping[str, str]],
) -> Services:
    """Every port of the web application."""
    counter, wanted = ScanCounter(new_salt=new_salt), WantedDigests(records.life_digests)
    public = replace(
        page_services(records, base_url=house.settings.public_url),
        evidence=build_evidence(house, records, store),
        counter=counter,
        digests=wanted,
        elsewhere=build_page_makers(house, counter, wanted, metrics),
    )
    return Services(
        public=public,
        observations=store,
        observations_shared=house.settings.store_url is not None,
        devices=records.devices,
        deployments=records.deployments,
        quarantine=records.quarantine,
        replay=replay,
        monitor=pipeline.monitor,
        animals=records.animals,
        fields=records.fields,
        households=records.households,
        accounts=records.accounts,
        event_queries=records.event_queries,
        capture_jobs=records.capture_jobs,
        named_queries=records.named_queries,
        subscriptions=records.subscriptions,
        check_webhook=build_post(house).check,
        planting=records,
        adviser=build_adviser(records, store),
        traces=records.traces,
        recalls=records.recalls,
        keys=records.keys,
        recall_goods=records.recall_goods,
        recall_outbox=records.recall_outbox,
        mass_records=records.mass_records,
        mass_alarms=records.mass_alarms,
        guards=records.guards,
        hold_alarms=HoldAlarms(records.holds),
        facilities=records.places.facilities,
        catalogue=records.products.all,
        access_revision=records.access_revision.current,
        readiness=readiness,
        metrics=metrics,
        now=utc_now,
        secure_cookies=house.settings.public_url.startswith("https://"),
        sheet_secret=kept_secret(house.folder.secrets / "sheets").encode(),
    )


def build_page_makers(
    house: House, counter: ScanCounter, wanted: WantedDigests, metrics: CollectorRegistry
) -> PageMakers:
    """Processes that make pages of packs, as many as the settings say; not started."""
    return PageMakers(
        house.folder,
        Sources(records_url=house.records_url, base_url=house.settings.public_url),
        processes=house.settings.page_maker_processes,
        log_format=house.settings.log_format,
        counter=counter,
        wanted=wanted,
        now=utc_now,
        metrics=metrics,
    )


def page_makers_of(services: Services) -> Sequence[PageMakers]:
    """The page makers of these services, to be started and stopped; nothing where there are none."""
    makers = services.public.elsewhere
    return [makers] if isinstance(makers, PageMakers) else []


def build_scan_keeping(services: Services, records: Records) -> Sequence[ScanKeeping]:
    """What keeps the counts of scans; nothing where none are counted."""
    counter = services.public.counter
    return [ScanKeeping(counter, records.scans, now=services.now)] if isinstance(counter, ScanCounter) else []


def build_digest_keeping(services: Services, records: Records) -> Sequence[DigestKeeping]:
    """What makes the digests that pages are told from; nothing where pages read all events."""
    wanted = services.public.digests
    return [DigestKeeping(wanted, records.life_digests, records.cursors)] if isinstance(wanted, WantedDigests) else []


def build_post(house: House) -> GuardedPost:
    """What posts to subscribers, no further than the settings allow."""
    return GuardedPost(private=house.settings.webhooks_private)


def build_sender(house: House, services: Services) -> SubscriptionSender:
    """What serves subscriptions; not started."""
    post = build_post(house)
    patience = timedelta(days=house.settings.webhook_patience_days)
    deliveries = Deliveries(services, post, chance=random.random, patience=patience)
    return SubscriptionSender(
        deliveries, services.subscriptions, services.event_queries, now=services.now, break_off=post.close
    )


def ingest_url(house: House) -> MqttUrl:
    """Where ingest connects, and as whom."""
    settings = house.settings
    if settings.mqtt_url is not None:
        return MqttUrl.parse(settings.mqtt_url, ca_file=settings.mqtt_ca_file)
    account = house.broker.account("ingest")
    return MqttUrl(host=account.host, port=account.port, username=account.user, password=account.password)


def disk_free_fraction(house: House) -> float:
    """How much of the data folder's disk is free, from 0 to 1."""
    usage = psutil.disk_usage(str(house.folder.root))
    return float(usage.free / usage.total)


def build_metrics(house: House) -> CollectorRegistry:
    """The registry that `/metrics` shows; it tells the disk's state by itself."""
    registry = CollectorRegistry()
    Gauge("tiantou_disk_free_ratio", "Free share of the data folder's disk, 0 to 1", registry=registry).set_function(
        lambda: disk_free_fraction(house)
    )
    return registry
