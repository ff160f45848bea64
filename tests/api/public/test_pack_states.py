from dataclasses import replace
from datetime import timedelta

from fastapi.testclient import TestClient

from tests.api.public.visits import MAXIMUM_PAGE, visitor
from tests.traceability.one_life import (
    BELLY,
    NOW,
    PACK_PATH,
    PACKING_HOUSE,
    PIG,
    SERIAL,
    event,
    farm_events,
    house_events,
    whole_life,
)
from traceability.context import animal_giai
from traceability.holds import Hold
from traceability.recalls import Cause, Recall, RecallState, RecallStep
from traceability.scan_watch import ScanCounter


def test_an_expired_or_recalled_pack_says_so_first() -> None:
    expired = visitor(whole_life(), now=NOW + timedelta(days=30)).get(PACK_PATH).text
    assert "<title>已过保质期，请不要吃" in expired
    recalled = visitor([*farm_events(), *house_events(recalled=True)]).get(PACK_PATH).text
    assert "<title>请不要吃，已召回" in recalled


def test_a_recall_in_force_says_so_and_why_before_anything_else() -> None:
    steps = tuple(
        RecallStep(state=state, actor="operator", at=NOW, why="复检")
        for state in (RecallState.DRAFT, RecallState.CONFIRMED)
    )
    cause = Cause(criterion="thing", value=animal_giai(PIG).uri)
    recall = Recall(id="R-1", cause=cause, reason="检出<b>克伦特罗</b>", steps=steps)
    page = visitor(whole_life(), recalled=recall).get(PACK_PATH).text
    assert "请不要吃，已召回" in page
    assert "检出&lt;b&gt;克伦特罗&lt;/b&gt;" in page
    assert "复检" not in page
    waiting = replace(recall, steps=steps[:1])
    assert "已召回" not in visitor(whole_life(), recalled=waiting).get(PACK_PATH).text


def test_a_pack_of_a_pig_on_hold_says_so_and_why_before_anything_else() -> None:
    hold = Hold(
        subject=animal_giai(PIG).uri,
        reason="no_certificate",
        cause="urn:uuid:1",
        since=NOW,
        detail_zh="",
        detail_en="",
        by="guards",
    )
    for suffix, line, reason in (
        ("", "暂停销售，正在查", "没有动物检疫证明"),
        ("?lang=en", "On hold while it is checked", "without an animal quarantine certificate"),
    ):
        page = visitor(whole_life(), held=[hold]).get(PACK_PATH + suffix).text
        before = page.partition("?story=1")[0]
        assert all(told in before for told in (line, reason, "12315", "9 月 3 日" if not suffix else "3 Sep"))


def test_a_recalled_pack_says_what_to_do_and_keeps_its_story_behind_a_link() -> None:
    client = visitor([*farm_events(), *house_events(recalled=True)])
    text = client.get(PACK_PATH).text
    assert "退回买的店" in text
    assert "<h2>一生" not in text
    assert f'href="{PACK_PATH}?story=1"' in text
    whole = client.get(PACK_PATH + "?story=1").text
    assert "请不要吃，已召回" in whole.partition("<h2>一生")[0]
    assert "<h2>一生" in whole
    assert whole.count("<h1") == 1


def test_many_networks_ask_for_a_look_at_the_label_and_accuse_nobody() -> None:
    assert "请问卖家" not in visitor(whole_life(), networks=29).get(PACK_PATH).text
    text = visitor(whole_life(), networks=30).get(PACK_PATH).text
    assert "<title>这个码被扫过很多次，请问卖家" in text
    assert "30 个不同的网络" in text
    assert "可能是有人把网址发到了群里" in text
    assert "一生" in text
    for accusing in ("假冒", "假货", "造假", "骗", "fake", "counterfeit"):
        assert accusing not in text + visitor(whole_life(), networks=30).get(PACK_PATH + "?lang=en").text


def test_after_it_was_sold_fewer_networks_are_enough() -> None:
    sold = event(
        "ObjectEvent", NOW - timedelta(days=3), PACKING_HOUSE, action="OBSERVE", bizStep="retail_selling",
        disposition="retail_sold", epcList=[f"{BELLY.uri}/21/{SERIAL}"],
    )  # fmt: skip
    text = visitor([*whole_life(), sold], networks=12).get(PACK_PATH).text
    assert "请问卖家" in text
    assert "卖出之后在很多地方被打开" in text
    assert "请问卖家" not in visitor(whole_life(), networks=12).get(PACK_PATH).text


def test_a_recalled_or_expired_pack_is_that_before_all_else() -> None:
    recalled = visitor([*farm_events(), *house_events(recalled=True)], networks=99).get(PACK_PATH).text
    assert "<title>请不要吃，已召回" in recalled
    assert "<title>已过保质期" in visitor(whole_life(), networks=99, now=NOW + timedelta(days=30)).get(PACK_PATH).text


def test_a_scan_counts_the_network_and_only_for_packs_that_are_known() -> None:
    counter = ScanCounter(new_salt=lambda: b"salt")
    client = visitor(whole_life(), counter=counter)
    client = TestClient(client.app, client=("203.0.113.7", 50000))
    for path in (PACK_PATH, PACK_PATH + "?lang=en", f"/01/{BELLY}/21/nobody", PACK_PATH + "/records"):
        client.get(path)
    client.head(PACK_PATH)
    assert counter.take() == {(f"{BELLY.uri}/21/{SERIAL}", NOW.date()): 1}


def test_a_recall_with_a_long_reason_stays_small_too() -> None:
    steps = tuple(
        RecallStep(state=state, actor="operator", at=NOW, why="复检")
        for state in (RecallState.DRAFT, RecallState.CONFIRMED)
    )
    cause = Cause(criterion="thing", value=animal_giai(PIG).uri)
    recall = Recall(id="R-1", cause=cause, reason="长" * 2000, steps=steps)
    assert len(visitor(whole_life(), recalled=recall).get(PACK_PATH + "?story=1").content) <= MAXIMUM_PAGE
