"""All records of the house behind one engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from storage.records.access_revision import SqlAccessRevision
from storage.records.accounts import SqlAccountBook
from storage.records.advice_book import SqlAdviceBook
from storage.records.animals import SqlAnimalRegistry
from storage.records.capture_jobs import SqlCaptureJobs
from storage.records.certificates import SqlCertificateBook
from storage.records.cursors import SqlFollowerCursors
from storage.records.deployments import SqlDeploymentBook
from storage.records.devices import SqlDeviceRegistry
from storage.records.engine import open_records
from storage.records.event_queries import SqlEventQueries
from storage.records.events import SqlEventRepository
from storage.records.fields import SqlFieldRegistry
from storage.records.guard_book import SqlGuardBook
from storage.records.harvest_book import SqlHarvestBook
from storage.records.holds import SqlHoldBook
from storage.records.households import SqlHouseholdRegistry
from storage.records.judging import SqlHoldJudge
from storage.records.life_digests import SqlLifeDigests
from storage.records.links import SqlGivenLinks
from storage.records.mass_alarms import SqlMassAlarms
from storage.records.mass_records import SqlMassRecords
from storage.records.minted_keys import SqlMintedKeys
from storage.records.named_queries import SqlNamedQueries
from storage.records.personal import SqlPersonalData
from storage.records.photos import SqlPhotoBook
from storage.records.places import SqlPublicPlaces
from storage.records.price_book import SqlPriceBook
from storage.records.products import SqlProductCatalogue
from storage.records.push_book import SqlPushBook, SqlWeatherBook
from storage.records.quarantine import SqlQuarantine
from storage.records.quarantine_bounds import Bounds
from storage.records.recall_goods import SqlRecallGoods
from storage.records.recall_outbox import SqlRecallOutbox
from storage.records.recalls import SqlRecallBook
from storage.records.scan_book import SqlScanBook
from storage.records.sealing import NoSeal, Seal
from storage.records.site_claims import SqlSiteClaims
from storage.records.soil_book import SqlSoilBook
from storage.records.subscriptions import SqlSubscriptions
from storage.records.traces import SqlTraces
from storage.records.transactions import OwnTransactions, SharedTransaction, Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Every repository of the records. Each call is one transaction; any thread may call at any time."""

    engine: Engine
    transactions: Transactions
    bounds: Bounds
    seal: Seal
    devices: SqlDeviceRegistry
    deployments: SqlDeploymentBook
    quarantine: SqlQuarantine
    animals: SqlAnimalRegistry
    fields: SqlFieldRegistry
    households: SqlHouseholdRegistry
    accounts: SqlAccountBook
    events: SqlEventRepository
    life_digests: SqlLifeDigests
    event_queries: SqlEventQueries
    capture_jobs: SqlCaptureJobs
    named_queries: SqlNamedQueries
    subscriptions: SqlSubscriptions
    products: SqlProductCatalogue
    places: SqlPublicPlaces
    traces: SqlTraces
    recalls: SqlRecallBook
    holds: SqlHoldBook
    hold_judge: SqlHoldJudge
    certificates: SqlCertificateBook
    photos: SqlPhotoBook
    guards: SqlGuardBook
    given_links: SqlGivenLinks
    keys: SqlMintedKeys
    recall_goods: SqlRecallGoods
    recall_outbox: SqlRecallOutbox
    mass_records: SqlMassRecords
    mass_alarms: SqlMassAlarms
    cursors: SqlFollowerCursors
    personal: SqlPersonalData
    access_revision: SqlAccessRevision
    site_claims: SqlSiteClaims
    soil: SqlSoilBook
    harvests: SqlHarvestBook
    advice: SqlAdviceBook
    pushes: SqlPushBook
    weather: SqlWeatherBook
    scans: SqlScanBook
    prices: SqlPriceBook

    @classmethod
    def open(cls, url: str, *, bounds: Bounds | None = None, seal: Seal | None = None) -> "Records":
        """The records at that URL, whose tables `migrate(records.engine)` makes; raises RecordsUrlError.

        seal: of others' secrets in them; None: they lie there as they are.
        """
        engine = open_records(url)
        return cls.over(engine, OwnTransactions(engine), bounds=bounds or Bounds(), seal=seal)

    @classmethod
    def over(cls, engine: Engine, transactions: Transactions, *, bounds: Bounds, seal: Seal | None = None) -> "Records":
        """The records of an engine, working in these transactions."""
        seal = seal or NoSeal()
        return cls(
            engine=engine,
            transactions=transactions,
            bounds=bounds,
            seal=seal,
            devices=SqlDeviceRegistry(transactions),
            deployments=SqlDeploymentBook(transactions),
            quarantine=SqlQuarantine(transactions, bounds=bounds),
            animals=SqlAnimalRegistry(transactions),
            fields=SqlFieldRegistry(transactions),
            households=SqlHouseholdRegistry(transactions),
            accounts=SqlAccountBook(transactions),
            events=SqlEventRepository(transactions),
            life_digests=SqlLifeDigests(transactions),
            event_queries=SqlEventQueries(transactions),
            capture_jobs=SqlCaptureJobs(transactions),
            named_queries=SqlNamedQueries(transactions),
            subscriptions=SqlSubscriptions(transactions, seal=seal),
            products=SqlProductCatalogue(transactions),
            places=SqlPublicPlaces(transactions),
            traces=SqlTraces(transactions),
            recalls=SqlRecallBook(transactions),
            holds=SqlHoldBook(transactions),
            hold_judge=SqlHoldJudge(transactions),
            certificates=SqlCertificateBook(transactions),
            photos=SqlPhotoBook(transactions),
            guards=SqlGuardBook(transactions),
            given_links=SqlGivenLinks(transactions),
            keys=SqlMintedKeys(transactions),
            recall_goods=SqlRecallGoods(transactions),
            recall_outbox=SqlRecallOutbox(transactions),
            mass_records=SqlMassRecords(transactions),
            mass_alarms=SqlMassAlarms(transactions),
            cursors=SqlFollowerCursors(transactions),
            personal=SqlPersonalData(transactions),
            access_revision=SqlAccessRevision(engine),
            soil=SqlSoilBook(transactions),
            harvests=SqlHarvestBook(transactions),
            advice=SqlAdviceBook(transactions),
            pushes=SqlPushBook(transactions),
            weather=SqlWeatherBook(transactions),
            scans=SqlScanBook(transactions),
            prices=SqlPriceBook(transactions),
            site_claims=SqlSiteClaims(transactions),
        )

    @contextmanager
    def together(self) -> Iterator["Records"]:
        """Records whose calls hold together: all of them when the block ends, none where it ends by an error.

        Others wait to write meanwhile, and this thread must use the given records only: keep it short.
        """
        with self.transactions.writing() as connection:
            yield Records.over(self.engine, SharedTransaction(connection), bounds=self.bounds, seal=self.seal)

    def close(self) -> None:
        """No connection stays open; the object must not be used again."""
        self.engine.dispose()
