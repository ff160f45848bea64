import re

import pytest
from fastapi.testclient import TestClient

from tests.traceability.one_life import (
    BELLY,
    LOT,
    PACK_PATH,
    SERIAL,
)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"/01/{BELLY}/10/{LOT}/21/0OO037", "画线的是字母"),
        (f"/01/{BELLY}/10/WRONG/21/{SERIAL}", "批号和盒号对不上"),
        (f"/01/{BELLY}", "没有盒号"),
        ("/01/09520123456788/21/1", "商品码不在目录里"),
    ],
)
def test_an_unknown_code_gets_help_and_404(client: TestClient, path: str, reason: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert reason in answer.text
    assert "查不到，不等于假，也不等于真" in answer.text


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/01/09526000100011/21/1", "校验位，应是 0"),
        (f"/01/{BELLY}/21/{SERIAL}/10/{LOT}", "要按顺序"),
        ("/01/9526000100010/21/1", "14 位数字"),
        (f"/01/{BELLY}/21/" + "1" * 21, "1 到 20 位"),
        (f"/01/{BELLY}/21/%FF", "字符集 82"),
        ("/find?code=", "8、12、13 或 14"),
        ("/find?code=https://id.gs1.org/414/9526000100010", "没有找到商品码"),
    ],
)
def test_a_malformed_code_gets_the_rule_it_breaks_and_400(client: TestClient, path: str, rule: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert rule in answer.text


def test_what_is_scanned_is_never_markup(client: TestClient) -> None:
    hostile = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    for path in (f"/01/{BELLY}/21/{hostile[:40]}", f"/01/{BELLY}/10/%3Cb%3E/21/1", f"/find?code={hostile}"):
        assert not re.search(r"<(script|b>1|b>/)", client.get(path).text)
    assert "&lt;b&gt;" in client.get(f"/01/{BELLY}/10/%3Cb%3E/21/1").text


@pytest.mark.parametrize(
    "code",
    [
        f"{BELLY} {LOT} {SERIAL}",
        f"{BELLY} · 批 {LOT} · 盒 {SERIAL}",
        f"(01){BELLY}(10){LOT}(21){SERIAL}",
        f"https://trace.example{PACK_PATH}?17=260907",
        f"01/{BELLY}/10/{LOT}/21/{SERIAL}",
        "０９５２６０００１０００１０ 20260831A 000037",
    ],
)
def test_a_typed_code_leads_to_its_pack(client: TestClient, code: str) -> None:
    answer = client.get("/find", params={"code": code})
    assert (answer.status_code, answer.headers["location"]) == (303, PACK_PATH)


def test_the_box_number_typed_again_leads_to_the_pack(client: TestClient) -> None:
    answer = client.get("/find", params={"gtin": BELLY, "lot": LOT, "serial": SERIAL, "lang": "en"})
    assert answer.headers["location"] == PACK_PATH + "?lang=en"
