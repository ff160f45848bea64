"""The rules of the pushes: when a household is told what, a row each, checked when they are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.water.crop_water import crop_water
from agronomy.water.sensor_windows import AGGREGATES, SHARE, Condition
from agronomy.water_tables import Row, number
from observations.properties import observed_properties

ANY_CROP = "*"
"""Every crop of the tables that does not stand in water, unless it has a rule of that name of its own."""
COMPARISONS = frozenset({"at_least", "above", "below", "at_most"})
ROLES = frozenset({"trigger", "clear", "follow_up"})
CHOICES = {
    "anchor": {"date", "planting", "always"},
    "urgency": {"act", "do", "plan"},
    "without_sensor": {"by_date", "never"},
    "repeat": {"once", "episode"},
}


class PushRuleError(AgronomyError):
    """A row of the push tables cannot be used."""

    def __init__(self, *, table: str, row: str, told: str) -> None:
        self.table, self.row = table, row
        super().__init__(f"{table}.csv, {row}: {told}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRule:
    """One rule of one crop.

    row: the cells with window and texts. triggers: all must hold. clears: all must hold before it may be sent again.
    follow_ups: what should be seen within follow_up_d days. by_date: without a sensor the date alone decides.
    episodes: may be sent again in a season once it has cleared.
    """

    rule: str
    crop: str
    stage: str
    urgency: str
    by_date: bool
    episodes: bool
    before_planting: bool
    escalate_after_h: float
    follow_up_d: float | None
    triggers: tuple[Condition, ...]
    clears: tuple[Condition, ...]
    follow_ups: tuple[Condition, ...]
    confirmed: bool
    source: str
    row: Row


def rules_for(crop: str) -> tuple[PushRule, ...]:
    """The rules of a crop by any of its names, and those of any crop; () for a crop the tables do not know."""
    known = crop_water(crop)
    if known is None:
        return ()
    own = [rule for rule in push_rules() if rule.crop == known.crop]
    named = {rule.rule for rule in own}
    general = [rule for rule in push_rules() if rule.crop == ANY_CROP and rule.rule not in named]
    return (*own, *(() if known.flooded else general))


@cache
def push_rules() -> tuple[PushRule, ...]:
    """Every rule of `push_rules.csv` with its conditions; raises PushRuleError for a row that cannot be used."""
    return checked_rules(table_rows("push_rules"), table_rows("push_conditions"))


def checked_rules(told: Sequence[Row], conditions: Sequence[Row]) -> tuple[PushRule, ...]:
    """The rules of such rows; raises PushRuleError."""
    names = {row["rule"] for row in told}
    for row in conditions:
        if row["rule"] not in names:
            raise PushRuleError(table="push_conditions", row=row["rule"], told="no rule of that name in push_rules.csv")
    by_rule = {name: [row for row in conditions if row["rule"] == name] for name in names}
    return tuple(_rule(row, by_rule[row["rule"]]) for row in told)


def _rule(row: Row, conditions: Sequence[Row]) -> PushRule:
    for column, allowed in CHOICES.items():
        if row[column] not in allowed:
            told = f"{column} is {row[column]!r}, not one of {sorted(allowed)}"
            raise PushRuleError(table="push_rules", row=row["rule"], told=told)
    checked = [_condition(each) for each in conditions]
    by_role = {role: tuple(each for each in checked if each.role == role) for role in ROLES}
    rule = PushRule(
        rule=row["rule"],
        crop=row["crop"],
        stage=row["stage"],
        urgency=row["urgency"],
        by_date=row["without_sensor"] == "by_date",
        episodes=row["repeat"] == "episode",
        before_planting=row["before_planting"] == "yes",
        escalate_after_h=float(row["escalate_after_h"]),
        follow_up_d=number(row["follow_up_d"]),
        triggers=by_role["trigger"],
        clears=by_role["clear"],
        follow_ups=by_role["follow_up"],
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
        row=row,
    )
    _check_whole(rule)
    return rule


def _check_whole(rule: PushRule) -> None:
    told = (
        ("it has no source", not rule.source),
        ("it waits for sensors that it has no condition for", not rule.by_date and not rule.triggers),
        ("it may be sent again but never clears", rule.episodes and not rule.clears),
        ("follow-up days and follow-up conditions belong together", bool(rule.follow_ups) != bool(rule.follow_up_d)),
        ("it may be sent by date but has no words for it", rule.by_date and not rule.row["by_date_zh"]),
    )  # fmt: skip
    for what, wrong in told:
        if wrong:
            raise PushRuleError(table="push_rules", row=rule.rule, told=what)


def _condition(row: Row) -> Condition:
    told = (
        (f"role {row['role']!r} is not one of {sorted(ROLES)}", row["role"] not in ROLES),
        (f"{row['property']!r} is no observed property", row["property"] not in {SHARE, *observed_properties()}),
        (f"aggregate {row['aggregate']!r} is unknown", row["aggregate"] not in {"any", *AGGREGATES}),
        (f"comparison {row['comparison']!r} is unknown", row["comparison"] not in COMPARISONS),
        ("it needs hours above 0 and a source", not row["source"] or int(row["hours"]) <= 0),
    )
    for what, wrong in told:
        if wrong:
            raise PushRuleError(table="push_conditions", row=row["rule"], told=what)
    return Condition(
        role=row["role"],
        property=row["property"],
        depth_cm=(float(row["depth_from_cm"]), float(row["depth_to_cm"])),
        aggregate=row["aggregate"],
        comparison=row["comparison"],
        threshold=float(row["threshold"]),
        hours=int(row["hours"]),
        coverage=float(row["coverage"]),
    )
