"""A certificate with what it was made of."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from traceability.compliance.tables import IssuerKind, Kind, issuers, kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who promises. kind: a key of `issuers.csv`. contact: a phone number; a household's stays on paper."""

    kind: str
    name: str
    contact: str

    @property
    def row(self) -> IssuerKind:
        """What such an issuer must and may."""
        return issuers()[self.kind]

    @property
    def public(self) -> "Issuer":
        """The same, as far as anyone may know: a household's name and phone stay on paper."""
        return self if self.row.public_contact else Issuer(kind=self.kind, name="", contact="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So much of what an earlier certificate promised went into this one, in that one's unit."""

    certificate: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """By whom a certificate was taken back, when and why."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One batch of goods with its promise.

    id: stands in its code; nobody can guess another. kind: a key of `kinds.csv`. product: its name. quantity: in the
    kind's unit. origin: county and township. batch: the seller's own number, "" where none. basis: keys of `bases.csv`.
    things: URIs of the animals, or of the lot. parts: what it was split from or mixed of. farms: whose goods.
    simulated: of a simulated farm. issued_by: login of who made it out.
    """

    id: str
    kind: str
    product: str
    quantity: Decimal
    origin: str
    batch: str
    issued_at: datetime
    issuer: Issuer
    basis: tuple[str, ...]
    things: tuple[str, ...]
    parts: tuple[Part, ...]
    farms: tuple[str, ...]
    issued_by: str
    simulated: bool = False
    withdrawal: Withdrawal | None = None

    def address(self, base_url: str) -> str:
        """Where anyone can look it up, under that scheme and host; it stands in its code."""
        return f"{base_url.rstrip('/')}/certificate/{self.id}"

    @property
    def goods(self) -> Kind:
        """The kind of goods."""
        return kinds()[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What later certificates took of one: how much, and which things."""

    quantity: Decimal = Decimal(0)
    things: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why a thing must not be sold now; until: in words or a day, "" where nobody can say."""

    thing: str
    zh: str
    en: str
    until: str

    @property
    def line(self) -> str:
        """One line for people."""
        until = f" until {self.until}" if self.until else ""
        return f"{self.thing.rpartition('/')[2]}: {self.zh} {self.en}{until}"
