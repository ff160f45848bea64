"""SIGKILL at random moments under steady load; what dies is started again, and nothing confirmed may be missing."""

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.nats_config import ACK_WAIT_S
from chaos.ledger import Verdict
from chaos.stores import StoreKind
from chaos.world import BrokerKind, World, world_in

SOONEST_S, LATEST_S = 1.0, 10.0
"""From one kill to the next: some hit a part that is only coming up, some one that has settled."""
STORE_DOWN_S = 2.0
CATCH_UP_S = 10 * ACK_WAIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class KillPlan:
    """count: kills in all, of the parts in random order. rate: readings a second, in all."""

    count: int
    store: StoreKind = StoreKind.EMBEDDED
    broker: BrokerKind = BrokerKind.NATS
    rate: float = 2_000.0
    seed: int = 20261123
    soonest_s: float = SOONEST_S
    latest_s: float = LATEST_S


@dataclass(frozen=True, slots=True, kw_only=True)
class KillReport:
    """What an experiment with kills found. killed: how often each part died; catch_up_s: after the last publishing."""

    plan: KillPlan
    killed: Mapping[str, int]
    seconds: float
    catch_up_s: float
    verdict: Verdict


def run_kills(plan: KillPlan, folder: Path, *, told: Callable[[str], None] = lambda _: None) -> KillReport:
    """Every part died as planned and all that was confirmed was counted; `told` hears of each kill.

    Raises CannotRunError, NotFinishedError.
    """
    chance = random.Random(plan.seed)  # noqa: S311 a seed makes the order repeatable
    killed: Counter[str] = Counter()
    began = time.monotonic()
    with world_in(folder, store=plan.store, broker=plan.broker) as world, world.load(plan.rate) as crowd:
        for part in order_of(world.parts, plan.count, chance):
            time.sleep(chance.uniform(plan.soonest_s, plan.latest_s))
            _kill(world, part, down_s=chance.uniform(0.0, STORE_DOWN_S))
            killed[part] += 1
            told(f"{part} killed 被杀; {crowd.confirmed():,} readings confirmed 已确认")
        crowd.stop()
        told("publishing has ended; the rest is being stored 正在补存")
        catch_up_s = world.await_stored(crowd.confirmed(), within_s=CATCH_UP_S)
        world.house.await_ready()
        world.house.stop()
        told("counting 正在清点")
        verdict = world.verdict(crowd)
    return KillReport(
        plan=plan, killed=dict(killed), seconds=time.monotonic() - began, catch_up_s=catch_up_s, verdict=verdict
    )


def order_of(parts: list[str], count: int, chance: random.Random) -> list[str]:
    """`count` parts, each as often as the others give or take one, in random order."""
    order = [parts[i % len(parts)] for i in range(count)]
    chance.shuffle(order)
    return order


def _kill(world: World, part: str, *, down_s: float) -> None:
    if part == "store" and world.server is not None:
        world.server.kill()
        time.sleep(down_s)
        world.server.start()
    else:
        world.house.kill(part)
