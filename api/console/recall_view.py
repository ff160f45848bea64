"""What the page of a recall shows: steps, scope, goods by holder, messages, and what may follow."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.access import Viewer
from api.console.trace_names import KIND_WORDS, Naming
from api.console.words import Words
from api.recall_desk import inventory, seen_cause, to_do, visible_messages
from api.recall_recipients import holder_label
from traceability.recall_goods import Inventory, outcome_rows
from traceability.recall_messages import RECIPIENT_WORDS, mass_words
from traceability.recalls import Recall, RecallState, Scope, criteria, state_rows
from traceability.trace_model import ThingKind, kind_of

WAY = (RecallState.DRAFT, RecallState.CONFIRMED, RecallState.HOLDS, RecallState.NOTICES, RecallState.CLOSED)
"""The way of a recall that was not in error."""
MOST_GOODS = 100
MOST_HOLDERS = 50
SCOPE_CHANGED = Words(
    zh="范围变了：刚有新记录进来。请看下面新的范围，再确认一次；这一步没有做。",
    en="The scope changed as records came in: look again and confirm. Nothing was done.",
)
FIELD_WORDS: Mapping[str, Words] = {
    "criterion": Words(zh="选一种依据", en="choose what it is known by"),
    "value": Words(zh="写明是哪一件：耳标号、盒上的网址、批号或 GLN", en="say which: ear tag, address, lot or GLN"),
    "reason": Words(zh="写明对公众怎么说（1 到 2000 字）", en="what the public is told, 1 to 2000 characters"),
    "why": Words(zh="写明为什么、谁批准（1 到 2000 字）", en="say why and who approved, 1 to 2000 characters"),
    "until": Words(zh="结束要晚于开始", en="the end must be later than the beginning"),
    "outcome": Words(zh="选一种去向", en="choose what became of them"),
    "things": Words(zh="每行一个码，都要在这次召回的范围里", en="one code a line, all of them in this recall"),
    "note": Words(zh="说明最多 2000 字", en="at most 2000 characters"),
    "recall": Words(zh="召回还没有生效，先确认范围", en="not in force yet: confirm its scope first"),
}
STEP_WORDS: Mapping[RecallState, tuple[Words, Words]] = {
    RecallState.CONFIRMED: (
        Words(zh="确认范围，立即封存", en="Confirm the scope and hold at once"),
        Words(zh="确定和可能的都马上封存，不能再卖、加工、发运；扫码页立刻显示召回。", en="All is on hold at once."),
    ),
    RecallState.WITHDRAWN: (
        Words(zh="撤掉草稿", en="Drop the draft"),
        Words(zh="草稿留在记录里，什么也没有召回。", en="The draft stays on record; nothing was recalled."),
    ),
    RecallState.HOLDS: (
        Words(zh="货已单独封存", en="Goods are put aside"),
        Words(zh="各处已回话，货不在架上、不在线上。", en="Everyone answered: off the shelf and off the line."),
    ),
    RecallState.NOTICES: (
        Words(zh="写通知，发给下面这些人", en="Write the notices"),
        Words(zh="每个手里有货的单位、农户和企业各一条。", en="One to each holder and enterprise."),
    ),
    RecallState.CLOSED: (
        Words(zh="结案", en="Close"),
        Words(zh="没追回的仍然不能吃，扫码页继续显示召回。", en="What was not recovered stays recalled."),
    ),
    RecallState.LIFTED: (
        Words(zh="召回有误，解除", en="Lift: it was in error"),
        Words(zh="封存全部解除，扫码页不再显示召回。写明错在哪。", en="All holds end. Say what was wrong."),
    ),
}


def recall_context(viewer: Viewer, recall: Recall, scope: Scope) -> dict[str, Any]:
    """The variables of the recall's page and of its report."""
    goods = inventory(viewer, recall, scope)
    naming = Naming(viewer)
    then = viewer.services.recalls.confirmed_scope(recall.id) if viewer.operator else {}
    present = scope.certain | scope.possible
    return {
        "recall": recall,
        "cause": seen_cause(viewer, recall, scope),
        "to_do": to_do(viewer, recall, goods),
        "state": state_rows()[recall.state],
        "states": state_rows(),
        "way": WAY,
        "reached": {step.state for step in recall.steps},
        "criterion": criteria()[recall.cause.criterion],
        "scope": scope,
        "scope_counts": {"certain": _counted(scope.certain), "possible": _counted(scope.possible)},
        "shares": [(word, goods.share(certain=sure)) for word, sure in (("certain", True), ("possible", False))],
        "mass_words": mass_words,
        "used_up": goods.used_up,
        "holders": [_holder(viewer, goods, holder) for holder in goods.holders()[:MOST_HOLDERS]],
        "outcomes": [(row, goods.share(outcome=row.outcome)) for row in outcome_rows().values()],
        "outcome_words": {row.outcome: row.words for row in outcome_rows().values()},
        "goods": [
            (naming.of(good.thing), good, holder_label(viewer, good.holder)) for good in goods.goods[:MOST_GOODS]
        ],
        "goods_count": len(goods.goods),
        "choices": [(row.outcome, f"{row.words.zh} {row.words.en}") for row in outcome_rows().values() if row.by_hand],
        "messages": visible_messages(viewer, recall),
        "recipient_words": RECIPIENT_WORDS,
        "next": [(step, *STEP_WORDS[step]) for step in _next(viewer, recall)],
        "added": len(present - then.keys()) if recall.scope_digest and viewer.operator else 0,
        "gone": len(then.keys() - present),
    }


def report_rows(recall: Recall, goods: Inventory) -> Iterable[Sequence[object]]:
    """The closing report's figures as CSV rows with a head."""
    yield ("recall", "group", "value", "count", "known_kg", "unit", "unweighed")
    groups = [
        ("certainty", "certain", goods.share(certain=True)),
        ("certainty", "possible", goods.share(certain=False)),
    ]
    groups += [("outcome", str(row), goods.share(outcome=row)) for row in outcome_rows()]
    groups += [("holder_gln", holder, goods.share(holder=holder)) for holder in goods.holders()]
    for group, value, share in groups:
        yield (recall.id, group, value, share.count, round(share.known_kg, 3), "KGM", share.unweighed)
    yield (recall.id, "used_up", "", goods.used_up, None, "", None)


def _next(viewer: Viewer, recall: Recall) -> list[RecallState]:
    """What may follow, the way on first."""
    if not viewer.operator:
        return []
    return sorted(state_rows()[recall.state].next, key=lambda state: (state not in WAY, state))


def _holder(viewer: Viewer, goods: Inventory, holder: str) -> dict[str, Any]:
    return {
        "gln": holder,
        "label": holder_label(viewer, holder),
        "certain": goods.share(certain=True, holder=holder),
        "possible": goods.share(certain=False, holder=holder),
    }


def _counted(names: Iterable[str]) -> list[tuple[Words, int]]:
    kinds = [kind_of(name) for name in names]
    return [(KIND_WORDS[kind], kinds.count(kind)) for kind in ThingKind if kind in kinds]
