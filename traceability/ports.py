"""What traceability needs kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from traceability.epcis.event_queries import EventQuery
from traceability.epcis.subscriptions import Subscription
from traceability.evidence import Evidence
from traceability.facilities import Facility
from traceability.holds import Held, Hold, HoldRelease, Judged
from traceability.life_weather import LifeWeather
from traceability.mass_alarms import MassAlarm, Weighed
from traceability.model import CapturedEvent, CaptureJob, EventPage, NamedQuery, Position, Product, PublicPlace
from traceability.price_shares import PriceAgreement
from traceability.recall_goods import Recovery
from traceability.recall_messages import RecallMessage
from traceability.recalls import Cause, Recall, RecallNotice, Scope
from traceability.scan_watch import ScanDay
from traceability.trace_model import Link, Traced


class EventRepository(Protocol):
    """EPCIS events, stored as captured, never changed."""

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        """How many were new; all are durable when this returns, or none.

        An event captured before (same eventID, same digest or document) is passed over.
        """

    def about(self, epcs: Collection[str], *, besides: str = "") -> Sequence[CapturedEvent]:
        """Every event that names one of these EPCs, by event time; none of the business step `besides`."""

    def with_ids(self, event_ids: Collection[str]) -> Sequence[CapturedEvent]:
        """Every event that has one of these ids, error declarations among them."""

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        """The event of that id and its error declarations, by record time."""


class EventQueries(Protocol):
    """Questions to the captured events. visible: only events that name one of these EPCs are there; None for all."""

    def page(
        self, query: EventQuery, *, visible: Collection[str] | None, after: Position | None, limit: int
    ) -> EventPage:
        """At most `limit` events of the answer, after that position.

        All pages together are the answer as it was when the first was asked for: none is missing and none comes
        twice, whatever is captured meanwhile. Raises QueryTooLargeError where the query's `most` is exceeded.
        """

    def newest(self) -> int:
        """The record number of the event captured last; whatever is captured later has a greater one. 0 before any."""

    def number_before(self, moment: datetime) -> int:
        """A record number behind which every event recorded from that moment on lies."""

    def texts(self, name: str, *, visible: Collection[str] | None, after: str, limit: int) -> Sequence[str]:
        """Different texts of that fact (of every EPC for "epc"), in order, from the first behind `after` on."""


class CaptureJobs(Protocol):
    """Documents handed in for capture; they are kept until they are done."""

    def open(self, job: CaptureJob, body: bytes) -> None:
        """The job and its document are durable."""

    def find(self, job: str) -> CaptureJob | None:
        """The job of that id."""

    def list(self, owner: str | None, *, after: int, limit: int) -> Sequence[tuple[int, CaptureJob]]:
        """Jobs of that owner (None: of all) with their numbers, oldest first, from the first behind `after` on."""

    def unfinished(self) -> Sequence[str]:
        """The ids of the jobs that are still to be done, oldest first."""

    def body(self, job: str) -> bytes | None:
        """The document of an unfinished job."""

    def finish(self, job: CaptureJob, events: Sequence[CapturedEvent]) -> None:
        """The events are captured and the job is finished, both durably, or neither; no-op where it was finished."""


class NamedQueries(Protocol):
    """Queries with a name; each owner has names of their own."""

    def add(self, query: NamedQuery) -> bool:
        """Whether the name was free; otherwise nothing changed."""

    def find(self, owner: str, name: str) -> NamedQuery | None:
        """The owner's query of that name."""

    def list(self, owner: str, *, after: str, limit: int) -> Sequence[NamedQuery]:
        """The owner's queries by name, from the first behind `after` on."""

    def remove(self, owner: str, name: str) -> bool:
        """Whether there was such a query; it is there no more, nor are subscriptions to it."""


class Subscriptions(Protocol):
    """Who gets sent what a named query finds, and how far each was told."""

    def add(self, subscription: Subscription) -> bool:
        """Whether its owner still has the query; then the subscription is durable."""

    def find(self, subscription: str) -> Subscription | None:
        """The subscription of that id."""

    def list(self, owner: str | None, *, query: str | None, after: str, limit: int) -> Sequence[Subscription]:
        """Subscriptions of that owner and to that query (None: of all) by id, from the first behind `after` on."""

    def due(self, at: datetime, *, newest: int) -> Sequence[Subscription]:
        """Active subscriptions that are due by then and for which something may be there, the longest waiting first.

        newest: the record number of the event captured last. One whose secret cannot be read comes as paused, with
        why: it is not to be served.
        """

    def change(self, before: Subscription, after: Subscription) -> Subscription | None:
        """The subscription as it is kept now; None where it was changed since `before`, and nothing happened."""

    def remove(self, subscription: str) -> bool:
        """Whether there was such a subscription; it is there no more."""


class ProductCatalogue(Protocol):
    """The trade items."""

    def add(self, product: Product) -> None:
        """The product is known."""

    def find(self, gtin: str) -> Product | None:
        """The product of that GTIN-14."""


class TraceGraph(Protocol):
    """What captured events say of which thing became, held or stood for which.

    Events captured before a call count in it, those declared in error do not.
    """

    def forward(self, things: Collection[str]) -> Traced:
        """What came of these, held them or stood for them, without themselves."""

    def back(self, things: Collection[str]) -> Traced:
        """What these came of, held or stood for, without themselves."""

    def links(self, names: Collection[str]) -> Sequence[Link]:
        """Every link that begins and ends at one of these names, steps among them."""


class MassRecords(Protocol):
    """What a mass balance of a time is made from."""

    def made_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[CapturedEvent]:
        """At most so many transformation events from `since` and before `until`, the newest first."""


class MassAlarms(Protocol):
    """Alarms about masses that cannot be true; none is ever removed."""

    def news(self, *, after: int, limit: int) -> tuple[int, Sequence[CapturedEvent]]:
        """At most so many events recorded behind that number, without sensors' summaries, and the number of the last.

        The number is `after` where there are none.
        """

    def settle(self, weighed: Weighed, *, at: datetime) -> Sequence[MassAlarm]:
        """The open alarms about what was weighed are those that there ought to be; those that are new, numbered."""

    def list(self, *, ended: bool, after: int, limit: int) -> Sequence[MassAlarm]:
        """Open alarms, or those that ended, the newest first, from the first below the number `after` on (0: all)."""

    def open_about(self, things: Collection[str]) -> Sequence[MassAlarm]:
        """The open alarms about these things."""


class RecallBook(Protocol):
    """Recalls with every step they took; nothing of them is ever removed."""

    def add(self, recall: Recall) -> None:
        """The draft is durable."""

    def find(self, recall: str) -> Recall | None:
        """The recall of that id."""

    def list(self) -> Sequence[Recall]:
        """Every recall, the newest first."""

    def scope(self, cause: Cause) -> Scope:
        """What such a recall reaches, by all that is captured now."""

    def confirm(self, recall: Recall, scope: Scope) -> bool:
        """Whether the recall still was as before its last step; then step, scope and holds are durable, or nothing is.

        What it begins with is on hold, and with it whatever was or will be made of it. Events that are captured later
        and meet the cause are recalled and held as they come.
        """

    def move(self, recall: Recall, *, messages: Sequence[RecallMessage] = ()) -> bool:
        """Whether the recall still was as before its last step; then step and messages are durable, else nothing is.

        What is lifted is on hold no more.
        """

    def confirmed_scope(self, recall: str) -> Mapping[str, bool]:
        """The things in the scope when it was confirmed, and whether each was certain."""

    def notices(self, things: Collection[str]) -> Sequence[RecallNotice]:
        """Every recall in force that reaches one of these now, packed before or after it was confirmed."""


class RecallOutbox(Protocol):
    """Messages of recalls, and what people say of recalled goods."""

    def of_recall(self, recall: str) -> Sequence[RecallMessage]:
        """The recall's messages, the first first."""

    def waiting(self, *, limit: int) -> Sequence[RecallMessage]:
        """At most so many messages that were not delivered, the oldest first."""

    def delivered(self, numbers: Collection[int], *, at: datetime) -> None:
        """These messages have reached their recipients; the first delivery stands."""

    def acknowledge(self, number: int, *, at: datetime, by: str) -> bool:
        """Somebody has read it; the first acknowledgement stands. False where there is no such message."""

    def recover(self, recall: str, recoveries: Sequence[Recovery]) -> None:
        """What was said is kept; nothing said before is lost, the newest holds."""

    def recoveries(self, recall: str) -> Sequence[Recovery]:
        """All that was said of the recall's goods, the first first."""


class RecallGoods(Protocol):
    """What is known of the goods of a recall."""

    def transformations(self, steps: Collection[str]) -> Sequence[CapturedEvent]:
        """The events of these steps of the trace graph."""

    def newest(self, things: Collection[str]) -> Mapping[str, CapturedEvent]:
        """The newest event that names each thing, other than sensor readings and events in which it is used up."""

    def containers(self, things: Collection[str]) -> Mapping[str, str]:
        """The box that each thing is in now; those in none are left out."""


class HoldBook(Protocol):
    """Holds; none is ever removed, and what was placed for an open cause stays until that cause is released."""

    def place(self, holds: Sequence[Hold]) -> Sequence[Hold]:
        """Those that are new, numbered; one that is open already for the same subject, reason and cause is not.

        All are durable when this returns, or none. Raises HoldRequestError.
        """

    def of(self, uris: Collection[str]) -> Sequence[Held]:
        """Every open hold on one of these things or on anything that one of them possibly came of, by number."""

    def release(self, cause: str, release: HoldRelease, *, subjects: Collection[str] = ()) -> int:
        """How many open holds of that cause ended: those on these subjects, or all where none is named."""

    def caused_by(self, causes: Collection[str]) -> Sequence[Hold]:
        """Every hold of these causes, open or ended, by number."""

    def list(self, *, ended: bool, after: int, limit: int, without: Collection[str] = ()) -> Sequence[Hold]:
        """Open holds, or those that ended, the newest first, from the first below the number `after` on (0: all).

        without: causes whose holds are left out.
        """

    def newest(self) -> int:
        """The number of the hold that was placed last; 0 before any."""

    def placed_after(self, number: int, *, limit: int) -> Sequence[Hold]:
        """The first holds, open or ended, that were placed after the one of that number, by number."""


class HoldJudge(Protocol):
    """Judges anew what was captured before, by the rules of now."""

    def newest(self) -> int:
        """The record number of the event captured last; 0 before any."""

    def judge(self, *, after: int, until: int, limit: int, at: datetime) -> Judged:
        """What the next events after that number, at most so many and none behind `until`, decide is on hold.

        What the records no longer support is released. Doing it again changes nothing. It is durable on return.
        """

    def behind(self, number: int, *, until: int) -> int:
        """The record number of the next event that would be judged after that one; `until` where there is none."""


class GuardBook(Protocol):
    """What guards judge by."""

    def evidence(self, subjects: Collection[str]) -> Mapping[str, Evidence]:
        """Of each subject, an animal or a lot by canonical URI, every event about it, without sensors' summaries."""

    def facility(self, gln: str) -> Facility | None:
        """The slaughterhouse or packing house of that GLN."""

    def zone(self, gln: str) -> str | None:
        """The IANA time zone of the farm or facility of that GLN."""

    def animals_in(self, things: Collection[str], *, at: datetime | None) -> frozenset[str]:
        """The pigs that these things held or stood for then, a crate, a lorry or a tag; whenever where at is None."""

    def on_certificate(self, number: str) -> frozenset[str]:
        """The canonical URIs of all animals that certificates of that number name."""


class PublicPlaces(Protocol):
    """Places as the public may know them."""

    def find(self, gln: str) -> PublicPlace | None:
        """The place of that GLN."""

    def find_all(self, glns: Collection[str]) -> Mapping[str, PublicPlace]:
        """The places of those GLNs that are known."""


class ScanBook(Protocol):
    """From how many networks each thing was opened, by day; nothing that leads to who opened it."""

    def add(self, networks: Mapping[tuple[str, date], int]) -> None:
        """So many more networks, by thing and day, durably."""

    def days(self, thing: str, since: date) -> Sequence[ScanDay]:
        """The days from `since` on which it was opened, in order."""

    def forget(self, before: date) -> int:
        """No day before that is kept; how many rows there were."""


class PriceBook(Protocol):
    """What sellers declared of prices, and whether raisers agreed that it is told; nothing is ever removed."""

    def add(self, agreement: PriceAgreement) -> None:
        """The agreement counts from now on, in place of the one before, which is kept."""

    def find(self, gtin: str, lot: str) -> PriceAgreement | None:
        """The agreement that counts for that lot, told or not."""


class LifeWeathers(Protocol):
    """The weather that an animal lived through, as far as anyone knows it."""

    def during(self, gln: str, first: date, last: date) -> LifeWeather | None:
        """The weather at that place from first to last; None where neither measurement nor usual year is known."""
