"""What certificates need kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from traceability.compliance.model import Certificate, Used, Withdrawal


class CertificateBook(Protocol):
    """The certificates; none is ever removed before its time."""

    def issue(self, certificate: Certificate) -> None:
        """The certificate is durable; what it takes of others is checked in the same step.

        Raises CertificateRequestError or CertificateStateError as `check_parts`, `check_single` and `check_new` do;
        then nothing changed.
        """

    def find(self, certificate: str) -> Certificate | None:
        """The certificate of that id."""

    def list(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Certificate]:
        """The newest of goods of these farms (None: of all), the newest first."""

    def used(self, certificates: Collection[str]) -> Mapping[str, Used]:
        """What later ones that stand took of each."""

    def successors(self, certificate: str) -> Sequence[str]:
        """The ids of those that were made of it, by time."""

    def covering(self, things: Collection[str]) -> Mapping[str, Sequence[str]]:
        """The ids of those that stand and hold each of these things now, things in none left out.

        What passed on into a later certificate is held by that one.
        """

    def withdraw(self, certificate: str, withdrawal: Withdrawal) -> bool:
        """Whether it stood and nothing was made of it; it is withdrawn then, else nothing changed."""
