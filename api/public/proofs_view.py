"""What can be said of the records themselves: how complete they are, who made them, and when."""

from collections import Counter
from collections.abc import Iterator

from api.public.blocks import Row
from api.public.language import Language
from api.public.words import Words
from traceability.passport import Passport

RECORDERS = {
    "tag": ("耳标自动", "ear tag by itself"),
    "farm": ("养殖场", "the farm"),
    "house": ("屠宰和分割", "slaughter and packing"),
    "other": ("别处", "elsewhere"),
}
"""Who records, in the order of being told."""


def proof_rows(passport: Passport, language: Language) -> Iterator[Row]:
    """Completeness where a tag was worn, who recorded, and when."""
    evidence = passport.evidence
    if evidence.expected > 0:
        share = min(100 * evidence.readings / evidence.expected, 100)
        yield Row(
            icon="clip",
            title=(f"完整 {share:.1f}%", f"{share:.1f} % complete"),
            note=(
                f"耳标应到 {evidence.expected:,} 次，收到 {evidence.readings:,} 次",
                f"{evidence.readings:,} of {evidence.expected:,} messages of the ear tag arrived",
            ),
        )
    yield Row(icon="people", title=("谁记的", "Who recorded it"), note=_recorders(passport))
    yield Row(icon="clock", title=("什么时候记的", "When it was recorded"), note=_recorded(passport, language))


def _recorders(passport: Passport) -> Words:
    """How many records came from a sensor by itself, from farms, and from houses that work for many farms."""
    counts = Counter({"tag": passport.evidence.by_tag})
    farms = {life.place or "" for life in passport.lives}
    for place, count in passport.evidence.by_place.items():
        counts["farm" if place in farms else "house" if place in passport.places else "other"] += count
    parts = [(RECORDERS[who], counts[who]) for who in RECORDERS if counts[who]]
    return (
        "，".join(f"{words[0]} {count:,} 条" for words, count in parts),
        ", ".join(f"{words[1]} {count:,}" for words, count in parts),
    )


def _recorded(passport: Passport, language: Language) -> Words:
    """How many records were written down at once and how many later; why, where it is the demonstration's past."""
    evidence = passport.evidence
    lag = language.lag(evidence.longest_lag)
    if not evidence.later:
        return f"{evidence.events} 条都在一天内记下", f"All {evidence.events} records within a day"
    if evidence.at_once:
        zh = f"{evidence.at_once} 条在一天内记下，{evidence.later} 条事后补记，最长晚 {lag}"
        en = f"{evidence.at_once} records within a day, {evidence.later} later, the longest {lag} after"
    else:
        zh = f"{evidence.later} 条都是事后补记，最长晚 {lag}，每条写明晚多久"
        en = f"All {evidence.later} records later, the longest {lag} after; each says by how much"
    if passport.simulated:
        return f"{zh}。演示的过去是一次装入的，所以算补记。", f"{en}. The demonstration's past was loaded at once."
    return zh, en
