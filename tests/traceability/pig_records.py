"""A pig whose records allow it to go to slaughter, and what changes that; a book of guards in memory."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from observations.identifiers import SiteId
from tests.traceability.one_life import CARCASS, FARM, PACKING_HOUSE, PIG, SLAUGHTERHOUSE, TAG, at, event
from traceability.context import NAMESPACE, TREATING, animal_giai, device_uri
from traceability.epcis.capture import capture_event
from traceability.evidence import Evidence, evidence_of
from traceability.facilities import Facility, FacilityKind
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.guard_evidence import is_pig
from traceability.model import CapturedEvent
from traceability.recorded import opened

CHINA = timezone(timedelta(hours=8))
PIG_URI = animal_giai(PIG).uri
LAST_DOSE = date(2026, 8, 1)
DAY = date(2026, 8, 30)
"""The day of slaughter: one day after 28 days from the last dose."""
PACK = "https://id.gs1.org/01/09526000100010/21/000001"
HOUSES: dict[str, Facility] = {
    SLAUGHTERHOUSE: Facility(
        gln=SLAUGHTERHOUSE,
        name="宁乡屠宰场",
        county="430182",
        township="玉潭街道",
        kind=FacilityKind.SLAUGHTERHOUSE,
        site=SiteId.parse("site-1"),
        licence="湘屠 1 号",
    ),
    PACKING_HOUSE: Facility(
        gln=PACKING_HOUSE,
        name="分割车间",
        county="430182",
        township="玉潭街道",
        kind=FacilityKind.PACKING_HOUSE,
        site=SiteId.parse("site-1"),
    ),
}


@dataclass
class GuardsInMemory:
    """A GuardBook over a list of events."""

    events: Sequence[CapturedEvent] = ()
    houses: Mapping[str, Facility] = field(default_factory=lambda: HOUSES)

    def evidence(self, subjects: Collection[str]) -> Mapping[str, Evidence]:
        """A thing is meant by its tags and crates whenever: no test here takes one off and uses it elsewhere."""
        told: dict[str, Evidence] = {}
        for subject in subjects:
            names = frozenset({subject} | {each for pair in self._pairs() if subject in pair for each in pair})
            about = [each for each in self.events if names & {canonical_uri(epc) for epc in each.epcs}]
            told[subject] = evidence_of(subject, about, names)
        return told

    def facility(self, gln: str) -> Facility | None:
        return self.houses.get(gln)

    def zone(self, gln: str) -> str | None:
        return "Asia/Shanghai" if gln in {FARM, *self.houses} else None

    def animals_in(self, things: Collection[str], *, at: datetime | None) -> frozenset[str]:  # noqa: ARG002 the port's
        found = {each for pair in self._pairs() if set(pair) & set(things) for each in pair}
        return frozenset(filter(is_pig, found))

    def _pairs(self) -> list[tuple[str, str]]:
        """What was on or in what."""
        return [
            (canonical_uri(str(each.body.get("parentID"))), canonical_uri(child))
            for each in opened(self.events)
            for child in each.names("childEPCs")
        ]

    def on_certificate(self, number: str) -> frozenset[str]:
        stating = [each for each in opened(self.events) if each.body.get("tt:certificateNumber") == number]
        return frozenset(filter(is_pig, (canonical_uri(epc) for each in stating for epc in each.captured.epcs)))


def born() -> CapturedEvent:
    return event(
        "ObjectEvent", at(date(2025, 11, 3)), FARM,
        action="ADD", bizStep="commissioning", disposition="active", epcList=[PIG_URI],
    )  # fmt: skip


def tagged(day: date = date(2025, 11, 20), *, action: str = "ADD", **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    step = "installing" if action == "ADD" else "removing"
    return event(
        "AssociationEvent", at(day), FARM,
        **{"action": action, "bizStep": step, "parentID": PIG_URI, "childEPCs": [device_uri(TAG)], **members},
    )  # fmt: skip


def treated(last: date = LAST_DOSE, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    told = {"tt_medicine": "土霉素注射液", "tt_lastDose": last.isoformat(), "epcList": [PIG_URI], **members}
    return event("ObjectEvent", at(last, 17), FARM, action="OBSERVE", bizStep=TREATING, **told)


def certified(day: date = DAY, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    told = {
        "tt_certificate": "动物检疫证明（动物B）",
        "tt_certificateNumber": "4301822026-0087",
        "tt_result": "合格",
        "tt_headCount": 1,
        "tt_destination": SLAUGHTERHOUSE.uri,
        "disposition": "conformant",
        "epcList": [PIG_URI],
        **members,
    }
    when = at(day, 1) - timedelta(hours=10)
    return event("ObjectEvent", when, FARM, action="OBSERVE", bizStep="inspecting", **told)


def slaughtered(when: datetime | None = None, place: Gln = SLAUGHTERHOUSE, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    told = {"inputEPCList": [PIG_URI], "outputEPCList": [CARCASS], **members}
    return event(
        "TransformationEvent", when or at(DAY, 5), place, bizStep="commissioning", disposition="active", **told
    )


def packed() -> CapturedEvent:
    return event(
        "TransformationEvent", at(DAY, 9), PACKING_HOUSE,
        bizStep="commissioning", disposition="active", inputEPCList=[CARCASS], outputEPCList=[PACK],
    )  # fmt: skip


def compliant() -> list[CapturedEvent]:
    """Everything before the slaughter."""
    return [born(), tagged(), treated(), certified()]


def declared_wrong(
    captured: CapturedEvent, *, licence: str = "", later: timedelta = timedelta(days=3)
) -> CapturedEvent:
    """The declaration that the event was an error, by a veterinarian where a licence number is given."""
    document = json.loads(captured.document)
    document["errorDeclaration"] = {
        "declarationTime": (captured.record_time + later).isoformat(timespec="milliseconds"),
        "reason": "incorrect_data",
        **({"tt:vetLicence": licence} if licence else {}),
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    return capture_event(body, record_time=captured.record_time + later)


def renamed(captured: CapturedEvent, *, prefix: str = "zz") -> CapturedEvent:
    """The same event with our namespace under another prefix and EPCs as URNs."""
    text = captured.document.replace('"tt:', f'"{prefix}:').replace(
        f'{{"tt": "{NAMESPACE}"}}', f'{{"{prefix}": "{NAMESPACE}"}}'
    )
    urn = f"urn:epc:id:giai:9526000.{PIG}"
    body = text.replace(PIG_URI, urn)
    return capture_event(body.encode(), record_time=captured.record_time)


def without(events: Sequence[CapturedEvent], *left_out: CapturedEvent) -> list[CapturedEvent]:
    """The events but these."""
    ids = {each.event_id for each in left_out}
    return [replace(each) for each in events if each.event_id not in ids]
