"""What people do with recalls, whichever way they come in: draft, look, confirm, carry through, count, tell."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace

from api.access import Viewer
from api.errors import NotVisibleError
from api.recall_recipients import affected_enterprises, recipients_of
from traceability.balance.balances import net_weight_of
from traceability.errors import RecallRequestError, RecallStateError
from traceability.gs1.keys import CANONICAL_HOST
from traceability.recall_goods import Good, Inventory, recovered
from traceability.recall_inventory import inventory_of
from traceability.recall_messages import RecallMessage, Recipient, RecipientKind, message_of
from traceability.recalls import (
    PLACE,
    THING,
    Cause,
    Recall,
    RecallState,
    RecallStep,
    Scope,
    confirmed,
    drafted,
    moved,
    sought_texts,
    state_rows,
)
from traceability.trace_views import NOTHING, canonical_things, scope_view, with_held

EMPTY = Scope(starts=frozenset(), reached=NOTHING)
LOOKED_UP = 5_000
"""Things: who has them is looked up for every enterprise that looks at a recall of no more."""


def own_animals(viewer: Viewer) -> set[str] | None:
    """The animals whose goods the viewer may see, by URI; None for all."""
    if viewer.operator:
        return None
    keys = viewer.services.keys.keyring(animals=viewer.animals)
    return {keys.animal(animal).uri for animal in viewer.animals}


def visible_recalls(viewer: Viewer) -> list[tuple[Recall, Scope]]:
    """All recalls for an operator; for others those in force that reach something of theirs, and how far."""
    found = ((recall, seen_scope(viewer, recall)) for recall in viewer.services.recalls.list())
    return [(recall, seen) for recall, seen in found if seen is not None]


def told_of(viewer: Viewer, recall: Recall) -> bool:
    """Whether a message of the recall is for the viewer; operators are told of everything."""
    return viewer.operator or bool(visible_messages(viewer, recall))


def visible_recall(viewer: Viewer, recall_id: str) -> tuple[Recall, Scope]:
    """The recall and its scope as far as the viewer may see it; raises NotVisibleError."""
    recall = viewer.services.recalls.find(recall_id)
    seen = None if recall is None else seen_scope(viewer, recall)
    if recall is None or seen is None:
        raise NotVisibleError(kind="recall", identifier=recall_id)
    return recall, seen


def seen_scope(viewer: Viewer, recall: Recall) -> Scope | None:
    """The scope as far as the viewer may see it; a draft is the operators' alone.

    An enterprise sees what came of its animals, and the goods that lie with its households, whosever they were; where
    that is nothing any more, an empty one if it was told of the recall.
    """
    if not viewer.operator and not recall.in_force:
        return None
    reach = viewer.services.recalls.scope(recall.cause)
    seen = scope_view(reach, graph=viewer.services.traces, mine=own_animals(viewer))
    if not viewer.operator and viewer.farms and _may_hold(viewer, recall, reach):
        places = {farm.gln for farm in viewer.farms.values()}
        held = [good.thing for good in inventory(viewer, recall, reach).goods if good.holder in places]
        seen = with_held(seen, reach, held)
    # Whoever was told may read what they were told, and say that they did, though nothing of it is with them any more.
    return EMPTY if seen is None and told_of(viewer, recall) else seen


def _may_hold(viewer: Viewer, recall: Recall, reach: Scope) -> bool:
    """Whether it is to be looked up who has what: of a large recall only for those who were told of it."""
    if len(reach.certain) + len(reach.possible) <= LOOKED_UP:
        return True
    return any(_is_for(viewer, message) for message in viewer.services.recall_outbox.of_recall(recall.id))


def seen_cause(viewer: Viewer, recall: Recall, seen: Scope) -> Cause:
    """What is recalled; the value is "" where it names an animal, goods or a place that the viewer may not see."""
    cause = recall.cause
    places = {name for farm in viewer.farms.values() for name in (farm.gln, f"{CANONICAL_HOST}/414/{farm.gln}")}
    theirs = seen.certain | seen.possible | places | (own_animals(viewer) or set())
    others = cause.criterion in {THING, PLACE} and sought_texts(cause).isdisjoint(theirs)
    return cause if viewer.operator or not others else replace(cause, value="")


def to_do(viewer: Viewer, recall: Recall, found: Inventory) -> RecallMessage | None:
    """What the viewer's enterprise has to do about a recall in force; None for operators."""
    enterprise = viewer.enterprise
    if viewer.operator or enterprise is None or not recall.in_force:
        return None
    recipient = Recipient(kind=RecipientKind.ENTERPRISE, id=enterprise.id, label=enterprise.name)
    return message_of(recall, recipient, found.goods, at=viewer.now)


def draft_recall(viewer: Viewer, cause: Cause, *, reason: str, why: str) -> Recall:
    """A new draft; nothing is recalled yet. Raises RecallRequestError."""
    viewer.require_operator("page", "recalls")
    step = RecallStep(state=RecallState.DRAFT, actor=viewer.user.login, at=viewer.now, why=why)
    recall = drafted(recall_id=f"R-{uuid.uuid4().hex[:12]}", cause=cause, reason=reason, step=step)
    viewer.services.recalls.add(recall)
    return recall


def take_recall_step(viewer: Viewer, recall_id: str, state: RecallState, *, why: str, scope_digest: str) -> Recall:
    """The recall one step on, with what the step brings about: holds when confirmed, messages when notices are sent.

    Raises RecallStateError, ScopeChangedError, RecallRequestError, NotVisibleError.
    """
    viewer.require_operator("recall", recall_id)
    book = viewer.services.recalls
    recall, _ = visible_recall(viewer, recall_id)
    step = RecallStep(state=state, actor=viewer.user.login, at=viewer.now, why=why)
    after = moved(recall, step)
    if state is RecallState.CONFIRMED:
        reach = book.scope(recall.cause)
        after = confirmed(recall, reach, shown_digest=scope_digest, step=step)
        taken = book.confirm(after, reach)
    elif state is RecallState.NOTICES:
        taken = book.move(after, messages=messages_for(viewer, recall, book.scope(recall.cause)))
    else:
        taken = book.move(after)
    if not taken:
        now = book.find(recall_id) or recall
        raise RecallStateError(recall_id, state=now.state, wanted=state, allowed=sorted(state_rows()[now.state].next))
    return after


def inventory(viewer: Viewer, recall: Recall, scope: Scope) -> Inventory:
    """The goods of that scope, with what people said of them."""
    services = viewer.services
    return inventory_of(
        scope,
        goods=services.recall_goods,
        events=services.public.events,
        net_weight=net_weight_of(services.public.products),
        recoveries=services.recall_outbox.recoveries(recall.id),
    )


def messages_for(viewer: Viewer, recall: Recall, scope: Scope) -> list[RecallMessage]:
    """What everyone is told who has goods of the recall, or whose animals they came of."""
    goods = inventory(viewer, recall, scope).goods
    told = recipients_of(viewer, goods, affected_enterprises(viewer, scope))
    return [message_of(recall, recipient, theirs, at=viewer.now) for recipient, theirs in told.items()]


def visible_messages(viewer: Viewer, recall: Recall) -> Sequence[RecallMessage]:
    """The recall's messages: all for an operator, one's own for an enterprise."""
    messages = viewer.services.recall_outbox.of_recall(recall.id)
    return [message for message in messages if _is_for(viewer, message)]


def acknowledge_message(viewer: Viewer, recall_id: str, number: int) -> None:
    """Somebody of the recipient, or an operator for them, says that it was read; raises NotVisibleError."""
    recall, _ = visible_recall(viewer, recall_id)
    if number not in {message.number for message in visible_messages(viewer, recall)}:
        raise NotVisibleError(kind="message", identifier=str(number))
    viewer.services.recall_outbox.acknowledge(number, at=viewer.now, by=viewer.user.login)


def say_recovered(viewer: Viewer, recall_id: str, things: Iterable[str], *, outcome: str, note: str) -> int:
    """How many things somebody told the fate of; raises RecallRequestError, NotVisibleError."""
    recall, scope = visible_recall(viewer, recall_id)
    if not recall.in_force:
        raise RecallRequestError(field="recall", rule="it is not in force: confirm its scope first")
    named = canonical_things([thing for thing in things if thing.strip()])
    said = recovered(named, outcome, scope=scope, at=viewer.now, actor=viewer.user.login, note=note)
    viewer.services.recall_outbox.recover(recall.id, said)
    return len(said)


def goods_rows(goods: Iterable[Good]) -> Iterable[Sequence[object]]:
    """Goods as rows with a head: one a thing, with its weight, holder and fate."""
    yield ("uri", "certain", "kg", "unit", "holder_gln", "since", "outcome")
    for good in goods:
        since = None if good.since is None else good.since.isoformat()
        yield (good.thing, good.certain, good.kg, "KGM", good.holder, since, good.outcome.value)


def _is_for(viewer: Viewer, message: RecallMessage) -> bool:
    recipient = message.recipient
    if viewer.operator:
        return True
    if recipient.kind is RecipientKind.ENTERPRISE:
        return recipient.id == viewer.user.enterprise
    return recipient.kind is RecipientKind.HOUSEHOLD and recipient.id in viewer.households
