"""Small conforming implementations of the ports, in memory, for tests of the web application."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from agronomy.model import Field
from devices.identifiers import DevEui
from devices.model import Deployment, Device, HeardMessage, IngestState, SetAsideMessage
from households.model import Claim, Credential, Enterprise, Farm, Household, Site, User
from livestock.model import Animal, AnimalStatus
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, EarTagNumber, FarmId, FieldId
from observations.model import (
    Appended,
    Buckets,
    Conflict,
    Correction,
    Cursor,
    Expired,
    Latest,
    Observation,
    Series,
    Stream,
)
from observations.quality import SUSPECT, Quality
from observations.retention import RetentionPolicy
from traceability.model import CapturedEvent, Product, PublicPlace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Key = tuple[str, str, str, int]


def _moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


class ListStore:
    """An ObservationStore that keeps every value in a dictionary, and walks it."""

    def __init__(self) -> None:
        self.values: dict[Key, Observation] = {}
        self.kept_conflicts: list[Conflict] = []
        self.newest: dict[tuple[str, str, str], Latest] = {}

    def append(self, batch: ObservationBatch) -> Appended:
        stored = redelivered = conflicting = 0
        for name, column in batch.values.items():
            flags = batch.quality.get(name, np.zeros(len(batch), np.uint8))
            for row in np.flatnonzero(~np.isnan(column)):
                seen = self._keep(_observation(batch, name, int(row), float(column[row]), int(flags[row])))
                stored, redelivered = stored + (seen == "new"), redelivered + (seen == "same")
                conflicting += seen == "conflict"
        return Appended(stored=stored, redelivered=redelivered, conflicting=conflicting, cursor=self.head())

    def _keep(self, new: Observation) -> str:
        key = (new.device, new.channel, new.observed_property, new.phenomenon_ms)
        before = self.values.get(key)
        if before is not None and before.value == new.value:
            return "same"
        if before is not None:
            self.kept_conflicts.append(
                Conflict(
                    device=new.device,
                    channel=new.channel,
                    observed_property=new.observed_property,
                    phenomenon_ms=new.phenomenon_ms,
                    stored_value=before.value,
                    refused_value=new.value,
                    received_time=new.received_time,
                )
            )
            return "conflict"
        self.values[key] = new
        good = self.newest[key[:3]].good if key[:3] in self.newest else None
        if not new.quality & SUSPECT and (good is None or good.phenomenon_ms < new.phenomenon_ms):
            good = new
        self.newest[key[:3]] = Latest(good=good, arrived=new)
        return "new"

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        return [latest for (device, _, _), latest in self.newest.items() if device in devices]

    def _of(self, streams: Sequence[Stream], name: str, *, suspect: bool) -> list[Observation]:
        found = [
            each
            for each in self.values.values()
            if each.observed_property == name
            and (suspect or not each.quality & SUSPECT)
            and any(
                stream.device == each.device
                and stream.channel in {None, each.channel}
                and (stream.since_ms is None or stream.since_ms <= each.phenomenon_ms)
                and (stream.until_ms is None or each.phenomenon_ms < stream.until_ms)
                for stream in streams
            )
        ]
        return sorted(found, key=lambda each: each.phenomenon_ms)

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        found = self._of(streams, observed_property, suspect=suspect)[-limit:]
        return Series(
            phenomenon_ms=np.array([each.phenomenon_ms for each in found], np.int64),
            value=np.array([each.value for each in found], np.float64),
            quality=np.array([int(each.quality) for each in found], np.uint8),
            device=np.array([each.device for each in found], np.object_),
            channel=np.array([each.channel for each in found], np.object_),
        )

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        groups: dict[int, list[Observation]] = {}
        for each in self._of(streams, observed_property, suspect=False):
            start = (each.phenomenon_ms + offset_ms) // width_ms * width_ms - offset_ms
            groups.setdefault(start, []).append(each)
        values = [np.array([each.value for each in group]) for group in groups.values()]
        return Buckets(
            start_ms=np.array(list(groups), np.int64),
            minimum=np.array([each.min() for each in values], np.float64),
            mean=np.array([each.mean() for each in values], np.float64),
            maximum=np.array([each.max() for each in values], np.float64),
            total=np.array([each.sum() for each in values], np.float64),
            count=np.array([len(each) for each in values], np.int64),
            devices=np.array([len({each.device for each in group}) for group in groups.values()], np.int64),
        )

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        raise AssertionError(cursor, limit)  # the web application never follows

    def head(self) -> Cursor:
        return {"fake": len(self.values)}

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        found = [each for each in self.kept_conflicts if devices is None or each.device in devices]
        return found[::-1][:limit]

    def conflict_count(self, device: str) -> int:
        return sum(each.device == device for each in self.kept_conflicts)

    def correct(self, correction: Correction) -> None:
        raise AssertionError(correction)

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        raise AssertionError(devices, limit)

    def erase(self, streams: Sequence[Stream]) -> int:
        raise AssertionError(streams)

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        for name in sorted({name for _, _, name, _ in self.values}):
            for each in self._of(streams or [], name, suspect=True):
                yield _row(each)

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        raise AssertionError(policy, now_ms)

    def snapshot(self, folder: Path) -> None:
        raise AssertionError(folder)  # the web application never copies

    def close(self) -> None:
        self.values.clear()


def _row(each: Observation) -> ObservationBatch:
    return ObservationBatch(
        device=[each.device],
        channel=[each.channel],
        phenomenon_ms=np.array([each.phenomenon_ms], np.int64),
        received_ms=np.array([int(each.received_time.timestamp() * 1000)], np.int64),
        corrected_ms=np.array([int(each.corrected_time.timestamp() * 1000)], np.int64),
        values={each.observed_property: np.array([each.value])},
        quality={each.observed_property: np.array([int(each.quality)], np.uint8)},
    )


def _observation(batch: ObservationBatch, name: str, row: int, value: float, flags: int) -> Observation:
    return Observation(
        device=batch.device[row],
        channel=batch.channel[row],
        observed_property=name,
        phenomenon_ms=int(batch.phenomenon_ms[row]),
        corrected_time=_moment(int(batch.corrected_ms[row])),
        received_time=_moment(int(batch.received_ms[row])),
        value=value,
        quality=Quality(flags),
    )


class Devices:
    def __init__(self) -> None:
        self.kept: dict[str, Device] = {}

    def add(self, device: Device) -> None:
        self.kept[device.id] = device

    def find(self, device: str) -> Device | None:
        return self.kept.get(device)

    def find_by_dev_eui(self, dev_eui: DevEui) -> Device | None:
        return next((each for each in self.kept.values() if each.dev_eui == dev_eui), None)

    def all(self) -> Sequence[Device]:
        return sorted(self.kept.values(), key=lambda each: (each.site, each.id))


class Deployments:
    def __init__(self) -> None:
        self.kept: list[Deployment] = []

    def add(self, deployment: Deployment) -> None:
        self.kept.append(deployment)

    def end(self, device: DeviceId, until: datetime) -> None:
        self.kept = [
            replace(each, until=until) if each.device == device and each.until is None else each for each in self.kept
        ]

    def of_devices(self, devices: Collection[str]) -> Sequence[Deployment]:
        return self._sorted(each for each in self.kept if each.device in devices)

    def of_animals(self, animals: Collection[EarTagNumber]) -> Sequence[Deployment]:
        return self._sorted(each for each in self.kept if each.animal is not None and each.animal in animals)

    def of_fields(self, fields: Collection[FieldId]) -> Sequence[Deployment]:
        return self._sorted(each for each in self.kept if each.field is not None and each.field in fields)

    def _sorted(self, found: Iterable[Deployment]) -> list[Deployment]:
        return sorted(found, key=lambda each: each.since)


class SetAside:
    """Quarantine and its replay: a message replays where its reason is in `curable`."""

    def __init__(self) -> None:
        self.kept: dict[str, SetAsideMessage] = {}
        self.curable: set[str] = set()
        self.gave_way: dict[str, int] = {}

    def set_aside(self, messages: Iterable[SetAsideMessage]) -> None:
        self.kept.update({message.digest: message for message in messages})

    def list(self, *, device: str | None = None, limit: int = 100) -> Sequence[SetAsideMessage]:
        waiting = [each for each in self.kept.values() if each.replayed_at is None and device in {None, each.device}]
        return sorted(waiting, key=lambda each: each.last_received, reverse=True)[:limit]

    def find(self, digest: str) -> SetAsideMessage | None:
        return next((each for each in self.kept.values() if each.digest.startswith(digest)), None)

    def mark_replayed(self, digest: str, at: datetime) -> None:
        self.kept[digest] = replace(self.kept[digest], replayed_at=at)

    def counts(self) -> dict[str, int]:
        return {each.code: 1 for each in self.kept.values() if each.replayed_at is None}

    def dropped(self) -> dict[str, int]:
        return self.gave_way

    def replay(self, digest: str) -> str:
        message = self.kept[digest]
        if message.code not in self.curable:
            return message.reason
        self.mark_replayed(digest, message.last_received)
        return ""


class Monitor:
    def __init__(self) -> None:
        self.messages: dict[str, HeardMessage] = {}
        self.problems: dict[str, HeardMessage] = {}
        self.problem = ""

    def state(self) -> IngestState:
        return IngestState(
            connected=not self.problem,
            problem=self.problem,
            queued_messages=0,
            queued_bytes=0,
            oldest_unacknowledged_s=0.0,
            lag_s=0.2,
            messages=1,
            values=1,
            redelivered=0,
            conflicts=0,
            quarantined=0,
        )

    def heard(self, device: str) -> HeardMessage | None:
        return self.messages.get(device)

    def last_problem(self, device: str) -> HeardMessage | None:
        return self.problems.get(device)


class Animals:
    def __init__(self) -> None:
        self.kept: dict[EarTagNumber, Animal] = {}

    def add(self, animal: Animal) -> None:
        self.kept[animal.id] = animal

    def find(self, animal: EarTagNumber) -> Animal | None:
        return self.kept.get(animal)

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Animal]:
        return [each for each in self.all() if each.farm in farms]

    def all(self) -> Sequence[Animal]:
        return sorted(self.kept.values(), key=lambda each: (each.farm, each.id))

    def change_status(self, animal: EarTagNumber, status: AnimalStatus, left_on: date | None) -> None:
        self.kept[animal] = replace(self.kept[animal], status=status, left_on=left_on)


class Fields:
    def __init__(self) -> None:
        self.kept: dict[FieldId, Field] = {}

    def add(self, field: Field) -> None:
        self.kept[field.id] = field

    def change(self, field: Field) -> None:
        self.kept[field.id] = field

    def find(self, field: FieldId) -> Field | None:
        return self.kept.get(field)

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Field]:
        return [each for each in self.all() if each.farm in farms]

    def all(self) -> Sequence[Field]:
        return sorted(self.kept.values(), key=lambda each: (each.farm, each.name))


class Households:
    def __init__(self) -> None:
        self.kept_sites: list[Site] = []
        self.kept_households: dict[str, Household] = {}
        self.kept_farms: dict[FarmId, Farm] = {}
        self.kept_enterprises: dict[str, Enterprise] = {}
        self.kept_claims: list[Claim] = []

    def add_site(self, site: Site) -> None:
        self.kept_sites.append(site)

    def add_household(self, household: Household) -> None:
        self.kept_households[household.id] = household

    def add_farm(self, farm: Farm) -> None:
        self.kept_farms[farm.id] = farm

    def add_enterprise(self, enterprise: Enterprise) -> None:
        self.kept_enterprises[enterprise.id] = enterprise

    def add_claim(self, claim: Claim) -> None:
        self.kept_claims.append(claim)

    def sites(self) -> Sequence[Site]:
        return self.kept_sites

    def enterprises(self) -> Sequence[Enterprise]:
        return list(self.kept_enterprises.values())

    def find_enterprise(self, enterprise: str) -> Enterprise | None:
        return self.kept_enterprises.get(enterprise)

    def households(self, households: Collection[str]) -> Sequence[Household]:
        return [each for each in self.kept_households.values() if each.id in households]

    def farms(self) -> Sequence[Farm]:
        return list(self.kept_farms.values())

    def find_farm(self, farm: FarmId) -> Farm | None:
        return self.kept_farms.get(farm)

    def claimed_farms(self, enterprise: str, at: datetime) -> Sequence[Farm]:
        claimed = {each.household for each in self.claims(enterprise) if each.since <= at < each.until}
        return [each for each in self.kept_farms.values() if each.household in claimed]

    def claims(self, enterprise: str) -> Sequence[Claim]:
        return [each for each in self.kept_claims if each.enterprise == enterprise]


class Accounts:
    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.credentials: dict[str, Credential] = {}

    def add_user(self, user: User) -> None:
        self.users[user.login] = user

    def find_user(self, login: str) -> User | None:
        return self.users.get(login)

    def set_password(self, login: str, password_hash: str) -> None:
        self.users[login] = replace(self.users[login], password_hash=password_hash)
        self.credentials = {key: each for key, each in self.credentials.items() if each.login != login}

    def issue(self, credential: Credential) -> None:
        self.credentials[credential.digest] = credential

    def find_credential(self, digest: str, at: datetime) -> Credential | None:
        found = self.credentials.get(digest)
        return found if found is not None and at < found.expires else None

    def revoke(self, digest: str) -> None:
        self.credentials.pop(digest, None)

    def forget_expired(self, at: datetime) -> int:
        before = len(self.credentials)
        self.credentials = {key: each for key, each in self.credentials.items() if at < each.expires}
        return before - len(self.credentials)


class Events:
    def __init__(self) -> None:
        self.kept: list[CapturedEvent] = []

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        before = len(self.kept)
        for each in events:
            known = {(other.event_id, other.digest or other.document) for other in self.kept}
            if (each.event_id, each.digest or each.document) not in known:
                self.kept.append(each)
        return len(self.kept) - before

    def about(self, epcs: Collection[str], *, besides: str = "") -> Sequence[CapturedEvent]:
        found = [each for each in self.kept if set(each.epcs) & set(epcs) and (not besides or each.biz_step != besides)]
        return sorted(found, key=lambda each: each.event_time)

    def with_ids(self, event_ids: Collection[str]) -> Sequence[CapturedEvent]:
        return [each for each in self.kept if each.event_id in event_ids]

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        return [each for each in self.kept if each.event_id == event_id]


class Products:
    def __init__(self) -> None:
        self.kept: Mapping[str, Product] = {}

    def add(self, product: Product) -> None:
        self.kept = {**self.kept, product.gtin: product}

    def find(self, gtin: str) -> Product | None:
        return self.kept.get(gtin)


class Places:
    def __init__(self) -> None:
        self.kept: dict[str, PublicPlace] = {}

    def find(self, gln: str) -> PublicPlace | None:
        return self.kept.get(gln)

    def find_all(self, glns: Collection[str]) -> Mapping[str, PublicPlace]:
        return {gln: self.kept[gln] for gln in glns if gln in self.kept}
