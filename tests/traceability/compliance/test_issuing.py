from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traceability.compliance.book_in_memory import PIGS, CertificatesInMemory, certificate, potatoes
from traceability.compliance.errors import (
    CertificateBlockedError,
    CertificateRequestError,
    CertificateStateError,
)
from traceability.compliance.issuing import checked, kept_until, left_of
from traceability.compliance.model import Block, Certificate, Issuer, Part, Used, Withdrawal
from traceability.compliance.tables import bases, in_force_since, issuers, kinds, promises, sale_steps

WITHDRAWN = Withdrawal(by="operator", at=certificate().issued_at, why="写错了")


def nothing(_: Collection[str]) -> Sequence[Block]:
    return []


def part(name: str, quantity: str) -> Part:
    return Part(certificate=name, quantity=Decimal(quantity))


def book(*held: Certificate) -> CertificatesInMemory:
    kept = CertificatesInMemory()
    for each in held:
        kept.issue(each)
    return kept


@pytest.mark.parametrize("kind", ["packed_pork", "mince", "noodles", "starch"])
def test_what_is_no_live_animal_or_fresh_produce_is_refused_with_the_reason(kind: str) -> None:
    with pytest.raises(CertificateRequestError) as refused:
        checked(potatoes("C-1", "10", kind=kind), nothing)
    assert refused.value.field == "kind"
    assert refused.value.rule == kinds()[kind].reason_en
    assert kinds()[kind].reason_zh in str(refused.value)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("kind", {"kind": "gold"}),
        ("product", {"product": " "}),
        ("origin", {"origin": ""}),
        ("issuer", {"issuer": Issuer(kind="friend", name="a", contact="b")}),
        ("issuer_name", {"issuer": Issuer(kind="enterprise", name="", contact="1")}),
        ("contact", {"issuer": Issuer(kind="enterprise", name="a", contact="")}),
        ("basis", {"basis": ()}),
        ("basis", {"basis": ("hope",)}),
        ("basis", {"basis": ("own_test", "own_test")}),
        ("quantity", {"quantity": Decimal(0)}),
        ("quantity", {"quantity": Decimal("1.5")}),
        ("quantity", {"quantity": Decimal("NaN")}),
        ("quantity", {"quantity": Decimal("Infinity")}),
        ("animals", {"quantity": Decimal(3)}),
        ("things", {"things": (PIGS[0], PIGS[0])}),
        ("parts", {"parts": (part("C-0", "1"), part("C-0", "1"))}),
        ("parts", {"parts": (part("C-0", "0"),)}),
    ],
)
def test_a_refusal_names_the_field(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(CertificateRequestError) as refused:
        checked(certificate(**changes), nothing)
    assert refused.value.field == field


def test_what_must_not_be_sold_now_gets_none_and_the_refusal_says_until_when_and_why() -> None:
    def verdict(things: Collection[str]) -> Sequence[Block]:
        return [
            Block(thing=thing, zh="休药期", en="withdrawal", until="2026-08-20") for thing in things if thing == PIGS[1]
        ]

    with pytest.raises(CertificateBlockedError, match=r"143018200000148: 休药期 withdrawal until 2026-08-20"):
        checked(certificate(), verdict)
    alone = certificate(things=(PIGS[0],), quantity=Decimal(1))
    assert checked(alone, verdict) == alone


def test_a_batch_is_split_until_nothing_is_left() -> None:
    kept = book(potatoes("whole", "100"))
    kept.issue(potatoes("a", "60.5", parts=(part("whole", "60.5"),)))
    with pytest.raises(CertificateStateError, match=r"whole has 39\.5 KGM left"):
        kept.issue(potatoes("b", "40", parts=(part("whole", "40"),)))
    kept.issue(potatoes("b", "39.5", parts=(part("whole", "39.5"),)))
    assert left_of(kept.kept["whole"], kept.used(["whole"])["whole"]) == 0
    assert kept.successors("whole") == ["a", "b"]


def test_a_mix_is_the_sum_of_its_parts() -> None:
    kept = book(potatoes("a", "30"), potatoes("b", "20"))
    with pytest.raises(CertificateRequestError, match="the parts give 45 KGM, the certificate says 50"):
        kept.issue(potatoes("mix", "50", parts=(part("a", "30"), part("b", "15"))))
    kept.issue(potatoes("mix", "45", parts=(part("a", "30"), part("b", "15"))))
    assert kept.used(["b"])["b"].quantity == 15


@given(st.lists(st.integers(1, 60_000), max_size=12))
def test_whatever_is_asked_for_the_parts_never_exceed_the_whole(grams: list[int]) -> None:
    kept = book(potatoes("whole", "100"))
    given_away = Decimal(0)
    for number, wanted in enumerate(grams):
        kg = Decimal(wanted) / 1000
        try:
            kept.issue(potatoes(f"p{number}", str(kg), parts=(Part(certificate="whole", quantity=kg),)))
        except CertificateStateError:
            assert given_away + kg > 100
        else:
            given_away += kg
    assert given_away == kept.used(["whole"]).get("whole", Used()).quantity <= 100


def test_other_goods_and_withdrawn_ones_are_no_predecessors() -> None:
    kept = book(potatoes("a", "30"))
    with pytest.raises(CertificateRequestError, match="no certificate of vegetables"):
        kept.issue(potatoes("b", "5", kind="vegetables", parts=(part("a", "5"),)))
    with pytest.raises(CertificateRequestError, match="nothing is no certificate"):
        kept.issue(potatoes("b", "5", parts=(part("nothing", "5"),)))
    assert kept.withdraw("a", WITHDRAWN)
    with pytest.raises(CertificateStateError, match="withdrawn"):
        kept.issue(potatoes("b", "5", parts=(part("a", "5"),)))


def test_an_animal_passes_from_certificate_to_certificate_and_is_in_one_at_a_time() -> None:
    kept = book(certificate("first"))
    one = {"quantity": Decimal(1)}
    with pytest.raises(CertificateStateError, match="already"):
        kept.issue(certificate("again", things=PIGS[:1], **one))
    kept.issue(certificate("second", things=PIGS[:1], parts=(part("first", "1"),), **one))
    kept.issue(certificate("third", things=PIGS[:1], parts=(part("second", "1"),), **one))
    assert kept.covering(PIGS) == {PIGS[0]: ["third"], PIGS[1]: ["first"]}
    with pytest.raises(CertificateStateError, match="none of the certificates"):
        kept.issue(certificate("stranger", things=PIGS[2:], parts=(part("first", "1"),), **one))
    with pytest.raises(CertificateStateError, match="none of the certificates"):
        kept.issue(certificate("gone", things=PIGS[:1], parts=(part("first", "1"),), **one))


def test_what_was_made_of_it_keeps_a_certificate_from_being_withdrawn() -> None:
    kept = book(potatoes("a", "30"), potatoes("b", "5", parts=()))
    kept.issue(potatoes("c", "10", parts=(part("a", "10"),)))
    assert not kept.withdraw("a", WITHDRAWN)
    assert kept.withdraw("c", WITHDRAWN)
    assert kept.used(["a"]) == {}
    assert kept.withdraw("a", WITHDRAWN)
    assert not kept.withdraw("a", WITHDRAWN)


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        (date(2026, 7, 28), date(2027, 1, 28)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2026, 6, 1), date(2026, 12, 1)),
    ],
)
def test_it_is_kept_for_six_months(issued: date, until: date) -> None:
    assert kept_until(issued) == until


@pytest.mark.parametrize("table", [kinds, issuers, promises, bases])
def test_every_row_of_the_tables_has_words_and_a_source(table: Callable[[], dict[str, Any]]) -> None:
    assert table()
    assert all(row.zh and row.en and row.source for row in table().values())


def test_who_must_give_one_and_since_when() -> None:
    assert {name for name, row in issuers().items() if row.mandatory} == {"enterprise", "cooperative", "purchaser"}
    assert not issuers()["household"].public_contact
    assert in_force_since() == date(2026, 2, 1)
    assert "slaughter" in sale_steps()
