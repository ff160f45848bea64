"""Alarms about masses as an enterprise asks for them: all of its own, in few questions to the book."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from api.services import Services
from observations.identifiers import EarTagNumber
from tests.api.world import NOW, World
from traceability.context import animal_giai
from traceability.mass_alarms import MassAlarm, Weighed
from traceability.model import CapturedEvent

MINE = animal_giai(EarTagNumber.parse("143018200000147")).uri
OTHERS = animal_giai(EarTagNumber.parse("143018200000149")).uri
ASKED = "/api/v1/trace/balance/alarms"


@dataclass
class AlarmsInMemory:
    """A MassAlarms of these alarms, the newest first. asked: how often it was."""

    kept: Sequence[MassAlarm]
    asked: int = 0

    def news(self, *, after: int, limit: int) -> tuple[int, Sequence[CapturedEvent]]:  # noqa: ARG002 the port's
        return after, []

    def settle(self, weighed: Weighed, *, at: datetime) -> Sequence[MassAlarm]:  # noqa: ARG002 the port's
        return []

    def list(self, *, ended: bool, after: int, limit: int) -> Sequence[MassAlarm]:
        self.asked += 1
        found = [each for each in self.kept if (each.ended is not None) == ended]
        return [each for each in found if not after or each.number < after][:limit]

    def open_about(self, things: Collection[str]) -> Sequence[MassAlarm]:
        return [each for each in self.kept if each.ended is None and each.thing in things]


def alarm(number: int, thing: str) -> MassAlarm:
    return MassAlarm(thing=thing, rule="more_out_than_in", zh="多了", en="more", since=NOW, number=number)


def test_few_among_many_of_others_are_found_in_few_questions(world: World) -> None:
    mine = {1, 700, 1200}
    book = AlarmsInMemory([alarm(number, MINE if number in mine else OTHERS) for number in range(1200, 0, -1)])

    def over(services: Services) -> Services:
        return replace(services, mass_alarms=book)

    world.over = over
    client = world.program("wangbei")
    assert [each["number"] for each in client.get(ASKED, params={"limit": 20}).json()] == [1200, 700, 1]
    assert book.asked <= 4, "three pages of 500, and an empty one"
    assert [each["number"] for each in client.get(ASKED, params={"limit": 1}).json()] == [1200]
    assert [each["number"] for each in client.get(ASKED, params={"after": 1200, "limit": 1}).json()] == [700]
    assert len(world.program("operator").get(ASKED, params={"limit": 20}).json()) == 20
