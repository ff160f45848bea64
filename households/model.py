"""Households, their farms, the enterprises that claim them, and the people who sign in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from observations.identifiers import FarmId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A household. `name` is personal and never leaves the records; `label` ("4 号户") is what others see."""

    id: str
    label: str
    name: str
    township: str
    village: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Farm:
    """Where a household keeps animals or grows crops.

    gln: the farm's Global Location Number (13 digits), its place in EPCIS events.
    public_name: what consumers may be told, as agreed; "" where nothing is agreed.
    county: 6 digits (GB/T 2260). timezone: IANA name.
    """

    id: FarmId
    household: str
    site: SiteId
    name: str
    gln: str
    public_name: str
    county: str
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site; `simulated` sites say so on every page."""

    id: SiteId
    name: str
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """An enterprise that assists households."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An enterprise looks after a household during [since, until): the grant by which it sees the farms' telemetry."""

    enterprise: str
    household: str
    since: datetime
    until: datetime

    def holds_at(self, moment: datetime) -> bool:
        """The grant is in force then."""
        return self.since <= moment < self.until


class Role(StrEnum):
    """What a user may do: an enterprise's people see its claims; an operator runs the platform and sees all."""

    ENTERPRISE = "enterprise"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Someone who signs in; `password_hash` is argon2; `enterprise` is set for role ENTERPRISE only."""

    login: str
    name: str
    role: Role
    password_hash: str
    enterprise: str | None = None


class CredentialKind(StrEnum):
    """A session comes with a cookie and a CSRF token; an API token is sent as a bearer token by programs."""

    SESSION = "session"
    API_TOKEN = "api_token"  # noqa: S105 a kind, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A secret handed out, kept as its sha256 (hex)."""

    digest: str
    login: str
    kind: CredentialKind
    expires: datetime
