"""What the households package needs kept."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from households.model import Claim, Credential, Enterprise, Farm, Household, Site, User
from observations.identifiers import FarmId


class HouseholdRegistry(Protocol):
    """Sites, households, farms, enterprises and claims. Every `add` raises DuplicateRecordError."""

    def add_site(self, site: Site) -> None:
        """The site is registered."""

    def add_household(self, household: Household) -> None:
        """The household is registered."""

    def add_farm(self, farm: Farm) -> None:
        """The farm is registered."""

    def add_enterprise(self, enterprise: Enterprise) -> None:
        """The enterprise is registered."""

    def add_claim(self, claim: Claim) -> None:
        """The claim holds during its time."""

    def sites(self) -> Sequence[Site]:
        """Every site."""

    def enterprises(self) -> Sequence[Enterprise]:
        """Every enterprise."""

    def find_enterprise(self, enterprise: str) -> Enterprise | None:
        """The enterprise of that id."""

    def households(self, households: Collection[str]) -> Sequence[Household]:
        """The households of these ids."""

    def farms(self) -> Sequence[Farm]:
        """Every farm."""

    def find_farm(self, farm: FarmId) -> Farm | None:
        """The farm of that id."""

    def claimed_farms(self, enterprise: str, at: datetime) -> Sequence[Farm]:
        """The farms of the households that the enterprise has claimed at that time: all it may see."""

    def claims(self, enterprise: str) -> Sequence[Claim]:
        """The enterprise's claims, past and present."""


class AccountBook(Protocol):
    """Users and the secrets handed to them."""

    def add_user(self, user: User) -> None:
        """The user may sign in; raises DuplicateRecordError."""

    def find_user(self, login: str) -> User | None:
        """The user of that login."""

    def set_password(self, login: str, password_hash: str) -> None:
        """The user's password is the new one, and every credential of the user is revoked."""

    def issue(self, credential: Credential) -> None:
        """The credential is good until it expires."""

    def find_credential(self, digest: str, at: datetime) -> Credential | None:
        """The credential of that digest, where it has not expired."""

    def revoke(self, digest: str) -> None:
        """The credential is good no longer."""

    def forget_expired(self, at: datetime) -> int:
        """Credentials that had expired by then are gone; how many there were."""
