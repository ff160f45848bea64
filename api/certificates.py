"""Certificates made out for the goods of registered farms."""

import base64
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from households.model import Farm
from observations.identifiers import EarTagNumber
from traceability.compliance.errors import CertificateRequestError
from traceability.compliance.issuing import checked
from traceability.compliance.model import Block, Certificate, Issuer, Part
from traceability.compliance.ports import CertificateBook
from traceability.compliance.tables import kinds
from traceability.compliance.verdicts import blocks_of
from traceability.counties import find_county
from traceability.epcis.identifiers import is_class
from traceability.gs1.epc_uris import canonical_uri
from traceability.minting import DemonstrationKeys, Keyring, MintedKeys
from traceability.ports import GuardBook, HoldBook, RecallBook

ID_BYTES = 10
"""80 bits: 16 characters that nobody guesses."""
SHORTEST_FORM = 2 * ID_BYTES
"""In hexadecimal digits: a shorter number of a form could be guessed, and is as none."""
SPECIES_OF_KIND = {"live_pigs": "pig", "live_cattle": "cattle", "live_sheep": "sheep"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSources:
    """Where certificates are kept, and what can speak against one."""

    certificates: CertificateBook
    guards: GuardBook
    holds: HoldBook
    recalls: RecallBook
    keys: MintedKeys = field(default_factory=DemonstrationKeys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a certificate is asked for; lot: the URI of a lot of produce, "" where none."""

    kind: str
    product: str
    quantity: Decimal
    batch: str
    issuer: Issuer
    basis: tuple[str, ...]
    animals: tuple[EarTagNumber, ...]
    lot: str
    parts: tuple[Part, ...]


def issue(
    asked: Asked,
    sources: CertificateSources,
    *,
    goods_of: Sequence[tuple[Farm, str]],
    simulated: bool,
    by: str,
    now: datetime,
    form: str = "",
) -> Certificate:
    """The certificate, durable. goods_of: the farms the goods are of, each with its township.

    simulated: one of them is a simulation. form: the number of the form that asks for it, which makes one only.

    Raises CertificateRequestError, CertificateBlockedError or CertificateStateError; then there is none.
    """
    row = kinds().get(asked.kind)
    wrong = [str(animal) for animal in asked.animals if animal.species != SPECIES_OF_KIND.get(asked.kind, "")]
    # Of what gets no certificate at all that is the reason to be told.
    if wrong and row is not None and row.allowed:
        rule = f"{wrong[0]} is no animal for {asked.kind}"
        raise CertificateRequestError(field="animals", rule=rule, rule_zh="耳标的畜种和品类不符")
    keys = sources.keys.keyring(animals=asked.animals)
    things = things_of(asked, keys)
    certificate = Certificate(
        id=_new_id(now, goods_of, by=by, form=form),
        kind=asked.kind,
        product=asked.product.strip(),
        quantity=asked.quantity,
        origin=_origin(goods_of),
        batch=asked.batch.strip(),
        issued_at=now,
        issuer=asked.issuer,
        basis=asked.basis,
        things=things,
        parts=asked.parts,
        farms=tuple(sorted({farm.id for farm, _ in goods_of})),
        issued_by=by,
        simulated=simulated,
    )
    farms = [farm for farm, _ in goods_of]
    checked(certificate, lambda named: blocks_now(named, sources, farms=farms, now=now))
    sources.certificates.issue(certificate)
    return certificate


def blocks_now(
    things: Collection[str], sources: CertificateSources, *, farms: Sequence[Farm], now: datetime
) -> Sequence[Block]:
    """What of these things must not be sold now; days are counted where the first farm is."""
    zone = ZoneInfo(farms[0].timezone if farms else "Asia/Shanghai")
    return blocks_of(
        things,
        guards=sources.guards,
        holds=sources.holds,
        recalls=sources.recalls,
        now=now,
        zone=zone,
    )


def things_of(asked: Asked, keys: Keyring) -> tuple[str, ...]:
    """The URIs of its animals and of its lot; raises CertificateRequestError."""
    lot = lot_of(asked)
    return (*(keys.animal(animal).uri for animal in asked.animals), *((lot,) if lot else ()))


def lot_of(asked: Asked) -> str:
    """The canonical URI of the lot, "" where none is named; raises CertificateRequestError for what names no lot."""
    lot, row = canonical_uri(asked.lot), kinds().get(asked.kind)
    if lot and not (is_class(lot) and "/10/" in lot):
        rule = "the URI of a lot is expected, such as https://id.gs1.org/01/…/10/…"
        raise CertificateRequestError(field="lot", rule=rule)
    # Of what gets no certificate at all that is the reason to be told.
    if lot and row is not None and row.allowed and row.named:
        rule = "live animals are named by their ear tags, not by a lot"
        raise CertificateRequestError(field="lot", rule=rule, rule_zh="活畜写耳标号，不写批次")
    return lot


def _new_id(now: datetime, goods_of: Sequence[tuple[Farm, str]], *, by: str, form: str) -> str:
    """By chance; of the same form sent twice the same, so that the book takes the first and refuses the second."""
    zone = ZoneInfo(goods_of[0][0].timezone if goods_of else "Asia/Shanghai")
    told = len(form) >= SHORTEST_FORM
    drawn = hashlib.sha256(f"{by}\n{form}".encode()).digest() if told else secrets.token_bytes(ID_BYTES)
    chance = base64.b32encode(drawn[:ID_BYTES]).decode("ascii").rstrip("=")
    return f"{now.astimezone(zone):%Y%m%d}-{chance}"


def _origin(goods_of: Sequence[tuple[Farm, str]]) -> str:
    """County and township; a village would lead to few households."""
    places = []
    for farm, township in goods_of:
        county = find_county(farm.county)
        places.append(f"{county.zh if county else farm.county} {township}".strip())
    return "、".join(dict.fromkeys(places))
