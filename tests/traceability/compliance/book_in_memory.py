"""A book of certificates in memory, and a certificate to put into it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from traceability.compliance.issuing import check_new, check_parts, check_single
from traceability.compliance.model import Certificate, Issuer, Used, Withdrawal

NOW = datetime(2026, 7, 28, 1, 20, tzinfo=UTC)
PIGS = tuple(f"https://id.gs1.org/8004/95260001430182{number:08}" for number in (147, 148, 149))


class CertificatesInMemory:
    """A CertificateBook."""

    def __init__(self) -> None:
        self.kept: dict[str, Certificate] = {}

    def issue(self, certificate: Certificate) -> None:
        predecessors = [part.certificate for part in certificate.parts]
        wholes = {each: self.kept[each] for each in predecessors if each in self.kept}
        check_parts(certificate, wholes, self.used(predecessors))
        check_new(certificate, self.kept)
        check_single(certificate, self.covering(certificate.things))
        self.kept[certificate.id] = certificate

    def find(self, certificate: str) -> Certificate | None:
        return self.kept.get(certificate)

    def list(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Certificate]:
        found = [each for each in self.kept.values() if farms is None or set(farms) & set(each.farms)]
        return sorted(found, key=lambda each: (each.issued_at, each.id), reverse=True)[:limit]

    def used(self, certificates: Collection[str]) -> Mapping[str, Used]:
        found: dict[str, Used] = {}
        for each in self._standing():
            for part in each.parts:
                if part.certificate in certificates:
                    before = found.get(part.certificate, Used())
                    found[part.certificate] = Used(
                        quantity=before.quantity + part.quantity, things=before.things | set(each.things)
                    )
        return found

    def successors(self, certificate: str) -> Sequence[str]:
        return [each.id for each in self.kept.values() if any(part.certificate == certificate for part in each.parts)]

    def covering(self, things: Collection[str]) -> Mapping[str, Sequence[str]]:
        passed = {
            (part.certificate, thing) for each in self._standing() for part in each.parts for thing in each.things
        }
        found: dict[str, list[str]] = {}
        for each in self._standing():
            for thing in set(things) & set(each.things):
                if (each.id, thing) not in passed:
                    found.setdefault(thing, []).append(each.id)
        return found

    def withdraw(self, certificate: str, withdrawal: Withdrawal) -> bool:
        found = self.kept.get(certificate)
        if found is None or found.withdrawal or any(each.withdrawal is None for each in self._made_of(certificate)):
            return False
        self.kept[certificate] = replace(found, withdrawal=withdrawal)
        return True

    def _standing(self) -> Sequence[Certificate]:
        return [each for each in self.kept.values() if each.withdrawal is None]

    def _made_of(self, certificate: str) -> Sequence[Certificate]:
        return [self.kept[each] for each in self.successors(certificate)]


def certificate(name: str = "C-1", **changes: Any) -> Certificate:  # noqa: ANN401 any member of a certificate
    """Two live pigs of a cooperative's."""
    usual = Certificate(
        id=name,
        kind="live_pigs",
        product="宁乡花猪",
        quantity=Decimal(2),
        origin="湖南宁乡 流沙河镇",
        batch="",
        issued_at=NOW,
        issuer=Issuer(kind="cooperative", name="流沙河花猪合作社", contact="0731-87880000"),
        basis=("quality_control",),
        things=PIGS[:2],
        parts=(),
        farms=("farm-1",),
        issued_by="operator",
    )
    return replace(usual, **changes)


def potatoes(name: str, kg: str, **changes: Any) -> Certificate:  # noqa: ANN401 as above
    """So much of sweet potatoes."""
    lot = {"kind": "sweet_potatoes", "product": "商薯19", "quantity": Decimal(kg), "things": ()}
    return certificate(name, **{**lot, **changes})
