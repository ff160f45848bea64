"""Digests of an animal's raw readings, from the store, by whatever devices it wore."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from devices.deployments import streams
from observations.digests import DayDigest, day_digests
from observations.identifiers import EarTagNumber
from observations.ports import ObservationStore
from storage.records.records import Records


class StoredReadingDigests:
    """`traceability.evidence_pack.pack.ReadingDigests`."""

    def __init__(self, records: Records, store: ObservationStore) -> None:
        self._records, self._store = records, store

    def of_animal(self, animal: EarTagNumber) -> Sequence[DayDigest]:
        """One for each local day of which readings are kept, by day; may raise StoreUnavailableError."""
        worn = streams(self._records.deployments.of_animals([animal]))
        found = self._records.animals.find(animal)
        farm = None if found is None else self._records.households.find_farm(found.farm)
        if not worn or farm is None:
            return []
        return day_digests(self._store.export(worn), ZoneInfo(farm.timezone))
