"""When which pig really is ill, and what that does to its temperature and its movement."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.calendar_days import DAY_S, HOUR_S, at_local, seconds
from simulators.episodes import BLOCK_S, Draws, Rate
from simulators.facts import rows
from simulators.model import Life, SitePlan
from simulators.randomness import Floats

YOUNGEST_ILL_D = 20
CLEAR_BEFORE_SLAUGHTER_D = 45
"""Longer than any withdrawal period in the tables, so that every slaughtered pig was free to be sold."""
ILL_SINCE_H = 20
CURED_BEFORE_PACKING_D = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """One pig's illness: fever rises from `onset_s`, holds, and is gone at `until_s` (seconds since 1970 UTC).

    animal: position of the pig in the plan's lives. rise_c: fever above its usual temperature at the peak.
    """

    animal: int
    kind: str
    onset_s: int
    peak_s: int
    falling_s: int
    until_s: int
    rise_c: float
    activity_drop: float
    lead_s: int
    treated: bool

    def level(self, t_s: NDArray[np.int64]) -> Floats:
        """How ill the pig is, from 0 to 1."""
        points = (self.onset_s, self.peak_s, self.falling_s, self.until_s)
        values: Floats = np.interp(t_s, points, (0.0, 1.0, 1.0, 0.0))
        return values * values * (3 - 2 * values)

    def activity_factor(self, t_s: NDArray[np.int64]) -> Floats:
        """What is left of its movement; it moves less hours before the fever shows."""
        return 1 - self.activity_drop * self.level(t_s + self.lead_s)


class Illnesses:
    """All illnesses of a plan's pigs; one at a time a pig."""

    def __init__(self, plan: SitePlan) -> None:
        self._lives = plan.lives
        self._kinds = {row["kind"]: row for row in rows("illnesses")}
        self._draws = Draws(
            seed=plan.seed,
            what="illness",
            subjects=tuple(life.animal for life in plan.lives),
            rates=tuple(Rate(kind=kind, per_month=float(row["rate_per_month"])) for kind, row in self._kinds.items()),
        )
        self._staged = self._stage(plan)

    def between(self, since_s: int, until_s: int) -> list[Illness]:
        """Every illness that touches [since, until), the signs before its onset included."""
        drawn = [
            _illness(draw.subject, draw.start_s, draw.size, draw.length, self._kinds[draw.kind])
            for draw in self._draws.within(since_s - BLOCK_S, until_s + DAY_S)
        ]
        possible = [illness for illness in drawn if self._may_happen(illness)] + self._staged
        return [
            illness
            for illness in sorted(possible, key=lambda illness: (illness.onset_s, illness.animal))
            if illness.onset_s - illness.lead_s < until_s and illness.until_s > since_s
        ]

    def _may_happen(self, illness: Illness) -> bool:
        life = self._lives[illness.animal]
        born = seconds(life.born_at)
        left = None if life.slaughtered_at is None else seconds(life.slaughtered_at)
        staged = {other.animal: other for other in self._staged}.get(illness.animal)
        return (
            illness.onset_s >= born + YOUNGEST_ILL_D * DAY_S
            and (left is None or illness.until_s < left - CLEAR_BEFORE_SLAUGHTER_D * DAY_S)
            and (staged is None or abs(illness.onset_s - staged.onset_s) > BLOCK_S)
        )

    def _stage(self, plan: SitePlan) -> list[Illness]:
        # On the first day one grown pig has just fallen ill: there is something to find from the start.
        # And the pig whose pack is scanned first was treated once, long before it was sold.
        today = seconds(at_local(plan.today, 0))
        grown = [number for number, life in enumerate(plan.lives) if _is_grown(life, today)]
        ill = [grown[plan.seed % len(grown)]] if grown else []
        shown = plan.showcase_pack()
        cured = [number for number, life in enumerate(plan.lives) if life.animal == shown.animal]
        long_ago = seconds(shown.packed_at) - CURED_BEFORE_PACKING_D * DAY_S
        return [
            *(_illness(one, today - ILL_SINCE_H * HOUR_S, 0.9, 0.8, self._kinds["influenza_like"]) for one in ill),
            *(_illness(one, long_ago, 0.6, 0.3, self._kinds["bacterial_lung"]) for one in cured),
        ]


def _is_grown(life: Life, t_s: int) -> bool:
    return life.slaughtered_at is None and 100 * DAY_S < t_s - seconds(life.born_at) < 250 * DAY_S


def _illness(animal: int, start_s: int, size: float, length: float, row: Mapping[str, str]) -> Illness:
    low, high = float(row["rise_low_c"]), float(row["rise_high_c"])
    first, last = float(row["days_low"]), float(row["days_high"])
    peak = start_s + round(float(row["ramp_h"]) * HOUR_S)
    falling = peak + round((first + (last - first) * length) * DAY_S)
    return Illness(
        animal=animal,
        kind=row["kind"],
        onset_s=start_s,
        peak_s=peak,
        falling_s=falling,
        until_s=falling + round(float(row["recovery_h"]) * HOUR_S),
        rise_c=low + (high - low) * size,
        activity_drop=float(row["activity_drop"]),
        lead_s=round(float(row["lead_h"]) * HOUR_S),
        treated=row["treated"] == "yes",
    )
