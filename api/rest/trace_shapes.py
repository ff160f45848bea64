"""The shapes of traces and recalls."""

from datetime import datetime

from pydantic import Field

from api.rest.schemas import Shape
from traceability.balance.steps import StageKind, Verdict
from traceability.recalls import RecallState, RecallStatus


class ThingShape(Shape):
    """One thing that was found."""

    uri: str = Field(examples=["https://id.gs1.org/8004/9526000143018200000147"])
    kind: str = Field(examples=["animal", "item", "lot", "logistic_unit", "other"])
    certain: bool = Field(description="found by certain links alone; otherwise it is possible")


class LinkShape(Shape):
    """One link between things, or between a thing and the step (transformation) it went through."""

    source: str
    target: str
    kind: str = Field(description="consumed, made, held, worn, lot, and back: holds, worn_by, lot_of")
    certain: bool = Field(
        description="the record itself leaves no doubt: not mixed, not by order on the line, not by hand"
    )
    since: datetime | None = Field(description="for what holds for a time, such as a tag on an animal")
    until: datetime | None


class TraceShape(Shape):
    """What a thing came of, or what came of it."""

    start: str
    counts: dict[str, dict[str, int]] = Field(description="certain and possible things, by kind")
    things: list[ThingShape] = Field(description="by URI, certain ones first; at most `limit`")
    links: list[LinkShape] = Field(description="between the things; none where there are more things than `limit`")
    hidden: int = Field(description="things that are not yours to see, such as others' animals in the same mince")


class StatusShape(Shape):
    """What anyone who holds a thing must know."""

    uri: str
    status: RecallStatus
    notices: list["NoticeShape"]


class NoticeShape(Shape):
    """One recall in force that reaches the thing."""

    recall: str
    state: RecallState
    reason: str
    since: datetime
    certain: bool


class FindingShape(Shape):
    """What the figures of a balance break."""

    rule: str = Field(examples=["more_out_than_in", "beyond_pigs"])
    grave: bool = Field(description="it cannot be so; otherwise something is not on record")
    zh: str
    en: str


class StageShape(Shape):
    """One slaughter, cut or mix: all steps that share what they consumed."""

    kind: StageKind
    verdict: Verdict
    at: datetime = Field(description="the last of its events")
    events: list[str]
    inputs: list[str] = Field(description="as far as they are yours to see")
    outputs: list[str] = Field(description="as far as they are yours to see; at most 200")
    input_count: int
    output_count: int
    in_kg: float | None = Field(description="KGM; null where a weight is not on record")
    out_kg: float | None = Field(description="KGM of what was made, without waste")
    waste_kg: float = Field(description="KGM of condemned parts, offal and waste on record")
    unweighed: int = Field(description="how many things have no weight on record")
    pigs: int = Field(description="living animals that are known behind it")
    findings: list[FindingShape]


class AmountShape(Shape):
    """So many packs and so many kg; kg null where a weight is not on record."""

    packs: int
    kg: float | None


class LotShape(Shape):
    """Where the goods of a lot are."""

    lot: str
    verdict: Verdict
    made: AmountShape
    sold: AmountShape
    used: AmountShape
    wasted: AmountShape
    stock: AmountShape | None = Field(description="as counted last; null where nobody counted")
    left: AmountShape = Field(description="what must still be somewhere by what is on record")
    findings: list[FindingShape]


class BalanceShape(Shape):
    """Mass balances."""

    counts: dict[str, int] = Field(description="stages by verdict: flagged, not_known, noted, balanced")
    stages: list[StageShape] = Field(description="the newest first")
    lot: LotShape | None
    truncated: bool = Field(description="there were more steps in that time than are looked at: narrow it")
