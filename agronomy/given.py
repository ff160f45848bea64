"""What was told about a field: advice given and withdrawn, pushes, and the messages that carry both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from agronomy.errors import AgronomyError
from agronomy.pushes.due import Outcome, SentPush
from observations.identifiers import FieldId


class SampleConflictError(AgronomyError):
    """A laboratory result is recorded already, with other values."""

    def __init__(self, *, kind: str, identifier: str) -> None:
        self.kind, self.identifier = kind, identifier
        super().__init__(
            f"{kind} {identifier} is recorded already with other values: nothing recorded is changed. If it is another "
            "sample, give it a number of its own; of several results of one day the stricter holds"
        )


class PushNotFoundError(AgronomyError):
    """No push of that number went to this field."""

    def __init__(self, number: str) -> None:
        self.number = number
        super().__init__(f"no push {number[:80]!r} went to this field")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Advice no longer holds since `at` (aware UTC), because of those samples or tests; changed: its decision differs.

    zh, en: what the household is told.
    """

    at: datetime
    by: str
    changed: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAdvice:
    """Advice as it was given, content as `advice_plain` makes it; made_at aware UTC, the other two local days."""

    number: int
    field: FieldId
    made_at: datetime
    made_on: date
    valid_until: date
    content: Mapping[str, Any]
    withdrawn: Withdrawal | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it may be followed on that day."""
        return self.withdrawn is None and self.made_on <= day <= self.valid_until


class MessageKind(StrEnum):
    """What a message is about: something to do now, an answer that nobody gave, advice that is new or void."""

    PUSH = "push"
    ESCALATION = "escalation"
    ADVICE = "advice"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in the outbox for a field's household; key: sent once under it.

    sms_zh: one part. zh, en: for a page. delivered_at: None until a way of delivery has taken it.
    """

    key: str
    field: FieldId
    kind: MessageKind
    made_at: datetime
    valid_until: date
    sms_zh: str
    zh: str
    en: str
    delivered_at: datetime | None = None


def replaced(messages: Sequence[Message], standing: GivenAdvice | None) -> frozenset[str]:
    """The keys of those messages that must no longer be followed; messages: of one field, the newest first.

    Advice gives way to the newer one, and nothing is to be done for a crop from which the standing advice is withheld.
    """
    advised = [message.key for message in messages if message.kind is MessageKind.ADVICE]
    season = None if standing is None else standing.content["season"]
    withheld = season is not None and season["withheld"] is not None
    pushed = [message.key for message in messages if withheld and message.kind is MessageKind.PUSH]
    return frozenset((*advised[1:], *pushed))


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRecord:
    """A push that was sent, and what became of it; acknowledged_by: a login, "" for nobody."""

    sent: SentPush
    acknowledged_by: str = ""
    outcome: Outcome = Outcome.OPEN
    followed_up_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CropMoney:
    """Price and costs of a crop (scientific name) as somebody wrote them down; farm "" is for all farms.

    As `agronomy.advice.ranking.Money`: yuan a kg at the farm gate, yuan a mu, days of work a mu, yuan a day.
    """

    crop: str
    farm: str
    price_yuan_kg: float
    cost_yuan_mu: float
    labour_days_mu: float
    wage_yuan_day: float
    priced_on: date
    source: str
