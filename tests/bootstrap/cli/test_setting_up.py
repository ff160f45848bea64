"""A real site, household by household, on the command line."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bootstrap.cli.app import app
from bootstrap.cli.claims import a_year_after
from bootstrap.clock import utc_now
from tests.bootstrap.cli.command import ok, tiantou, told

GLN = "9526000100041"
FARM = ("farm", "add", "farm-04", "--household", "h-004", "--site", "s1", "--gln", GLN, "--county", "430182")
PIG = "143018200090001"
BELLY = ("product", "add", "09526000100010", "--name-zh", "五花肉", "--name-en", "Belly", "--net-kg", "0.5")


@pytest.fixture
def household() -> None:
    """A site, a household, its farm and an enterprise."""
    ok("site", "add", "s1", "--name", "一号点")
    ok("household", "add", "h-004", "--label", "4 号户", "--township", "流沙河镇", "--name", "王大明")
    ok(*FARM, "--public-name", "老屋场")
    ok("enterprise", "add", "ent-01", "--name", "花猪公司")


def rows(*words: str) -> list[list[str]]:
    """What a list printed below its header."""
    return [row.split("\t") for row in ok(*words).splitlines()[1:]]


def leaves(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, part in command.commands.items():
            yield from leaves(part, (*path, name))
    elif isinstance(command, TyperCommand):
        yield path, command


def test_every_command_has_examples_that_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "devices.csv",
        "animals.csv",
        "2025.csv",
        "probes.parquet",
        "tag.csv",
        "report.csv",
        "crop-tests.csv",
        "harvests.csv",
        "prices.csv",
        "weather.csv",
        "pigs-2026.csv",
        "slaughtered.csv",
        "evidence.zip",
        "public_key.pem",
    ):
        (tmp_path / name).touch()
    for path, command in leaves(get_command(app)):
        calls = re.findall(r"^  (?:.* )?tiantou (.+)$", command.epilog or "", re.MULTILINE)
        assert calls, path
        for call in calls:
            words = shlex.split(call)
            assert tuple(words[: len(path)]) == path
            if path != ("restore",):  # its folder must be there
                command.make_context(path[-1], words[len(path) :]).close()


@pytest.mark.usefixtures("household")
def test_each_step_of_setting_up_names_the_next() -> None:
    assert "next: tiantou farm add FARM --household h-005" in ok("household", "add", "h-005", "--township", "t")
    assert "next: tiantou claim add --enterprise ent-02" in ok("enterprise", "add", "ent-02", "--name", "x")
    animal = ok("animal", "add", PIG, "--farm", "farm-04", "--breed", "宁乡花猪", "--born", "2026-09-01")
    assert f"in events it is https://id.gs1.org/8004/9526000{PIG}" in animal
    assert f"next: tiantou device deploy DEVICE --animal {PIG}" in animal
    probe = ok("device", "add", "p-1", "--site", "s1", "--kind", "soil_probe")
    assert "next: tiantou device deploy p-1 --field FIELD" in probe


@pytest.mark.usefixtures("household")
def test_a_household_is_listed_without_its_name_unless_asked_for() -> None:
    ok("household", "add", "h-005", "--township", "双凫铺镇", "--village", "草冲村")
    assert rows("household", "list") == [
        ["h-004", "4 号户", "流沙河镇", "", "1"],
        ["h-005", "h-005", "双凫铺镇", "草冲村", "0"],
    ]
    for words in (("farm", "list"), ("enterprise", "list"), ("claim", "list"), ("animal", "list")):
        assert "王大明" not in ok(*words)
    assert [row[-1] for row in rows("household", "list", "--names")] == ["王大明", ""]


@pytest.mark.usefixtures("household")
def test_a_name_that_is_asked_for_stays_out_of_the_command_line() -> None:
    words = ["household", "add", "h-006", "--township", "t", "--ask-name"]
    assert CliRunner().invoke(app, words, input="李四\n").exit_code == 0
    assert rows("household", "list", "--names")[1][-1] == "李四"
    assert "either --name" in told(*words, "--name", "x")


@pytest.mark.usefixtures("household")
def test_a_farm_is_registered_with_a_true_location_number_zone_and_county() -> None:
    assert rows("farm", "list") == [
        ["farm-04", "h-004", "s1", "farm-04", "老屋场", GLN, "430182", "Asia/Shanghai"],
    ]
    other = ("farm", "add", "farm-05", "--household", "h-004", "--site", "s1", "--county", "430182", "--gln")
    assert "check digit and would be 8" in told(*other, "9526000100059")
    assert "if these are right, it is 9526000100058" in told(*other, "952600010005")
    assert "GLN 9526000100041 is registered already" in told(*other, GLN)
    assert "no IANA time zone" in told(*other, "9526000100058", "--zone", "Mars/Base")
    assert "no county code" in told(*other, "9526000100058", "--county", "4301")
    assert "will show the number" in ok(*other, "9526000100058", "--county", "430121")


@pytest.mark.usefixtures("household")
def test_what_is_not_registered_is_told_with_what_is_and_how_to_register_it() -> None:
    for number in range(10, 20):
        ok("household", "add", f"h-{number:03}", "--township", "t")
    said = told("farm", "add", "f", "--household", "h-9", "--site", "s1", "--gln", GLN, "--county", "430182")
    assert "household h-9 is not registered (tiantou household add h-9" in said
    assert "registered are: h-004, h-010, h-011" in said
    assert "and 3 more (tiantou household list)" in said
    assert "site s9 is not registered" in told(*FARM[:5], "--site", "s9", *FARM[7:])
    assert "farm f9 is not registered" in told("animal", "list", "--farm", "f9")
    assert "household h-9 is not registered" in told("farm", "list", "--household", "h-9")


@pytest.mark.usefixtures("household")
def test_a_claim_holds_for_a_year_from_now_and_is_not_made_twice() -> None:
    claim = ("claim", "add", "--enterprise", "ent-01", "--household", "h-004")
    assert "ent-01 looks after h-004 from" in ok(*claim)
    ((*who, since, until, now),) = rows("claim", "list")
    assert (who, now) == (["ent-01", "h-004"], "holds")
    begun = datetime.fromisoformat(f"{since}+00:00")
    assert abs((utc_now() - begun).total_seconds()) < 120
    assert until == f"{a_year_after(begun):%Y-%m-%d %H:%M}"
    assert "to go on after it, add --since" in told(*claim)
    assert rows("enterprise", "list") == [["ent-01", "花猪公司", "1"]]


@pytest.mark.usefixtures("household")
def test_a_claim_of_days_begins_and_ends_at_their_local_midnight() -> None:
    claim = ("claim", "add", "--enterprise", "ent-01", "--household", "h-004")
    ok(*claim, "--since", "2020-01-01", "--until", "2021-01-01")
    ok(*claim, "--since", "2021-01-01", "--zone", "Asia/Urumqi", "--until", "2021-06-01T12:00:00+08:00")
    ok(*claim, "--since", "2999-01-01")
    assert [row[2:] for row in rows("claim", "list", "--enterprise", "ent-01")] == [
        ["2019-12-31 16:00", "2020-12-31 16:00", "over"],
        ["2020-12-31 18:00", "2021-06-01 04:00", "over"],
        ["2998-12-31 16:00", "2999-12-31 16:00", "to come"],
    ]
    assert "ends before it begins" in told(*claim, "--since", "2025-01-01", "--until", "2024-01-01")
    assert "'soon' is no day" in told(*claim, "--since", "soon")
    assert "enterprise e9 is not registered" in told("claim", "list", "--enterprise", "e9")


def test_a_year_after_a_leap_day_is_the_first_of_march() -> None:
    assert a_year_after(datetime(2028, 2, 29, 8, tzinfo=UTC)) == datetime(2029, 3, 1, 8, tzinfo=UTC)


@pytest.mark.usefixtures("household")
def test_a_field_has_an_area_a_crop_and_the_day_it_was_planted() -> None:
    field = ("field", "add", "field-04", "--farm", "farm-04", "--area-mu")
    assert "2.4 mu (0.1600 ha) on farm-04, 红薯 商薯19" in ok(
        *field, "2.4", "--crop", "红薯", "--variety", "商薯19", "--planted", "2026-06-05"
    )
    ok("field", "add", "field-05", "--farm", "farm-04", "--area-mu", "1")
    assert rows("field", "list", "--farm", "farm-04") == [
        ["field-04", "farm-04", "field-04", "2.4", "红薯", "商薯19", "2026-06-05"],
        ["field-05", "farm-04", "field-05", "1", "", "", ""],
    ]
    assert "field field-04 is registered already" in told(*field, "2")
    for area in ("0", "-1", "NaN", "two"):
        assert "is no area in mu" in told(*field, area)


@pytest.mark.usefixtures("household")
def test_a_facility_is_a_place_with_a_location_number_of_its_own() -> None:
    words = ("--kind", "slaughterhouse", "--name", "屠宰场", "--site", "s1", "--county", "430182", "--township", "玉潭")
    assert "https://id.gs1.org/414/9526000900016" in ok("facility", "add", "9526000900016", *words)
    assert rows("facility", "list") == [
        ["9526000900016", "slaughterhouse", "屠宰场", "s1", "430182", "玉潭", "", "Asia/Shanghai"]
    ]
    assert "GLN 9526000100041 is registered already" in told("facility", "add", GLN, *words)


def test_a_product_is_registered_once_and_its_packs_have_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_BASE_URL", "https://tiantou.example")
    code = ("product", "code", "9526000100010", "--lot", "L/1", "--serial")
    assert "product 09526000100010 is not registered" in told(*code, "7")
    ok(*BELLY)
    ok(*BELLY)
    assert "registered already" in told(*BELLY[:-1], "0.4")
    assert rows("product", "list") == [["09526000100010", "五花肉", "Belly", "0.5", "", ""]]
    printed = ok(*code, "7").splitlines()
    assert printed[0] == "https://tiantou.example/01/09526000100010/10/L%2F1/21/7"
    assert printed[1] == "https://tiantou.example/qr/01/09526000100010/10/L%2F1/21/7.svg"
    assert len(printed) > 10
    assert "check digit" in told("product", "code", "9526000100011", "--serial", "7")
    assert "serial" in told(*code, " ")


@pytest.mark.usefixtures("household")
def test_animals_of_a_file_go_in_and_each_refused_row_is_told(tmp_path: Path) -> None:
    file = tmp_path / "animals.csv"
    file.write_text(
        "number,farm,breed,born,sex,remark\n"
        f"{PIG},farm-04,宁乡花猪,2026-09-01,Female,\n"
        "1430182 0009 0002,farm-04,宁乡花猪,2026-09-01,,\n"
        "\n"
        "14301820009000,farm-04,宁乡花猪,2026-09-01,,\n"
        "143018200090003,farm-99,宁乡花猪,2026-09-01,,\n"
        "143018200090003,farm-04,,2026-09-01,,\n"
        "143018200090003,farm-04,宁乡花猪,2999-01-01,,\n"
        "143018200090003,farm-04,宁乡花猪,2026-09-01,boar,\n"
        "143018200090003,farm-04,宁乡花猪,2026-09-01,Male,,left, over\n"
        f"{PIG},farm-04,宁乡花猪,2026-09-01,,\n",
        encoding="utf-8-sig",
    )
    result = tiantou("animal", "import", str(file))
    assert result.exit_code == 1
    assert "not read: column remark" in result.output
    assert "2 added, 7 refused, of 9" in result.output
    for number, what in (
        (5, "EarTagNumber"),
        (6, "farm-99"),
        (7, "the breed is empty"),
        (8, "yet to come"),
        (9, "'boar' is no sex"),
        (10, "stands beyond the last column"),
        (11, "never given twice"),
    ):
        assert any(f"line {number}:" in line and what in line for line in result.output.splitlines()), what
    assert [row[0] for row in rows("animal", "list", "--farm", "farm-04")] == [PIG, "143018200090002"]


@pytest.mark.usefixtures("household")
def test_an_animal_leaves_on_a_day_of_its_life() -> None:
    ok("animal", "add", PIG, "--farm", "farm-04", "--breed", "宁乡花猪", "--born", "2026-02-01")
    assert "is not registered" in told("animal", "left", "143018200090002")
    assert "before its birth" in told("animal", "left", PIG, "--on", "2026-01-31")
    assert "yet to come" in told("animal", "left", PIG, "--on", "2999-01-01")
    assert "left on 2026-11-02" in ok("animal", "left", PIG, "--on", "2026-11-02")
    assert rows("animal", "list")[0][-2:] == ["OffFarm", "2026-11-02"]
    assert "died on" in ok("animal", "left", PIG, "--dead")
    assert rows("animal", "list")[0][-2] == "Dead"


@pytest.mark.usefixtures("household")
def test_how_often_a_device_reports_is_said_when_it_is_registered(tmp_path: Path) -> None:
    ok("device", "add", "tag-1", "--site", "s1", "--kind", "ear_tag", "--interval", "900")
    assert tiantou("device", "add", "tag-2", "--site", "s1", "--kind", "ear_tag", "--interval", "0").exit_code == 2
    file = tmp_path / "devices.csv"
    file.write_text(
        "device,site,kind,interval_s\ntag-3,s1,ear_tag,60\ntag-4,s1,ear_tag,\ntag-5,s1,ear_tag,1.5\ntag-6,s1,ear_tag,-1\n"
    )
    result = tiantou("device", "import", str(file))
    assert "2 added, 2 refused, of 4" in result.output
    assert "'1.5' is no interval: whole seconds" in result.output
    assert {row[0]: row[-1] for row in rows("device", "list")} == {"tag-1": "900", "tag-3": "60", "tag-4": "600"}


@pytest.mark.parametrize("login", ["", "li na", " li", "x" * 65])
def test_a_login_nobody_could_type_is_refused(login: str) -> None:
    assert "is no login" in told("user", "add", login, "--operator", "--generate")


@pytest.mark.usefixtures("household")
def test_a_company_prefix_holds_for_new_animals_and_leaves_the_others_their_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    animal = ("animal", "add", "--farm", "farm-04", "--breed", "宁乡花猪", "--born", "2026-02-01")
    assert f"https://id.gs1.org/8004/9526000{PIG}" in ok(*animal, PIG)
    monkeypatch.setenv("TIANTOU_COMPANY_PREFIX", "6912345")
    assert "https://id.gs1.org/8004/6912345143018200090002" in ok(*animal, "143018200090002")
    monkeypatch.delenv("TIANTOU_COMPANY_PREFIX")
    assert "https://id.gs1.org/8004/6912345143018200090003" in ok(*animal, "143018200090003")
    monkeypatch.setenv("TIANTOU_COMPANY_PREFIX", "69A")
    assert "TIANTOU_COMPANY_PREFIX" in told("animal", "list")
