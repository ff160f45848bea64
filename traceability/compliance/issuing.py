"""Making certificates out: what must be said, what must not be sold, and that no part is more than its whole."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from traceability.compliance.errors import (
    CertificateBlockedError,
    CertificateRequestError,
    CertificateStateError,
)
from traceability.compliance.model import Block, Certificate, Used
from traceability.compliance.tables import bases, issuers, kinds, months_kept
from traceability.epcis.event_types import is_uri

LONGEST_TEXT = 200
MOST_THINGS = 2000
MOST_PARTS = 200
HEAD = "HEA"
FINEST = Decimal("0.001")
LARGEST = Decimal(10) ** 9
Verdict = Callable[[Collection[str]], Sequence[Block]]
"""What of these things must not be sold now."""


def checked(certificate: Certificate, verdict: Verdict) -> Certificate:
    """The same certificate; raises CertificateRequestError that names the field, CertificateBlockedError."""
    _check_goods(certificate)
    _check_words(certificate)
    _check_quantity(certificate)
    _check_things(certificate)
    blocks = verdict(certificate.things) if certificate.things else ()
    if blocks:
        raise CertificateBlockedError([block.line for block in blocks])
    return certificate


def check_parts(certificate: Certificate, wholes: Mapping[str, Certificate], used: Mapping[str, Used]) -> None:
    """The certificate takes no more of its predecessors than is left, and nothing that they do not hold.

    Raises CertificateRequestError for parts that fit together in no way, CertificateStateError for what is used up.
    """
    for part in certificate.parts:
        whole = wholes.get(part.certificate)
        if whole is None or whole.kind != certificate.kind:
            rule = f"{part.certificate} is no certificate of {certificate.kind}"
            raise CertificateRequestError(field="parts", rule=rule, rule_zh="没有这张同类的合格证")
    if certificate.parts:
        _check_sum(certificate)
        reasons = [
            *_overdrawn(certificate, wholes, used),
            *_strangers(certificate, wholes, used),
            *_withdrawn(wholes.values()),
        ]
        if reasons:
            raise CertificateStateError(reasons)


def check_single(certificate: Certificate, covering: Mapping[str, Collection[str]]) -> None:
    """None of its things is promised by another that stands; covering: by thing, ids of those that hold it now.

    Predecessors may: the thing passes from them to this one. Raises CertificateStateError.
    """
    predecessors = {part.certificate for part in certificate.parts}
    reasons = [
        f"{thing.rpartition('/')[2]} is in certificate {other} already 已经开过合格证"
        for thing, others in sorted(covering.items())
        for other in sorted(set(others) - predecessors - {certificate.id})
    ]
    if reasons:
        raise CertificateStateError(reasons)


def check_new(certificate: Certificate, there: Collection[str]) -> None:
    """No certificate of its id is among those that are there; raises CertificateStateError."""
    if certificate.id in there:
        raise CertificateStateError(
            [f"this form has made out {certificate.id} already 这张表已经开出 {certificate.id}"]
        )


def kept_until(issued_on: date) -> date:
    """The day up to which a certificate issued that day is kept at least."""
    months = issued_on.month - 1 + months_kept()
    year, month = issued_on.year + months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(issued_on.day, last))


def left_of(whole: Certificate, used: Used) -> Decimal:
    """How much of it has gone into no other certificate."""
    return whole.quantity - used.quantity


def _check_goods(certificate: Certificate) -> None:
    kind = kinds().get(certificate.kind)
    if kind is None:
        raise CertificateRequestError(field="kind", rule=f"one of {', '.join(kinds())} is expected")
    if not kind.allowed:
        raise CertificateRequestError(field="kind", rule=kind.reason_en, rule_zh=kind.reason_zh)


def _check_words(certificate: Certificate) -> None:
    issuer = certificate.issuer
    if issuer.kind not in issuers():
        raise CertificateRequestError(field="issuer", rule=f"one of {', '.join(issuers())} is expected")
    said = {
        "product": certificate.product,
        "origin": certificate.origin,
        "issuer_name": issuer.name,
        "contact": issuer.contact,
    }
    for field, text in said.items():
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise CertificateRequestError(field=field, rule=f"1 to {LONGEST_TEXT} characters are expected")
    if len(certificate.batch) > LONGEST_TEXT:
        raise CertificateRequestError(field="batch", rule=f"at most {LONGEST_TEXT} characters")
    unknown = sorted(set(certificate.basis) - set(bases()))
    if not certificate.basis or unknown or len(set(certificate.basis)) < len(certificate.basis):
        raise CertificateRequestError(field="basis", rule=f"one or more of {', '.join(bases())}, each once")


def _check_quantity(certificate: Certificate) -> None:
    quantity, unit = certificate.quantity, certificate.goods.unit
    if not quantity.is_finite() or not 0 < quantity <= LARGEST:
        raise CertificateRequestError(field="quantity", rule=f"above 0 and at most {LARGEST:f} {unit}")
    finest = Decimal(1) if unit == HEAD else FINEST
    if quantity % finest:
        raise CertificateRequestError(field="quantity", rule=f"a multiple of {finest} {unit}")


def _check_things(certificate: Certificate) -> None:
    things = certificate.things
    if len(set(things)) < len(things) or len(things) > MOST_THINGS:
        raise CertificateRequestError(field="things", rule=f"each once, at most {MOST_THINGS}")
    strange = next((thing for thing in things if not is_uri(thing)), None)
    if strange is not None:
        raise CertificateRequestError(field="lot", rule=f"{strange[:60]!r} is no URI, such as a Digital Link")
    if certificate.goods.named and len(things) != certificate.quantity:
        rule = f"{certificate.quantity:f} head need as many ear tags, {len(things)} are named"
        raise CertificateRequestError(field="animals", rule=rule, rule_zh="头数和耳标数要一样")
    names = [part.certificate for part in certificate.parts]
    if len(set(names)) < len(names) or len(names) > MOST_PARTS:
        raise CertificateRequestError(field="parts", rule=f"each certificate once, at most {MOST_PARTS}")
    if any(not part.quantity.is_finite() or part.quantity <= 0 for part in certificate.parts):
        raise CertificateRequestError(field="parts", rule="each part is above 0")


def _check_sum(certificate: Certificate) -> None:
    total = sum(part.quantity for part in certificate.parts)
    if total != certificate.quantity:
        rule = f"the parts give {total:f} {certificate.goods.unit}, the certificate says {certificate.quantity:f}"
        raise CertificateRequestError(field="quantity", rule=rule, rule_zh="各部分加起来要等于总数")


def _overdrawn(certificate: Certificate, wholes: Mapping[str, Certificate], used: Mapping[str, Used]) -> Iterable[str]:
    for part in certificate.parts:
        left = left_of(wholes[part.certificate], used.get(part.certificate, Used()))
        if part.quantity > left:
            unit = certificate.goods.unit
            yield f"{part.certificate} has {left:f} {unit} left, {part.quantity:f} were asked for 超过了剩下的数量"


def _strangers(certificate: Certificate, wholes: Mapping[str, Certificate], used: Mapping[str, Used]) -> Iterable[str]:
    """Things that no predecessor still holds, and predecessors that give another number of things than they should."""
    held = {
        part.certificate: set(wholes[part.certificate].things) - used.get(part.certificate, Used()).things
        for part in certificate.parts
    }
    for thing in certificate.things:
        if not any(thing in things for things in held.values()):
            yield f"{thing.rpartition('/')[2]} is in none of the certificates it is split from 不在原合格证里"
    if certificate.goods.named:
        for part in certificate.parts:
            given = len(held[part.certificate] & set(certificate.things))
            if given != part.quantity:
                yield f"{part.certificate}: {part.quantity:f} head were asked for, {given} of its ear tags are named"


def _withdrawn(wholes: Iterable[Certificate]) -> Iterable[str]:
    return (f"{whole.id} was withdrawn 已作废" for whole in wholes if whole.withdrawal is not None)
