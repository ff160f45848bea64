"""The checks on the pack's page: certificates, medicine, the use-by date, and whether the weights agree."""

from collections import Counter
from collections.abc import Iterator

from api.public.blocks import Row
from api.public.language import kilograms, short_day, whole_day
from api.public.words import RESULTS, clipped, words_for
from traceability.life import Certificate, Life, Treatment
from traceability.passport import Passport

MOST_ROWS = 6
"""Of one kind; more are told in one sentence, and stand among the records."""


def check_rows(passport: Passport) -> Iterator[Row]:
    """Every row, absent where no record supports it."""
    yield from _certificates(passport)
    yield from _medicine(passport)
    yield from _use_by(passport)
    yield from _mass(passport)


def _certificates(passport: Passport) -> Iterator[Row]:
    found = {certificate: None for life in passport.lives for certificate in life.certificates}
    if len(found) > MOST_ROWS:
        yield _many_certificates(list(found))
        return
    for certificate in found:
        number, (zh, en) = clipped(certificate.number, 40), words_for(RESULTS, certificate.result)
        yield Row(
            icon="paper",
            title=(f"{clipped(certificate.name, 30)} {clipped(zh, 20)}", f"Quarantine certificate: {clipped(en, 20)}"),
            note=(f"{certificate.on} 出具，编号 {number}", f"Issued {certificate.on}, No. {number}"),
        )


def _many_certificates(found: list[Certificate]) -> Row:
    results = Counter(words_for(RESULTS, certificate.result) for certificate in found).most_common(3)
    zh = "，".join(f"{clipped(result[0], 20) or '未记结果'} {count} 份" for result, count in results)
    en = ", ".join(f"{count} {clipped(result[1], 20) or 'without result'}" for result, count in results)
    first, last = min(each.on for each in found), max(each.on for each in found)
    days = (first.isoformat(), first.isoformat()) if first == last else (f"{first} 到 {last}", f"{first} to {last}")
    return Row(
        icon="paper",
        title=(f"动物检疫证明 {len(found)} 份", f"{len(found)} quarantine certificates"),
        note=(f"{days[0]}，{zh}", f"{days[1]}: {en}"),
    )


def _medicine(passport: Passport) -> Iterator[Row]:
    treatments = [(life, treatment) for life in passport.lives for treatment in life.treatments]
    raised_on_record = bool(passport.lives) and all(life.born_on is not None for life in passport.lives)
    if raised_on_record and not treatments:
        yield Row(icon="cross", title=("没有用药记录", "No medicine on record"), note=("", ""))
    dated = [(life, treatment) for life, treatment in treatments if treatment.withdrawal_until is not None]
    if len(dated) > MOST_ROWS:
        yield _many_treatments(dated)
        return
    for life, treatment in dated:
        yield from _treated(life, treatment)


def _treated(life: Life, treatment: Treatment) -> Iterator[Row]:
    if (until := treatment.withdrawal_until) is None:
        return
    left = (life.until - until).days
    if left >= 0:
        zh, en = f"屠宰在 {left} 天之后", f"slaughtered {left} days later"
        title = ("休药期已过", "Withdrawal period was over")
    else:
        zh, en = f"屠宰早了 {-left} 天", f"slaughtered {-left} days too early"
        title = ("休药期没满", "Within a withdrawal period")
    yield Row(
        icon="cross",
        title=title,
        note=(f"休药期到 {short_day(until)[0]}，{zh}", f"Until {short_day(until)[1]}, {en}"),
        warn=left < 0,
    )


def _many_treatments(dated: list[tuple[Life, Treatment]]) -> Row:
    early = sum(
        treatment.withdrawal_until is not None and life.until < treatment.withdrawal_until for life, treatment in dated
    )
    treated = len({life.epc for life, _ in dated})
    told_zh = f"{treated} 头用过药，共 {len(dated)} 次"
    told_en = f"{treated} animals treated, {len(dated)} times"
    if early:
        return Row(
            icon="cross",
            title=("休药期没满", "Within a withdrawal period"),
            note=(f"{told_zh}，其中 {early} 次没满", f"{told_en}; {early} not over"),
            warn=True,
        )
    return Row(
        icon="cross",
        title=("休药期都已过", "Withdrawal periods were over"),
        note=(told_zh, told_en),
    )


def _use_by(passport: Passport) -> Iterator[Row]:
    product, packing = passport.product, passport.packing
    if packing is None or packing.use_by is None:
        return
    storage_zh, storage_en = ("", "") if product is None else (product.storage_zh, product.storage_en)
    day_zh, day_en = whole_day(packing.use_by)
    yield Row(
        icon="snow",
        title=(f"请在 {day_zh}前吃", f"Use by {day_en}"),
        note=(
            "，".join(part for part in (clipped(storage_zh), f"装盒 {packing.on}") if part),
            ", ".join(part for part in (clipped(storage_en), f"packed {packing.on}") if part),
        ),
        warn=passport.state == "expired",
    )


def _mass(passport: Passport) -> Iterator[Row]:
    slaughter, packing = passport.slaughter, passport.packing
    if slaughter is None or packing is None or slaughter.carcass_kg is None or packing.packed_kg is None:
        return
    fits = packing.packed_kg <= slaughter.carcass_kg
    packed, carcass = kilograms(packing.packed_kg), kilograms(slaughter.carcass_kg)
    yield Row(
        icon="scale",
        title=("重量对得上", "The weights agree") if fits else ("重量对不上", "The weights do not agree"),
        note=(f"装盒合计 {packed} kg，胴体 {carcass} kg", f"{packed} kg packed of a {carcass} kg carcass"),
        warn=not fits,
    )
