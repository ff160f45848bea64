"""What people do with each pig and write down: the dated events of a life, without their EPCIS form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from simulators.calendar_days import DAY_S, HOUR_S, at_local, instant, local_day, seconds
from simulators.facts import rows
from simulators.illness import Illness, Illnesses
from simulators.model import Life, SitePlan
from simulators.pig import weight_kg
from simulators.randomness import key_of, normal, uniform

WEANED_D = 60
WEIGHED_EVERY_D = 30
SEEN_AFTER_ONSET_H = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something people did to a pig; what: weighed, weaned, vaccinated, treated, certified; details: by its kind."""

    what: str
    at: datetime
    life: Life
    weight_kg: float | None = None
    row: Mapping[str, str] | None = None
    last_dose: date | None = None


class Weights:
    """The individual growth of each pig."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def birth_kg(self, life: Life) -> float:
        """Birth weight, kg."""
        return round(self._at(life, 0.0), 2)

    def weight_kg(self, life: Life, at: datetime) -> float:
        """Weight on the farm's scale at that moment, kg; the scale shows steps of 100 g and errs by 1 %."""
        moment = seconds(at)
        true_kg = self._at(life, (moment - seconds(life.born_at)) / DAY_S)
        error = 1 + 0.01 * float(normal(key_of(self._seed, "scale", life.animal), moment)[0])
        return round(true_kg * error, 1)

    def _at(self, life: Life, age_d: float) -> float:
        own = uniform(key_of(self._seed, "growth", life.animal), [0, 1]).tolist()
        return float(weight_kg(np.array([age_d]), mature=0.93 + 0.14 * own[0], pace=0.97 + 0.06 * own[1])[0])


def happenings(plan: SitePlan, illnesses: Illnesses, until: datetime) -> list[Happening]:
    """Everything people did with the pigs from weaning to the certificate, up to `until`, by time."""
    weights = Weights(plan.seed)
    everything = [
        happening
        for life in plan.lives
        for happening in (*_weighings(life, weights, until), *_vaccinations(life), *_certificate(life))
    ]
    everything += _treatments(plan, illnesses, until)
    within = [happening for happening in everything if happening.at <= min(until, _end(happening.life))]
    return sorted(within, key=lambda happening: (happening.at, happening.life.animal, happening.what))


def _end(life: Life) -> datetime:
    return life.slaughtered_at or datetime.max.replace(tzinfo=life.born_at.tzinfo)


def _on_day(life: Life, age_d: int, hour: float) -> datetime:
    # People do not come to the minute: each animal has its own minutes, the same each time.
    return at_local(local_day(life.born_at) + timedelta(days=age_d), hour + int(life.animal) % 60 / 60)


def _weighings(life: Life, weights: Weights, until: datetime) -> Iterator[Happening]:
    age_d = WEANED_D
    while (at := _on_day(life, age_d, 8)) <= until and at < _end(life) - timedelta(days=3):
        what = "weaned" if age_d == WEANED_D else "weighed"
        yield Happening(what=what, at=at, life=life, weight_kg=weights.weight_kg(life, at))
        age_d += WEIGHED_EVERY_D
    if life.slaughtered_at is not None:
        sold = life.slaughtered_at - timedelta(hours=14)
        yield Happening(what="weighed", at=sold, life=life, weight_kg=weights.weight_kg(life, sold))


def _vaccinations(life: Life) -> Iterator[Happening]:
    for row in rows("vaccinations"):
        low, high = int(row["age_low_d"]), int(row["age_high_d"])
        age_d = low + int(life.animal) % (high - low + 1)
        yield Happening(what="vaccinated", at=_on_day(life, age_d, 15), life=life, row=row)


def _certificate(life: Life) -> Iterator[Happening]:
    if life.slaughtered_at is not None:
        yield Happening(what="certified", at=life.slaughtered_at - timedelta(hours=12), life=life)


def _treatments(plan: SitePlan, illnesses: Illnesses, until: datetime) -> list[Happening]:
    medicines = {row["illness"]: row for row in rows("medicines")}
    born = min(seconds(life.born_at) for life in plan.lives)
    return [
        _treatment(plan.lives[illness.animal], illness, medicines[illness.kind])
        for illness in illnesses.between(born, seconds(until))
        if illness.treated
    ]


def _treatment(life: Life, illness: Illness, row: Mapping[str, str]) -> Happening:
    seen = instant(illness.onset_s + SEEN_AFTER_ONSET_H * HOUR_S)
    day = local_day(seen)
    at = at_local(day + timedelta(days=1), 9 + int(life.animal) % 60 / 60)
    last = local_day(at) + timedelta(days=int(row["days"]) - 1)
    return Happening(what="treated", at=at, life=life, row=row, last_dose=last)
