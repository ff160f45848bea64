"""The command line on a data folder on which nothing runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bootstrap.cli.app import app
from bootstrap.errors import BootstrapError
from bootstrap.reporting import run_reporting
from tests.bootstrap.cli.command import ok, tiantou, told


def test_help_teaches_with_examples() -> None:
    assert "tiantou demo" in ok("--help")
    assert "tiantou publish tag-00000147 ear_temperature=38.6 steps=12" in ok("publish", "--help")
    assert "tiantou device add" in ok("device", "add", "--help")


def test_a_registered_device_is_listed_with_how_it_signs_in() -> None:
    ok("site", "add", "s1", "--name", "一号点")
    added = ok("device", "add", "tag-1", "--site", "s1", "--kind", "ear_tag")
    assert "user      tag-1" in added
    assert "topic     tiantou/v1/s1/tag-1/observations" in added
    assert ok("device", "show", "tag-1") in added
    assert "tag-1\ts1\tear_tag" in ok("device", "list")


def test_a_device_of_an_unknown_site_or_gateway_is_refused() -> None:
    assert "registered are: none yet" in told("device", "add", "tag-1", "--site", "s1", "--kind", "ear_tag")
    ok("site", "add", "s1", "--name", "x")
    assert "gateway gw-9 is not registered" in told(
        "device", "add", "p-1", "--site", "s1", "--kind", "soil_probe", "--gateway", "gw-9"
    )


def test_an_import_takes_what_it_can_and_tells_the_rest_by_line(tmp_path: Path) -> None:
    ok("site", "add", "s1", "--name", "x")
    file = tmp_path / "devices.csv"
    file.write_text(
        "device,site,kind,label\ntag-1,s1,ear_tag,甲\nbad id,s1,ear_tag,\ntag-2,s9,ear_tag,\ntag-3,s1,cow,\n"
        "tag-1,s1,ear_tag,\ntag-4\ntag-5,s1,soil_probe,\n",
        encoding="utf-8",
    )
    result = tiantou("device", "import", str(file))
    assert result.exit_code == 1
    assert "2 added, 5 refused, of 7" in result.output
    for number, what in ((3, "bad id"), (4, "s9"), (5, "cow"), (6, "tag-1"), (7, "kind of device")):
        assert any(f"line {number}:" in line and what in line for line in result.output.splitlines())


def test_a_file_that_is_no_table_of_devices_is_told(tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text("name\nx\n")
    assert "no column device, site, kind" in told("device", "import", str(file))
    file.write_bytes(b"\xff\xfe")
    assert "no CSV file in UTF-8" in told("device", "import", str(file))


def test_an_animal_is_registered_on_a_farm_and_a_device_put_on_it() -> None:
    ok("site", "add", "s1", "--name", "x")
    ok("device", "add", "tag-1", "--site", "s1", "--kind", "ear_tag")
    number = "143018200090001"
    words = ("animal", "add", number, "--farm", "f1", "--breed", "宁乡花猪", "--born", "2026-09-01")
    assert "farm f1 is not registered" in told(*words)
    ok("household", "add", "h1", "--township", "t")
    ok("farm", "add", "f1", "--household", "h1", "--site", "s1", "--gln", "9526000100010", "--county", "430182")

    ok(*words)
    assert number in ok("animal", "list")
    assert "never given twice" in told(*words)
    assert f"tag-1 on animal {number}" in ok("device", "deploy", "tag-1", "--animal", number)
    assert "exactly one of" in told("device", "deploy", "tag-1")
    assert "on nothing since" in ok("device", "deploy", "tag-1", "--end")


def test_a_user_of_an_enterprise_and_an_operator_sign_in() -> None:
    assert "registered are: none yet" in told("user", "add", "li.na", "--enterprise", "ent-1", "--generate")
    ok("enterprise", "add", "ent-1", "--name", "x")
    assert "password: " in ok("user", "add", "li.na", "--enterprise", "ent-1", "--generate")
    asked = CliRunner().invoke(app, ["user", "add", "ops", "--operator"], input="secret-word\n" * 2).output
    assert "secret-word" not in asked
    listed = ok("user", "list")
    assert "li.na\tli.na\tenterprise\tent-1" in listed
    assert "ops\tops\toperator\t" in listed
    assert "either --enterprise" in told("user", "add", "x")
    assert len(ok("user", "token", "ops").strip()) > 40
    assert "no user" in told("user", "token", "nobody")


def test_what_cannot_be_published_is_told() -> None:
    assert "'tag-1' is not registered" in told("publish", "tag-1", "ear_temperature=38.6")
    ok("site", "add", "s1", "--name", "x")
    ok("device", "add", "gw-1", "--site", "s1", "--kind", "gateway")
    ok("device", "add", "p-1", "--site", "s1", "--kind", "soil_probe", "--gateway", "gw-1")
    assert "gateway gw-1 speaks for it" in told("publish", "p-1", "soil_ph=6.5")
    assert "did you mean soil_ph" in told("publish", "gw-1", "soil_pH=6.5")


def test_an_empty_quarantine_says_so() -> None:
    assert "nothing is set aside" in ok("quarantine", "list")


def test_ingest_by_itself_needs_a_server_store() -> None:
    assert "TIANTOU_STORE_URL" in told("ingest")


def test_records_are_migrated_once() -> None:
    assert "up to date" not in ok("migrate")
    assert "up to date" in ok("migrate")


def test_what_is_no_backup_is_not_restored(tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "no finished backup" in told("restore", str(tmp_path / "folder"))
    assert not data_dir.exists()


def test_an_expected_error_is_one_line_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        msg = "the reason [in brackets]"
        raise BootstrapError(msg)

    with pytest.raises(SystemExit) as ended:
        run_reporting(fail)
    assert ended.value.code == 1
    assert capsys.readouterr().err == "tiantou: the reason [in brackets]\n"


def test_the_embedded_store_has_no_workers() -> None:
    assert "one process only, so it has no workers: set TIANTOU_STORE_URL" in told("work", "--sites", "s1")


def test_every_site_has_somebody() -> None:
    ok("site", "add", "s1", "--name", "x")
    assert "s1\tmain service" in ok("workers", "list")
    assert "no worker north has sites" in told("workers", "release", "north")
