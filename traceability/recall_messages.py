"""What is said to whom of a recall; messages wait in an outbox until they are delivered and known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from traceability.recall_goods import Good, Share, share_of
from traceability.recalls import Recall


class RecipientKind(StrEnum):
    """Who is told."""

    ENTERPRISE = "enterprise"
    HOUSEHOLD = "household"
    FACILITY = "facility"


RECIPIENT_WORDS = {
    RecipientKind.ENTERPRISE: ("企业", "enterprise"),
    RecipientKind.HOUSEHOLD: ("农户", "household"),
    RecipientKind.FACILITY: ("单位", "facility"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who is told: an enterprise or household by its id, a facility by its GLN; label: its name for people."""

    kind: RecipientKind
    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMessage:
    """One message of a recall.

    certain, possible: how many goods of each the recipient has to do with. number: its own, 0 before it is kept.
    """

    recall: str
    recipient: Recipient
    made_at: datetime
    certain: int
    possible: int
    known_kg: float
    unweighed: int
    zh: str
    en: str
    number: int = 0
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""


def message_of(recall: Recall, recipient: Recipient, goods: Iterable[Good], *, at: datetime) -> RecallMessage:
    """What the recipient is told: what is recalled, why, how much they have to do with, and what to do."""
    goods = list(goods)
    share = share_of(goods)
    certain = sum(good.certain for good in goods)
    possible = share.count - certain
    mass_zh, mass_en = mass_words(share)
    return RecallMessage(
        recall=recall.id,
        recipient=recipient,
        made_at=at,
        certain=certain,
        possible=possible,
        known_kg=share.known_kg,
        unweighed=share.unweighed,
        zh=(
            f"召回 {recall.id}：{recall.reason}。您这里确定涉及 {certain} 件，可能涉及 {possible} 件，{mass_zh}。"
            "请立即停止销售、加工和发运，单独封存，清点后回报；不要自行处理。"
        ),
        en=(
            f"Recall {recall.id}: {recall.reason}. With you: {certain} certainly and {possible} possibly affected, "
            f"{mass_en}. Stop selling, processing and shipping at once, put them aside, count them and report back."
        ),
    )


def mass_words(share: Share) -> tuple[str, str]:
    """The mass in both languages; what has no weight on record is said beside it, never guessed."""
    if not share.count:
        return "没有在手的货", "no goods at hand"
    if share.unweighed == share.count:
        return "重量没有记录", "weight not on record"
    known = f"{share.known_kg:,.1f} kg"
    if share.unweighed:
        return f"已知 {known}，另 {share.unweighed} 件没有重量", f"{known} known, {share.unweighed} without a weight"
    return f"共 {known}", f"{known} in all"
