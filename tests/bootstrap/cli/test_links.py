"""Links given to codes on the command line."""

import pytest

from tests.bootstrap.cli.command import ok, told

KEY = "/01/09526000100010"
RECIPE = ("links", "add", KEY, "gs1:recipeInfo", "https://brand.example/红烧肉", "--title", "红烧肉")


def rows(*words: str) -> list[list[str]]:
    return [row.split("\t") for row in ok("links", "list", *words).splitlines()[1:]]


def test_a_link_is_given_listed_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_BASE_URL", "https://tiantou.example")
    said = ok(*RECIPE, "--lang", "zh", "--context", "CN")
    assert "link 1: https://tiantou.example/01/09526000100010?linkType=gs1:recipeInfo leads to" in said
    assert "by default too" in said
    lot = f"https://any.example{KEY}/10/A?x=1"
    ok("links", "add", lot, "pip", "https://brand.example/a", "--title", "a", "--media-type", "text/html", "--no-query")
    assert [row[:9] for row in rows()] == [
        [
            "1",
            KEY,
            "gs1:recipeInfo",
            "https://brand.example/%E7%BA%A2%E7%83%A7%E8%82%89",
            "红烧肉",
            "zh",
            "",
            "CN",
            "default",
        ],
        ["2", f"{KEY}/10/A", "gs1:pip", "https://brand.example/a", "a", "", "text/html", "", "default"],
    ]
    assert [row[0] for row in rows(KEY)] == ["1"]
    assert [row[0] for row in rows(f"{KEY}/10/A/21/7")] == ["1", "2"]
    assert "link 1 is removed" in ok("links", "remove", "1")
    assert "there is no link 1" in told("links", "remove", "1")
    assert [row[0] for row in rows()] == ["2"]


def test_another_default_takes_the_place_of_the_first() -> None:
    ok(*RECIPE)
    ok("links", "add", KEY, "gs1:pip", "https://brand.example/", "--title", "花猪", "--default")
    assert [(row[0], row[8]) for row in rows()] == [("1", ""), ("2", "default")]


def test_what_cannot_be_is_told_with_what_would_be_right() -> None:
    assert "check digit" in told("links", "add", "/01/09526000100011", *RECIPE[3:])
    assert "did you mean gs1:traceability" in told("links", "add", KEY, "gs1:tracability", *RECIPE[4:])
    assert "a web address is expected" in told("links", "add", KEY, "gs1:pip", "ftp://x", "--title", "x")
    assert "no GS1 key" in told("links", "list", "09526000100010")
