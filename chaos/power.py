"""The power goes under load: what the store had returned for is there, and the broker forgot no more than a second."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx2
import psutil

from bootstrap.nats_config import ACK_WAIT_S
from chaos.crowd import Crowd, Told, crowd_at
from chaos.disk import CutDisk
from chaos.errors import NotFinishedError
from chaos.ledger import PROPERTY, STEP_MS, Verdict, judge
from chaos.stores import opened
from chaos.world import first_reading, stored_of
from observations.ports import ObservationStore
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag

SYNC_INTERVAL_S = 1.0
"""The broker's own (`bootstrap/nats_config.py`): so often it writes out what it has confirmed."""
SOONEST_S, LATEST_S = 5.0, 30.0
LOOK_S = 0.05
SETTLED_S = 1.5 * ACK_WAIT_S
"""Nothing more came for that long: what the broker still had is stored."""
DRAIN_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """count: cuts, each on a disk of its own. rate: readings a second, in all."""

    count: int
    rate: float = 2_000.0
    seed: int = 20261123
    soonest_s: float = SOONEST_S
    latest_s: float = LATEST_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One power cut.

    after_s: of load. appended: readings that the pages had shown as stored, so that `append` had returned;
    appended_lost: of these, not in the store when it was opened afresh. confirmed: what the broker had told devices;
    confirmed_lost: of these, nowhere once the house had run again; oldest_lost_s: how long before the cut the oldest
    of them was confirmed.
    """

    after_s: float
    appended: int
    appended_lost: int
    confirmed: int
    confirmed_lost: int
    oldest_lost_s: float
    doubled: int
    wrong: int

    @property
    def kept(self) -> bool:
        """What is promised held."""
        broken = self.appended_lost or self.doubled or self.wrong
        return not broken and self.oldest_lost_s <= SYNC_INTERVAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerReport:
    """What every cut did."""

    plan: PowerPlan
    cuts: list[Cut]
    seconds: float


@dataclass(slots=True)
class Witness:
    """Looks at the pages from outside, again and again: a value they show is one that the store has returned for."""

    house: JourneyHouse
    first_ms: int
    seen: dict[str, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """It looks while the block lasts."""
        thread = threading.Thread(target=self._look, name="witness")
        thread.start()
        try:
            yield
        finally:
            self.close()
            thread.join()

    def close(self) -> None:
        """What comes from now on is not noted."""
        self._ended.set()

    def _look(self) -> None:
        base = f"http://127.0.0.1:{self.house.http_port}/api/v1/animals/"
        headers = {"Authorization": f"Bearer {self.house.token}"}
        with httpx2.Client(base_url=base, headers=headers, timeout=5, trust_env=False) as pages:
            while not self._ended.wait(LOOK_S):
                for i in range(TAGS):
                    self._note(pages, i)

    def _note(self, pages: httpx2.Client, i: int) -> None:
        try:
            answer = pages.get(f"{pig(i)}/latest")
        except httpx2.TransportError:
            return
        if not answer.is_success or self._ended.is_set():
            return
        for reading in answer.json()["latest"]:
            if reading["observed_property"] == PROPERTY:
                moment = datetime.fromisoformat(reading["phenomenon_time"]).timestamp() * 1000
                self.seen[tag(i)] = (round(moment) - self.first_ms) // STEP_MS


def run_power(plan: PowerPlan, folder: Path, *, told: Callable[[str], None] = lambda _: None) -> PowerReport:
    """The power was cut as often as planned; `told` hears of each. Raises CannotRunError, NotFinishedError."""
    chance = random.Random(plan.seed)  # noqa: S311 a seed makes the moments repeatable
    began, cuts = time.monotonic(), []
    for number in range(plan.count):
        cut = cut_once(folder / str(number), rate=plan.rate, after_s=chance.uniform(plan.soonest_s, plan.latest_s))
        cuts.append(cut)
        told(
            f"cut 断电 after {cut.after_s:.1f} s: {cut.appended_lost} of {cut.appended:,} appended lost, "
            f"{cut.confirmed_lost} of {cut.confirmed:,} confirmed lost (oldest {cut.oldest_lost_s:.2f} s)"
        )
    return PowerReport(plan=plan, cuts=cuts, seconds=time.monotonic() - began)


def cut_once(folder: Path, *, rate: float, after_s: float) -> Cut:
    """One house on one disk lost its power after `after_s` of load, and was started again on what was left."""
    disk = CutDisk(folder=folder)
    try:
        disk.start()
        with house_in(disk.place / "var") as house:
            first_ms = first_reading()
            house.start()
            witness = Witness(house, first_ms)
            with crowd_at(house, house.mqtt_port, folder, rate=rate, first_ms=first_ms) as crowd:
                with witness.looking():
                    time.sleep(after_s)
                    witness.close()
                    moment = disk.cut()
                kill_all(house, crowd)
            disk.mount_what_is_left()
            told = {device: said.until(moment) for device, said in crowd.told().items()}
            with opened(house.folder.observations, folder) as store:
                appended, lost = _look_up(store, appended_of(told, witness), first_ms)
            house.start()
            _drain(house, first_ms, sum(len(said.number) for said in told.values()))
            house.stop()
            with opened(house.folder.observations, folder) as store:
                verdict = judge(store, told, first_ms=first_ms)
    finally:
        disk.close()
    return _cut_of(verdict, after_s=after_s, moment=moment, appended=appended, appended_lost=lost)


def _cut_of(verdict: Verdict, *, after_s: float, moment: int, appended: int, appended_lost: int) -> Cut:
    return Cut(
        after_s=after_s,
        appended=appended,
        appended_lost=appended_lost,
        confirmed=verdict.acknowledged,
        confirmed_lost=verdict.lost,
        oldest_lost_s=(moment - int(verdict.lost_ms.min())) / 1000 if verdict.lost else 0.0,
        doubled=verdict.doubled,
        wrong=verdict.wrong,
    )


def kill_all(house: JourneyHouse, crowd: Crowd) -> None:
    """Nothing of the house lives any more, nor do its publishers: without power nothing does."""
    if house.supervisor is None:
        msg = "the house does not run"
        raise NotFinishedError(msg)
    supervisor = psutil.Process(house.supervisor.pid)
    family = [supervisor, *supervisor.children(recursive=True)]
    for process in family:
        process.kill()
    house.supervisor.wait()
    psutil.wait_procs(family)
    house.supervisor = None
    crowd.kill()


def appended_of(told: Mapping[str, Told], witness: Witness) -> Mapping[str, Told]:
    """What was stored before the cut for certain: all up to the newest shown, as each device's order is kept."""
    shown = {}
    for device, said in told.items():
        known = said.number <= witness.seen.get(device, -1)
        shown[device] = Told(number=said.number[known], ms=said.ms[known])
    return shown


def _look_up(store: ObservationStore, wanted: Mapping[str, Told], first_ms: int) -> tuple[int, int]:
    """How many were wanted, and how many of them the store, opened afresh, does not have."""
    verdict = judge(store, wanted, first_ms=first_ms)
    return verdict.acknowledged, verdict.lost


def _drain(house: JourneyHouse, first_ms: int, wanted: int) -> None:
    """All that the broker still had is stored: everything wanted, or nothing more has come for SETTLED_S."""
    count = -1
    began = changed = time.monotonic()
    while time.monotonic() - began < DRAIN_S:
        before, count = count, sum(stored_of(house, i, first_ms) for i in range(TAGS))
        if count != before:
            changed = time.monotonic()
        if count >= wanted or time.monotonic() - changed > SETTLED_S:
            return
        time.sleep(1)
    msg = f"readings still come {DRAIN_S:g} s after the power was back\n{house.logs()}"
    raise NotFinishedError(msg)
