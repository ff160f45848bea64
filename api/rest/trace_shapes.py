"""The shapes of traces and recalls."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from api.rest.schemas import Shape
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


class CauseShape(Shape):
    """What is called back."""

    criterion: str = Field(examples=["thing", "feed_lot", "drug_batch", "place"])
    value: str = Field(description="a URI, a lot of feed, a batch of a drug, a GLN", max_length=2000)
    since: AwareDatetime | None = Field(default=None, description="events from then on")
    until: AwareDatetime | None = Field(default=None, description="events before then")


class DraftShape(CauseShape):
    """A recall as it is asked for; nothing is recalled before it is confirmed."""

    reason: str = Field(description="what the public is told")
    why: str = Field(description="kept with the step, not public")


class StepShape(Shape):
    """One step of a recall."""

    state: RecallState
    why: str
    scope_digest: str = Field(default="", description="with `confirmed`: the digest of the scope that was shown")


class TakenStepShape(Shape):
    """Who took a recall to a state, when and why."""

    state: RecallState
    actor: str
    at: datetime
    why: str


class RecallShape(Shape):
    """A recall with its steps."""

    id: str
    state: RecallState
    state_zh: str
    state_en: str
    in_force: bool
    cause: CauseShape
    reason: str
    scope_digest: str
    steps: list[TakenStepShape] = Field(description="for operators; empty for others")


class ScopeShape(Shape):
    """What a recall reaches by all that is captured now."""

    recall: str
    digest: str = Field(description="send it back to confirm that this is what you saw")
    starts: int
    counts: dict[str, dict[str, int]]
    things: list[ThingShape] = Field(description="by URI, certain ones first, from the first behind `after`")
    next: str | None = Field(description="`after` of the next page")


class ReportShape(Shape):
    """A recall from its draft to its end: what was confirmed, and what came to it afterwards."""

    recall: RecallShape
    confirmed: dict[str, dict[str, int]] = Field(description="the scope when it was confirmed, by kind")
    now: dict[str, dict[str, int]] = Field(description="the scope by all that is captured now, by kind")
    added: list[str] = Field(description="things in scope now that were not when it was confirmed")
    gone: list[str] = Field(description="things no more in scope, as events were declared in error")


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
