from datetime import UTC, datetime

import pytest

from agronomy.ports import FieldRegistry
from devices.ports import DeploymentBook, DeviceRegistry, Quarantine
from households.ports import AccountBook, HouseholdRegistry
from livestock.ports import AnimalRegistry
from observations.ports import FollowerCursors
from storage.records.records import Records
from traceability.ports import (
    CaptureJobs,
    EventQueries,
    EventRepository,
    NamedQueries,
    ProductCatalogue,
    PublicPlaces,
    Subscriptions,
)

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def test_the_records_keep_every_port(records: Records) -> None:
    """The assignments are what the type checker proves; that they are empty at first is what the test adds."""
    devices: DeviceRegistry = records.devices
    deployments: DeploymentBook = records.deployments
    quarantine: Quarantine = records.quarantine
    animals: AnimalRegistry = records.animals
    fields: FieldRegistry = records.fields
    households: HouseholdRegistry = records.households
    accounts: AccountBook = records.accounts
    events: EventRepository = records.events
    queries: EventQueries = records.event_queries
    jobs: CaptureJobs = records.capture_jobs
    named: NamedQueries = records.named_queries
    subscriptions: Subscriptions = records.subscriptions
    products: ProductCatalogue = records.products
    places: PublicPlaces = records.places
    cursors: FollowerCursors = records.cursors
    assert [devices.all(), quarantine.list(), animals.all(), fields.all(), households.farms()] == [[]] * 5
    assert [deployments.of_devices(["a"]), events.about(["a"]), cursors.load("a")] == [[], [], {}]
    assert [queries.texts("epc", visible=None, after="", limit=1), jobs.unfinished()] == [[], []]
    assert named.list("a", after="", limit=1) == []
    assert subscriptions.list("a", query=None, after="", limit=1) == []
    assert [accounts.find_user("a"), products.find("a"), places.find("a")] == [None] * 3


@pytest.mark.parametrize("impossible", ["a\x00b", "\ud83d", "\x00"])
def test_looking_for_what_cannot_be_stored_finds_nothing(records: Records, impossible: str) -> None:
    assert records.devices.find(impossible) is None
    assert records.deployments.of_devices([impossible, "tag-1"]) == []
    assert records.quarantine.list(device=impossible) == []
    assert records.quarantine.find(impossible) is None
    assert records.households.households([impossible]) == []
    assert records.households.claimed_farms(impossible, NOON) == []
    assert records.accounts.find_user(impossible) is None
    assert records.accounts.find_credential(impossible, NOON) is None
    assert records.events.about([impossible]) == []
    assert records.events.find(impossible) == []
    assert records.events.with_ids([impossible]) == []
    assert records.event_queries.texts(impossible, visible=[impossible], after=impossible, limit=1) == []
    assert records.capture_jobs.find(impossible) is None
    assert records.named_queries.find(impossible, impossible) is None
    assert records.subscriptions.find(impossible) is None
    assert records.products.find(impossible) is None
    assert records.places.find(impossible) is None
