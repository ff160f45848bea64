"""Animal quarantine certificates: what events tell of them, and whether one allows an animal to go to slaughter.

How long a kind is valid at most is in `certificate_kinds.csv`.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from traceability.evidence import Evidence
from traceability.gs1.keys import Gln
from traceability.guard_evidence import Act, location_of, own_members, place_day, step_of
from traceability.ports import GuardBook
from traceability.recorded import RecordedEvent

PASSED = ("合格", "pass", "conformant")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKind:
    """A form of certificate. days: it is valid until so many days after it was issued, whatever it says."""

    kind: str
    words: Sequence[str]
    days: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCertificate:
    """A certificate as its event tells it.

    issued, until: the local days it is valid from and to; None where its kind is not known and no day is stated.
    head_count: 0 where none is stated. destination: None where none is stated.
    """

    number: str
    passed: bool
    issued: date
    until: date | None
    head_count: int
    destination: Gln | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFault:
    """Why a certificate does not allow it: a reason of `hold_reasons.csv`, and in words."""

    reason: str
    zh: str
    en: str
    until: date | None = None


def certificate_fault(evidence: Evidence, act: Act, book: GuardBook) -> CertificateFault | None:
    """Why no certificate allows the act, said of the newest one; None where one does."""
    issued = [read for event in evidence.events if (read := _read(event, book)) and event.captured.event_time <= act.at]
    if not issued:
        return CertificateFault(
            reason="no_certificate",
            zh="没有这头猪的动物检疫证明；请先申报检疫并登记证明",
            en="no quarantine certificate of this animal is recorded; apply for quarantine and record the certificate",
        )
    faults = [_fault(certificate, act, book) for certificate in reversed(issued)]
    return None if None in faults else faults[0]


def _fault(certificate: QuarantineCertificate, act: Act, book: GuardBook) -> CertificateFault | None:
    number, until = certificate.number, certificate.until
    if not certificate.passed:
        return CertificateFault(
            reason="certificate_failed", zh=f"证明 {number} 检疫不合格", en=f"certificate {number} says it did not pass"
        )
    if until is None or not certificate.issued <= act.day <= until:
        return CertificateFault(
            reason="certificate_date",
            zh=f"证明 {number} 从 {certificate.issued} 到 {until or '（没有写）'} 有效，{act.day} 不在其中",
            en=f"certificate {number} is valid {certificate.issued} to {until or '(not said)'}, not on {act.day}",
        )
    return _wrong_load(certificate, act, book)


def _wrong_load(certificate: QuarantineCertificate, act: Act, book: GuardBook) -> CertificateFault | None:
    number, heads = certificate.number, certificate.head_count
    if certificate.destination is None or certificate.destination != act.destination:
        to, going = certificate.destination or "（没有写）", act.destination or "（没有写）"
        return CertificateFault(
            reason="certificate_destination",
            zh=f"证明 {number} 写的是运到 {to}，这里是 {going}",
            en=f"certificate {number} is for {certificate.destination or '(not said)'}, not for {act.destination}",
        )
    named = len(book.on_certificate(number))
    if named > heads:
        return CertificateFault(
            reason="certificate_head_count",
            zh=f"证明 {number} 是 {heads} 头，已经登记了 {named} 头",
            en=f"certificate {number} is for {heads} head and {named} are recorded on it",
        )
    return None


def _read(event: RecordedEvent, book: GuardBook) -> QuarantineCertificate | None:
    own = own_members(event)
    number, name = str(own.get("certificateNumber") or ""), str(own.get("certificate") or "")
    if (not number and not name) or step_of(event) != "inspecting":
        return None
    zone = None if event.place is None else book.zone(event.place)
    issued = place_day(event.captured.event_time, zone, event.day)
    return QuarantineCertificate(
        number=number,
        passed=_passed(str(own.get("result") or ""), event),
        issued=issued,
        until=_until(own, f"{own.get('certificateKind') or ''} {name}".casefold(), issued),
        head_count=_count(own.get("headCount")),
        destination=location_of(str(own.get("destination") or "")),
    )


def _passed(result: str, event: RecordedEvent) -> bool:
    if "non_conformant" in event.dispositions:
        return False
    # 不合格 holds 合格: what is said counts only as a whole.
    return result.strip().casefold() in PASSED or (not result and "conformant" in event.dispositions)


def _until(own: Mapping[str, object], name: str, issued: date) -> date | None:
    kind = next((row for row in certificate_kinds() if any(word in name for word in row.words)), None)
    longest = None if kind is None else issued + timedelta(days=kind.days)
    try:
        stated = date.fromisoformat(str(own.get("validUntil") or "")[:10])
    except ValueError:
        return longest
    return stated if longest is None else min(stated, longest)


def _count(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= 6 else 0  # noqa: PLR2004 no lorry holds a million


@cache
def certificate_kinds() -> Sequence[CertificateKind]:
    """Every form of certificate."""
    return [
        CertificateKind(
            kind=row["kind"],
            words=[word.casefold() for word in row["words"].split("|")],
            days=int(row["days"]),
            zh=row["zh"],
            en=row["en"],
        )
        for row in _rows()
    ]


def _rows() -> Iterator[Mapping[str, str]]:
    return csv.DictReader(files("traceability").joinpath("certificate_kinds.csv").read_text("utf-8").splitlines())
