"""The block that comes before any story where a person must act: what happened, what to do, why and since when."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.public.language import Language, short_day, whole_day
from api.public.states import MAY_BE_RECALLED, STATES, StateWords
from api.public.words import Words, clipped, clipped_words
from traceability.life import Life, Treatment
from traceability.passport import Passport, State
from traceability.recalls import RecallStatus, status_of

MOST_NOTICES = 3
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What the block shows; told: label and value, in both languages. line: the heading."""

    words: StateWords
    line: Words
    reasons: tuple[Words, ...]
    told: tuple[tuple[Words, Words], ...]


def alert_view(passport: Passport, language: Language) -> Alert | None:
    """The block; None where there is nothing to act on."""
    if passport.state is State.VALID:
        return None
    words = STATES[passport.state]
    unsure = passport.state is State.RECALLED and status_of(passport.notices) is RecallStatus.POSSIBLE
    return Alert(
        words=words,
        line=MAY_BE_RECALLED if unsure else words.line,
        reasons=tuple(_reasons(passport)),
        told=tuple(_told(passport, language)),
    )


def _reasons(passport: Passport) -> Iterator[Words]:
    if passport.state is State.RECALLED:
        for notice in passport.notices[:MOST_NOTICES]:
            yield (clipped(notice.reason, LONGEST_REASON),) * 2
    elif passport.state is State.HELD:
        found = dict.fromkeys((held.hold.words.zh, held.hold.words.en) for held in passport.holds)
        yield from list(found)[:MOST_NOTICES]
    elif passport.state is State.WITHDRAWAL:
        for _, treatment in _too_early(passport):
            yield clipped_words((treatment.medicine_zh, treatment.medicine_en))
    elif passport.state is State.CHECK and passport.scans is not None:
        yield passport.scans.threshold.zh, passport.scans.threshold.en


def _told(passport: Passport, language: Language) -> Iterator[tuple[Words, Words]]:
    yield from {
        State.RECALLED: _of_recall,
        State.HELD: _of_hold,
        State.WITHDRAWAL: _of_withdrawal,
        State.EXPIRED: _of_use_by,
        State.CHECK: _of_scans,
        State.VALID: _nothing,
    }[passport.state](passport, language)


def _of_recall(passport: Passport, language: Language) -> Iterator[tuple[Words, Words]]:
    lot = "" if passport.packing is None else passport.packing.lot
    certain = status_of(passport.notices) is not RecallStatus.POSSIBLE
    this = ("这一盒在内", "this pack is among them") if certain else ("这一盒可能在内", "this pack may be among them")
    which = (f"批 {lot}，{this[0]}", f"lot {lot}, {this[1]}") if lot else this
    yield ("哪些", "Which"), which
    if passport.notices:
        zone = passport.checked_at.tzinfo
        since = language.moment(min(notice.since for notice in passport.notices).astimezone(zone))
        yield ("何时发布", "Since"), (since, since)
        numbers = ", ".join(clipped(notice.recall, 24) for notice in passport.notices[:MOST_NOTICES])
        yield ("召回号", "Recall"), (numbers, numbers)


def _of_hold(passport: Passport, language: Language) -> Iterator[tuple[Words, Words]]:
    if not passport.holds:
        return
    since = language.moment(min(held.hold.since for held in passport.holds).astimezone(passport.checked_at.tzinfo))
    yield ("从何时起", "Since"), (since, since)
    if not any(held.certain for held in passport.holds):
        yield ("哪些", "Which"), ("这一盒可能在内", "this pack may be among them")


def _of_withdrawal(passport: Passport, _language: Language) -> Iterator[tuple[Words, Words]]:
    for life, treatment in _too_early(passport)[:1]:
        if treatment.withdrawal_until is not None:
            yield ("休药期到", "Withdrawal until"), whole_day(treatment.withdrawal_until)
            yield ("屠宰", "Slaughtered"), whole_day(life.until)


def _of_use_by(passport: Passport, _language: Language) -> Iterator[tuple[Words, Words]]:
    if passport.packing is not None and passport.packing.use_by is not None:
        yield ("保质期到", "Use by"), whole_day(passport.packing.use_by)


def _of_scans(passport: Passport, _language: Language) -> Iterator[tuple[Words, Words]]:
    if (scans := passport.scans) is None:
        return
    yield ("多少处", "How many"), (f"{scans.networks} 个不同的网络", f"{scans.networks} different networks")
    yield ("从哪天起", "Since"), short_day(scans.since)
    if passport.sold_on is not None:
        yield ("卖出", "Sold"), short_day(passport.sold_on)


def _nothing(_passport: Passport, _language: Language) -> Iterator[tuple[Words, Words]]:
    yield from ()


def _too_early(passport: Passport) -> list[tuple[Life, Treatment]]:
    return [
        (life, treatment)
        for life in passport.lives
        for treatment in life.treatments
        if treatment.withdrawal_until is not None and life.until < treatment.withdrawal_until
    ][:MOST_NOTICES]
