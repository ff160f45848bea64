"""A pack of evidence put together and signed: the same bytes for the same records, apart from the time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import rfc8785

from observations.digests import DayDigest
from observations.identifiers import EarTagNumber
from traceability.context import SENSOR_REPORTING
from traceability.evidence_pack.container import Member, member, packed
from traceability.evidence_pack.days import digests_csv, summaries_csv
from traceability.evidence_pack.guide import README_EN, README_ZH
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.passport_json import completeness, passport_json
from traceability.evidence_pack.public_events import public_document
from traceability.evidence_pack.verifying import FORMAT, MANIFEST, PUBLIC_KEY, SIGNATURE, file_row
from traceability.passport import Passport
from traceability.recorded import RecordedEvent

TOO_MANY_EVENTS = (
    "daily sensor events are in daily_summaries.csv only, as there are more than {most} events",
    "每日传感器事件超过 {most} 条，只放在 daily_summaries.csv 里",
)
TOO_MANY_ANIMALS = (
    "raw readings of more than {most} animals are digested by `tiantou evidence make` only",
    "超过 {most} 头，原始读数摘要只在 tiantou evidence make 里做",
)


class ReadingDigests(Protocol):
    """Digests of the raw readings that are kept."""

    def of_animal(self, animal: EarTagNumber) -> Sequence[DayDigest]:
        """One for each local day of which readings are kept, by day; may raise StoreUnavailableError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much goes into a pack that anyone may ask for; None where all of it does."""

    most_events: int | None = 6000
    most_animals: int | None = 6


ALL_OF_IT = Bounds(most_events=None, most_animals=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What packs are made with: the key, the readings, and under which address they are found."""

    key: EvidenceKey
    readings: ReadingDigests
    base_url: str


def evidence_pack(passport: Passport, evidence: Evidence, *, made_at: datetime, bounds: Bounds) -> bytes:
    """The signed ZIP of one pack; made_at: aware."""
    digests, animals_left_out = _digests(passport, evidence.readings, bounds)
    events, events_left_out = _events(passport, bounds)
    left_out = [*animals_left_out, *events_left_out]
    stamp = made_at.isoformat(timespec="seconds")
    words = {
        "subject": passport.link.epc_uri,
        "made_at": stamp,
        "key_id": evidence.key.jwk["kid"],
        "base_url": evidence.base_url.rstrip("/"),
    }
    document = public_document(passport, events, evidence.key.commit)
    files = [
        member("epcis.json", rfc8785.dumps(document), deflated=True),
        member("passport.json", rfc8785.dumps(passport_json(passport)), deflated=True),
        member("daily_summaries.csv", summaries_csv(passport.lives), deflated=True),
        member("raw_digests.csv", digests_csv(digests), deflated=True),
        member("completeness.json", rfc8785.dumps(_completeness(passport, digests, left_out)), deflated=True),
        member("README.zh.txt", README_ZH.format(**words).encode(), deflated=True),
        member("README.en.txt", README_EN.format(**words).encode(), deflated=True),
        member(PUBLIC_KEY, evidence.key.pem, deflated=False),
    ]
    manifest = rfc8785.dumps(_manifest(files, evidence.key, subject=passport.link.epc_uri, made_at=stamp))
    signature = evidence.key.sign(manifest)
    signed = (member(MANIFEST, manifest, deflated=False), member(SIGNATURE, signature, deflated=False))
    return packed([*files, *signed])


def _manifest(files: Sequence[Member], key: EvidenceKey, *, subject: str, made_at: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "subject": subject,
        "made_at": made_at,
        "key": key.jwk,
        "files": [file_row(each) for each in files],
    }


def _digests(
    passport: Passport, readings: ReadingDigests, bounds: Bounds
) -> tuple[Mapping[EarTagNumber, Sequence[DayDigest]], list[dict[str, str]]]:
    tags = [life.ear_tag for life in passport.lives if life.ear_tag is not None]
    if bounds.most_animals is not None and len(tags) > bounds.most_animals:
        return {}, [_reason("raw_digests.csv", TOO_MANY_ANIMALS, bounds.most_animals)]
    return {tag: readings.of_animal(tag) for tag in tags}, []


def _events(passport: Passport, bounds: Bounds) -> tuple[Iterator[RecordedEvent], list[dict[str, str]]]:
    if bounds.most_events is None or len(passport.records) <= bounds.most_events:
        return iter(passport.records), []
    others = (event for event in passport.records if event.captured.biz_step != SENSOR_REPORTING)
    return others, [_reason("epcis.json", TOO_MANY_EVENTS, bounds.most_events)]


def _reason(name: str, words: tuple[str, str], most: int) -> dict[str, str]:
    return {"file": name, "en": words[0].format(most=most), "zh": words[1].format(most=most)}


def _completeness(
    passport: Passport, digests: Mapping[EarTagNumber, Sequence[DayDigest]], left_out: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    return {
        "whole": completeness(passport.evidence.readings, passport.evidence.expected),
        "animals": [
            {
                "animal": life.epc,
                **completeness(life.readings, life.expected),
                "summed_up_days": len(life.daily),
                "days_with_raw_readings": len(digests.get(life.ear_tag, ())) if life.ear_tag is not None else 0,
                "raw_values": sum(each.values for each in digests.get(life.ear_tag, ())) if life.ear_tag else 0,
            }
            for life in passport.lives
        ],
        "left_out": [dict(each) for each in left_out],
    }
