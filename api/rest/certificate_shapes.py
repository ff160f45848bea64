"""The shapes of certificates."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.rest.schemas import Shape
from traceability.compliance.issuing import LONGEST_TEXT

Amount = Annotated[Decimal, Field(max_digits=15, decimal_places=3, gt=0, description="in the unit of its kind")]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class IssuerShape(Shape):
    """Who promises."""

    kind: Text = Field(examples=["enterprise", "cooperative", "household", "purchaser"])
    name: Text = Field(description="a household's is empty for those who may not see it")
    contact: Text = Field(description="a phone number; a household's is empty for those who may not see it")


class PartShape(Shape):
    """So much of an earlier certificate."""

    certificate: Text
    quantity: Amount


class AskedShape(Shape):
    """What a certificate is asked for."""

    kind: Text = Field(description="a kind of `/api/v1/certificates/kinds`", examples=["live_pigs", "sweet_potatoes"])
    product: Text = Field(examples=["宁乡花猪"])
    quantity: Amount
    batch: Text = ""
    issuer: IssuerShape
    basis: list[Text] = Field(max_length=10, examples=[["quality_control"]])
    farm: Text = Field(default="", description="whose produce it is; animals and parts say so by themselves")
    animals: list[Text] = Field(default=[], max_length=2000, description="ear tags, as many as the head count")
    lot: Text = Field(default="", description="URI of the lot of produce")
    parts: list[PartShape] = Field(default=[], max_length=200, description="what it is split from or mixed of")


class WithdrawShape(Shape):
    """Why a certificate is taken back."""

    why: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class CertificateShape(Shape):
    """A certificate."""

    id: str
    address: str = Field(description="its public page; it stands in its code")
    kind: str
    product: str
    quantity: Decimal
    unit: str = Field(description="Rec 20: HEA head, KGM kilograms")
    left: Decimal = Field(description="what has gone into no other certificate")
    origin: str
    batch: str
    issued_at: datetime
    kept_until: date = Field(description="it is kept up to this day at least")
    issuer: IssuerShape
    basis: list[str]
    things: list[str] = Field(description="URIs of the animals or of the lot")
    farms: list[str] = Field(description="those of its farms that are yours to see")
    parts: list[PartShape] = Field(description="its predecessors")
    successors: list[str]
    withdrawn: str = Field(description="why it was taken back; empty while it stands")
    blocked: list[str] = Field(description="what speaks against selling it now: withdrawal periods, holds, recalls")


class KindShape(Shape):
    """A kind of goods."""

    kind: str
    allowed: bool
    unit: str
    zh: str
    en: str
    reason_zh: str
    reason_en: str
    source: str


class UncoveredShape(Shape):
    """A sale without a certificate."""

    animal: str
    farm: str
    sold_on: date
    mandatory: bool = Field(description="the seller, an enterprise or a cooperative, had to give one")
    event_id: str = Field(description="the event that tells of the sale; empty where only the register does")
