"""What keeps an animal or a lot from people's tables, and until when; nobody can override it.

The same judgement stands behind what may be recorded here and behind the holds on what others report as done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from traceability.certificates import certificate_fault
from traceability.epcis.event_terms import members, parts
from traceability.epcis.identifiers import CLASSES
from traceability.evidence import CHECKS, NOT_CONFORMANT, TRANSFORMATION, Evidence
from traceability.facilities import FacilityKind
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import (
    SLAUGHTER,
    Act,
    ActKind,
    consumes,
    destinations_of,
    is_pig,
    own_members,
    place_day,
    step_of,
    things_in,
)
from traceability.history import MOVEMENTS
from traceability.holds import Hold, cause_of
from traceability.ports import GuardBook
from traceability.product_uses import Block, harvest_blocks, medicine_blocks
from traceability.recorded import RecordedEvent, text
from traceability.trace_keeping import ASSOCIATION

SENDINGS = MOVEMENTS | {"consigning", "staging_outbound"}


GUARDS_VERSION = 1
"""By which rules guards judge; when it grows, all that was captured is judged anew in the background."""


def findings(evidence: Evidence, book: GuardBook) -> tuple[Block, ...]:
    """Everything the records say against what was already done with the subject; each is a hold."""
    found = [*failures(evidence)]
    for act in acts_of(evidence, book):
        found.extend(replace(block, cause=cause_of(act.event)) for block in blocks(evidence, act, book))
    for event in evidence.events:
        if _harvests(event, evidence.subject):
            blocked = harvest_blocks(evidence, event.day, book)
            found.extend(replace(block, cause=cause_of(event.captured.event_id)) for block in blocked)
    once = {(block.reason, block.cause): block for block in reversed(found)}
    return tuple(reversed(once.values()))


def failures(evidence: Evidence) -> Iterator[Block]:
    """Inspections and tests that the subject did not pass."""
    for event in evidence.events:
        if is_failure(event):
            own = own_members(event)
            tested = "test" in own or step_of(event) == "sampling"
            what = str(own.get("test") or own.get("inspection") or own.get("certificate") or step_of(event))
            yield Block(
                reason="failed_test" if tested else "failed_inspection",
                zh=f"{event.day} {what}：不合格",
                en=f"{event.day} {what}: not conformant",
                cause=cause_of(event.captured.event_id),
            )


def is_failure(event: RecordedEvent) -> bool:
    """Whether it says that something did not pass an inspection or a test."""
    return step_of(event) in CHECKS and NOT_CONFORMANT in event.dispositions


def acts_of(evidence: Evidence, book: GuardBook) -> list[Act]:
    """What decides whether the animal could become food: its slaughter, or before it the last time it was sent there.

    An animal that was sent too early and slaughtered in time is judged by the slaughter alone.
    """
    if not is_pig(evidence.subject):
        return []
    slaughters = [event for event in evidence.events if consumes(event, evidence.names)]
    sendings = [event for event in evidence.events if _is_sending(event, evidence, book)][-1:]
    return [act_of(event, book) for event in slaughters or sendings]


def act_of(event: RecordedEvent, book: GuardBook) -> Act:
    """The act that an event tells."""
    kind = ActKind.SENDING if event.captured.event_type == "ObjectEvent" else ActKind.SLAUGHTER
    found = destinations_of(event)
    houses = [gln for gln in found if _is_slaughterhouse(gln, book)]
    destination = event.place if kind is ActKind.SLAUGHTER else next(iter((*houses, *found)), None)
    zone = None if event.place is None else book.zone(event.place)
    return Act(
        kind=kind,
        at=event.captured.event_time,
        day=place_day(event.captured.event_time, zone, event.day),
        place=event.place,
        destination=destination,
        event=event.captured.event_id,
    )


def blocks(evidence: Evidence, act: Act, book: GuardBook) -> tuple[Block, ...]:
    """Everything against the act; nothing where the animal may go."""
    found = [*medicine_blocks(evidence, act, book)]
    if not _is_tagged(evidence, act):
        zh, en = "没有在戴的耳标；请先补打耳标并登记", "it wears no ear tag; tag it again and record it first"
        found.append(Block(reason="no_tag", zh=zh, en=en))
    fault = certificate_fault(evidence, act, book)
    if fault is not None:
        found.append(Block(reason=fault.reason, zh=fault.zh, en=fault.en))
    if act.destination is None or not _is_licensed(act.destination, book):
        where = act.destination
        zh = f"{where or '没有写明的地方'} 不是登记有许可证号的屠宰场"
        en = f"{where or 'a place that is not told'} is not registered as a slaughterhouse with a licence"
        found.append(Block(reason="unlicensed_slaughterhouse", zh=zh, en=en))
    return tuple(found)


def held_blocks(holds: Sequence[Hold]) -> Iterator[Block]:
    """One block for each hold."""
    for hold in holds:
        since = hold.since.date()
        zh = f"{hold.words.zh}（{hold.subject}，{since} 起封存）{hold.detail_zh}"
        en = f"{hold.words.en} ({hold.subject}, on hold since {since}) {hold.detail_en}"
        yield Block(reason=hold.reason, zh=zh.strip(), en=en.strip(), cause=hold.cause)


def _is_tagged(evidence: Evidence, act: Act) -> bool:
    """Whether it wears a tag; one that was collected where it was slaughtered was worn until then."""
    worn: set[str] = set()
    for event in evidence.events:
        is_its_own = event.captured.event_type == ASSOCIATION and _parent(event) == evidence.subject
        if not is_its_own or event.captured.event_time > act.at:
            continue
        children = things_in(event, "childEPCs")
        if text(event.body, "action") != "DELETE":
            worn |= children
        elif not (act.kind is ActKind.SLAUGHTER and event.place is not None and event.place == act.place):
            worn = worn - children if children else set()
    return bool(worn)


def _parent(event: RecordedEvent) -> str:
    return canonical_uri(text(event.body, "parentID"))


def is_act(event: RecordedEvent, evidence: Evidence, book: GuardBook) -> bool:
    """Whether it slaughters the animal, or sends it to a slaughterhouse."""
    return consumes(event, evidence.names) or _is_sending(event, evidence, book)


def _is_sending(event: RecordedEvent, evidence: Evidence, book: GuardBook) -> bool:
    if event.captured.event_type != "ObjectEvent" or evidence.names.isdisjoint(things_in(event, "epcList")):
        return False
    own = own_members(event)
    if step_of(event) not in SENDINGS and not step_of(event).endswith("/selling"):
        return False
    return own.get("purpose") == SLAUGHTER or any(_is_slaughterhouse(gln, book) for gln in destinations_of(event))


def _is_slaughterhouse(gln: str, book: GuardBook) -> bool:
    facility = book.facility(gln)
    return facility is not None and facility.kind is FacilityKind.SLAUGHTERHOUSE


def _is_licensed(gln: str, book: GuardBook) -> bool:
    facility = book.facility(gln)
    return _is_slaughterhouse(gln, book) and facility is not None and bool(facility.licence.strip())


def _harvests(event: RecordedEvent, subject: str) -> bool:
    """Whether a lot was dug or picked by it: a class that came to be."""
    made = {canonical_uri(str(members(part).get("epcClass", ""))) for part in parts(event.body.get("quantityList"))}
    return (
        event.captured.event_type == "ObjectEvent"
        and text(event.body, "action") == "ADD"
        and step_of(event) in {"commissioning", "creating_class_instance"}
        and subject in made
    )


_TELLING = frozenset({
    "medicine", "medicineEn", "vaccine", "vaccineEn", "pesticide", "pesticideEn", "certificate", "certificateNumber",
})  # fmt: skip


def matters(event: RecordedEvent) -> bool:
    """Whether the event can change what is found against anything; births and weighings cannot."""
    if event.captured.event_type != "ObjectEvent" or event.body.get("errorDeclaration") or is_failure(event):
        return True
    step = step_of(event)
    if step in SENDINGS or step.endswith(("/treating", "/selling")) or event.body.get("quantityList"):
        return True
    return not _TELLING.isdisjoint(own_members(event))


def can_decide(event: RecordedEvent) -> bool:
    """Whether a hold on anything it names could begin with it: a slaughter, a sending, a harvest, a failure."""
    if event.body.get("errorDeclaration") or event.captured.event_type == TRANSFORMATION or is_failure(event):
        return True
    step = step_of(event)
    return step in SENDINGS or step.endswith("/selling") or bool(event.body.get("quantityList"))


def holders_of(event: RecordedEvent) -> frozenset[str]:
    """The things in the event that may hold or stand for animals: crates, lorries, tags."""
    made = things_in(event, "outputEPCList")
    return frozenset(name for name in map(canonical_uri, event.captured.epcs) if not is_pig(name)) - made


def subjects_of(event: RecordedEvent) -> frozenset[str]:
    """What must be judged anew when this event is known: the pigs, and the lots and things found wanting, it names."""
    named = frozenset(canonical_uri(epc) for epc in event.captured.epcs)
    checked = frozenset(named) if is_failure(event) or event.body.get("errorDeclaration") else frozenset()
    lots = frozenset(
        canonical_uri(str(members(part).get("epcClass", "")))
        for name in CLASSES
        for part in parts(event.body.get(name))
        if event.captured.event_type == "ObjectEvent"
    )
    return frozenset(filter(is_pig, named)) | checked | lots
