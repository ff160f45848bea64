"""The shapes of recalls."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.rest.schemas import Shape
from api.rest.trace_shapes import ThingShape
from traceability.recall_goods import Outcome
from traceability.recall_messages import RecipientKind
from traceability.recalls import RecallState


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
    to_do_zh: str | None = Field(default=None, description="of one recall, for an enterprise: what it has to do")
    to_do_en: str | None = Field(default=None, description="the same in English")


class ScopeShape(Shape):
    """What a recall reaches by all that is captured now."""

    recall: str
    digest: str = Field(description="send it back to confirm that this is what you saw")
    starts: int
    counts: dict[str, dict[str, int]]
    things: list[ThingShape] = Field(description="by URI, certain ones first, from the first behind `after`")
    next: str | None = Field(description="`after` of the next page")


class ShareShape(Shape):
    """So many goods, and what they weigh."""

    count: int
    known_kg: float = Field(description="of those with a weight on record, KGM")
    unweighed: int = Field(description="how many have no weight on record")


class ClosingShape(Shape):
    """The goods of a recall in figures; nothing that has no weight is guessed."""

    certain: ShareShape
    possible: ShareShape
    used_up: int = Field(description="things in scope that became others, such as a pig that was slaughtered")
    outcomes: dict[str, ShareShape] = Field(description="destroyed, returned, found, sold, missing")


class GoodShape(Shape):
    """One recalled thing that still is somewhere."""

    uri: str
    certain: bool
    kg: float | None = Field(description="KGM; null where no weight is on record")
    holder: str = Field(description='GLN of who had it last; "" where no record says')
    since: datetime | None = Field(description="when that was recorded to be")
    outcome: Outcome


class GoodsShape(Shape):
    """The goods of a recall."""

    recall: str
    closing: ClosingShape
    goods: list[GoodShape] = Field(description="by URI, from the first behind `after`")
    next: str | None = Field(description="`after` of the next page")


class RecoveriesShape(Shape):
    """What became of things."""

    things: list[Annotated[str, Field(max_length=2000)]] = Field(max_length=5000)
    outcome: str = Field(examples=["found", "returned", "destroyed"])
    note: str = ""


class RecoveredShape(Shape):
    """How many things something was said of."""

    recall: str
    said: int


class MessageShape(Shape):
    """One message of a recall."""

    number: int
    kind: RecipientKind
    recipient: str = Field(description="id of the enterprise or household, GLN of the facility")
    label: str
    made_at: datetime
    certain: int
    possible: int
    known_kg: float
    unweighed: int
    zh: str
    en: str
    delivered_at: datetime | None = Field(description="null: it waits in the outbox")
    acknowledged_at: datetime | None
    acknowledged_by: str


class ReportShape(Shape):
    """A recall from its draft to its end: what was confirmed, and what came to it afterwards."""

    recall: RecallShape
    confirmed: dict[str, dict[str, int]] = Field(description="the scope when it was confirmed, by kind")
    now: dict[str, dict[str, int]] = Field(description="the scope by all that is captured now, by kind")
    added: list[str] = Field(description="things in scope now that were not when it was confirmed")
    gone: list[str] = Field(description="things no more in scope, as events were declared in error")
    closing: ClosingShape
    told: int = Field(description="how many messages were written")
    acknowledged: int = Field(description="how many of them somebody has read")
